"""Write a folder of networks again in the present format: the same graphs, cards and reference
points.

    python benchmarks/reseal_bundle.py OLD NEW

OLD and NEW are mirrors: folders with index.json, networks/ and blobs/. Nothing is typed: every card
is that of its file, every entry of the index follows from file and card, with the status that it
had. The same OLD gives the same NEW, byte for byte.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from lhnets.format import INDEX_FILE, Entry, Index, blob_path, card_path, read, reseal


def reseal_mirror(old: Path, new: Path) -> Index:
    """Write all of ``old`` into the empty or absent folder ``new``."""
    index = Index.from_json((old / INDEX_FILE).read_bytes(), str(old))
    entries = [_reseal_one(entry, old, new) for entry in index.networks]
    made = Index.of(entries, index.created)
    _write(new / INDEX_FILE, made.to_json())
    return made


def _reseal_one(entry: Entry, old: Path, new: Path) -> Entry:
    content = reseal((old / entry.blob).read_bytes())
    card = read(content).card
    _write(new / blob_path(hashlib.sha256(content).hexdigest()), content)
    _write(new / card_path(entry.name, entry.version), card.to_json())
    return Entry.of(card, content, entry.status, entry.reason)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    old, new = map(Path, sys.argv[1:])
    if new.exists() and any(new.iterdir()):
        sys.exit(f"{new} is not empty: give a new folder")
    found = reseal_mirror(old, new)
    size = sum(e.size for e in found.networks)
    print(f"{len(found.networks)} networks written to {new}, {size:,} bytes")
