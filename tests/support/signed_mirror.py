"""A signed mirror in a folder, its keys, and who would tamper with it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile

from lhnets.format import Entry, Index, card_path, read
from lhnets_registry.mirror.export import find_files
from lhnets_registry.mirror.keys import Keys
from lhnets_registry.mirror.signing import Signing

NAME = "cs-gluino-pair-lo"
CARD = card_path(NAME, 1)
PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


class Signed:
    """A signed mirror in a folder, its keys, and who would tamper with it."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self.folder, self.keys = folder, keys

    def export(self, *files: bytes, status: str = "verified") -> None:
        entries = []
        for content in files:
            card = read(content).card
            entries.append(Entry.of(card, content, status))  # type: ignore[arg-type]
            for path, data in (
                (entries[-1].blob, content),
                (card_path(card.name, card.version), card.to_json()),
            ):
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / path).write_bytes(data)
        networks = {card_path(e.name, e.version): e.sha256 for e in entries}
        signing = Signing(
            self.folder, self.keys, networks, find_files(self.folder), write, 30, bits=1
        )
        signing.sign(Index.of(entries).to_json())

    @property
    def location(self) -> str:
        return f"{self.folder}{self.keys.pin}"

    def path(self, role: str) -> Path:
        if role == "timestamp":
            return self.folder / "metadata/timestamp.json"
        found = (self.folder / "metadata").glob(f"*.{role}.json")
        return max(found, key=lambda p: int(p.name.partition(".")[0]))

    def forge(
        self,
        role: str,
        change: Callable[[Any], object],
        signers: list[CryptoSigner] | None = None,
        *,
        follow: bool = True,
    ) -> None:
        """Change metadata and sign them, with the online key unless said otherwise; with
        ``follow``, sign the snapshot and the timestamp that name them."""
        metadata: Metadata[Any] = Metadata.from_bytes(self.path(role).read_bytes())
        change(metadata.signed)
        metadata.signatures.clear()
        for signer in [self.keys.online()] if signers is None else signers:
            metadata.sign(signer, append=True)
        name = f"{metadata.signed.version}.{role}" if role != "timestamp" else role
        content = metadata.to_bytes()
        (self.folder / f"metadata/{name}.json").write_bytes(content)
        if not follow or role in ("root", "timestamp"):
            return
        meta = MetaFile.from_data(metadata.signed.version, content, ["sha256"])
        if role == "snapshot":
            self.forge("timestamp", lambda t: bump(t, snapshot_meta=meta))
        else:
            self.forge("snapshot", lambda s: (s.meta.update({f"{role}.json": meta}), bump(s)))

    def signer(self, holder: str) -> CryptoSigner:
        return next(iter(self.keys.signers(holder).values()))


def write(path: Path, content: bytes) -> bool:
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def bump(signed: Any, **changes: Any) -> Any:
    signed.version += 1
    for name, value in changes.items():
        setattr(signed, name, value)
    return signed
