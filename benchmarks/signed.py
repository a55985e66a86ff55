"""What signatures cost: export and first answer from a mirror of 10,000 networks, signed and not.

A plain web server on this machine serves one folder: the bundled networks, and 10,000 entries with
cards and (empty) network files of their own. A client asks it with the root of trust and without,
in turns, each time in a new interpreter. Every ratio is signed over unsigned in the same run.
``--python`` names the interpreter of another environment, such as one with the client alone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from index import ASK, enlarged, served_folder, told
from rich.console import Console
from rich.table import Table

from lhnets.format import INDEX_FILE, Index, card_path
from lhnets.mirrors import BUNDLED
from lhnets_registry.mirror.export import MIRROR_DAYS, find_files
from lhnets_registry.mirror.keys import Keys
from lhnets_registry.mirror.signing import Signing

CARD = """
import time
started = time.perf_counter()
import lhnets as ml
ml.cite("cs-gluino-pair-lo")
print(time.perf_counter() - started)
"""
TURNS = 5


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=10_000)
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "mirror"
        index = fill(folder, options.networks)
        keys = Keys.new(Path(scratch) / "keys")
        first, again = sign(folder, keys, index), sign(folder, keys, index)
        sizes = [p.stat().st_size for p in (folder / "metadata").iterdir()]
        with served_folder(folder) as address:
            rows = compare(address, f"{address}{keys.pin}", options.python)
    print(
        f"{options.networks} networks: signed in {first:.3g} s, again in {again:.3g} s; "
        f"{len(sizes)} files of metadata, {sum(sizes) / 1e6:.3g} MB, the largest "
        f"{max(sizes) / 1e3:.3g} kB"
    )
    table = Table("figure", "unsigned in s", "signed in s", "ratio")
    for name, one, other in rows:
        table.add_row(name, f"{one:.3g}", f"{other:.3g}", f"{other / one:.2f}")
    Console().print(table)


def fill(folder: Path, many: int) -> bytes:
    """Write the mirror, and give the bytes of its index."""
    own = Index.from_json((BUNDLED / INDEX_FILE).read_bytes(), "bundled")
    index = enlarged(own, many)
    known = {e.identity for e in own.networks}
    some = (BUNDLED / card_path(own.networks[0].name, own.networks[0].version)).read_bytes()
    for entry in index.networks:
        card = card_path(entry.name, entry.version)
        is_own = entry.identity in known
        contents = {
            card: (BUNDLED / card).read_bytes() if is_own else some,
            entry.blob: (BUNDLED / entry.blob).read_bytes() if is_own else b"",
        }
        for path, content in contents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    return index.to_json()


def sign(folder: Path, keys: Keys, index: bytes) -> float:
    """Sign everything; how many seconds that took."""
    networks = {card_path(e.name, e.version): e.sha256 for e in Index.from_json(index, "").networks}
    started = time.perf_counter()
    Signing(folder, keys, networks, find_files(folder), write, MIRROR_DAYS).sign(index)
    return time.perf_counter() - started


def write(path: Path, content: bytes) -> bool:
    """Put a file into the mirror."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def compare(unsigned: str, signed: str, python: str) -> list[tuple[str, float, float]]:
    """Seconds of a first answer and of a card, of both mirrors in turns: medians."""
    figures: dict[str, tuple[list[float], list[float]]] = {}
    for _ in range(TURNS):
        for place, address in enumerate((unsigned, signed)):
            with tempfile.TemporaryDirectory() as cache:
                for name, code in (
                    ("first ml.CS, empty cache", ASK),
                    ("first ml.CS, warm", ASK),
                    ("first ml.cite (a card), warm", CARD),
                    ("the same again", CARD),
                ):
                    seconds = told(code, address, cache, python)
                    figures.setdefault(name, ([], []))[place].append(seconds)
    return [(name, *(statistics.median(v) for v in pair)) for name, pair in figures.items()]


if __name__ == "__main__":
    main()
