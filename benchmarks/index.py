"""What 10,000 and 100,000 networks cost a client beside the few that are bundled: bytes, first
answer, search.

A plain web server on this machine serves mirrors with the same network to answer: one of the
bundled networks alone, the others with as many entries as are asked for. They are asked in turns,
and each figure is followed by its ratio to that of the small mirror in the same run. The entries
are the bundled ones under other names, with subjects and SHA-256 of their own; their files do not
exist, the one asked for does.
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from math import inf
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from lhnets.format import INDEX_FILE, Entry, Index, split_index
from lhnets.mirrors import BUNDLED

ASK = """
import time
started = time.perf_counter()
import lhnets as ml
value = ml.CS("p p > go go", {"m_go": 2000.0, "m_sq": 3000.0}, energy="13 TeV", order="LO")
print(time.perf_counter() - started)
"""
SEARCH = """
import time
import lhnets as ml
started = time.perf_counter()
ml.search(text="stau pairs 13")
print(time.perf_counter() - started)
"""
AGAIN = """
import time
import lhnets as ml
ml.search(text="gluino")
started = time.perf_counter()
ml.search(text="stau pairs 13")
print(time.perf_counter() - started)
"""
QUESTIONS = {
    "first ml.CS, empty cache, in s": ASK,
    "first ml.CS, index in the cache, in s": ASK,
    "first ml.search, few parts in the cache, in s": SEARCH,
    "first ml.search, all parts in the cache, in s": SEARCH,
    "another ml.search in s": AGAIN,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    own = Index.from_json((BUNDLED / INDEX_FILE).read_bytes(), "bundled")
    with contextlib.ExitStack() as stack:
        indexes = [own, *(enlarged(own, many) for many in options.networks)]
        mirrors = [stack.enter_context(served(index)) for index in indexes]
        columns = measure(mirrors, options.rounds)
    table = Table("figure", *(f"{len(index.networks):,} networks" for index in indexes))
    for name, first in columns[0].items():
        cells = (f"{column[name]:.4g} ({column[name] / first:.2f})" for column in columns)
        table.add_row(name, *cells)
    Console().print(table)


def measure(mirrors: Sequence[tuple[str, Path]], rounds: int) -> list[dict[str, float]]:
    """The figures of each mirror: of times the best of all rounds."""
    columns = [sizes(folder) for _, folder in mirrors]
    for _ in range(rounds):
        for (address, _), column in zip(mirrors, columns, strict=True):
            with tempfile.TemporaryDirectory() as cache:
                for name, code in QUESTIONS.items():
                    column[name] = min(told(code, address, cache), column.get(name, inf))
    return columns


def sizes(folder: Path) -> dict[str, float]:
    """Bytes of the index and of all its parts, in kB."""
    files = [folder / INDEX_FILE, *(folder / "parts").rglob("*")]
    index = files[0].read_bytes()
    return {
        "index.json in kB": len(index) / 1e3,
        "with all parts in kB": sum(f.stat().st_size for f in files if f.is_file()) / 1e3,
    }


def enlarged(own: Index, many: int) -> Index:
    """``many`` entries, those of ``own`` among them."""
    draw = random.Random(1)
    others = (own.networks[k % len(own.networks)] for k in range(many - len(own.networks)))
    return Index.of([*own.networks, *(another(e, k, draw) for k, e in enumerate(others))])


def another(entry: Entry, number: int, draw: random.Random) -> Entry:
    """The same under another name, with other physics."""
    name = f"{entry.name[:60]}-{number}"
    if entry.kind == "cross_section":
        subject = (
            f"2212 2212 > {draw.randrange(1000001, 2000016)} {draw.randrange(1000001, 2000016)}"
        )
    else:
        subject = f"{entry.subject} {number}"
    outputs = tuple(
        msgspec.structs.replace(o, subject=subject if o.subject else None) for o in entry.outputs
    )
    return msgspec.structs.replace(
        entry, name=name, subject=subject, outputs=outputs, sha256=f"{draw.getrandbits(256):064x}"
    )


@contextlib.contextmanager
def served(index: Index) -> Iterator[tuple[str, Path]]:
    """The address and the folder of a mirror with this index and the bundled files."""
    split = split_index(index)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "networks").symlink_to(BUNDLED / "networks")
        shutil.copytree(BUNDLED / "blobs", folder / "blobs")
        (folder / "parts").mkdir()
        for number, (path, content) in enumerate(split.parts.items()):
            (folder / "parts" / str(number)).write_bytes(content)
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).hardlink_to(folder / "parts" / str(number))
        (folder / INDEX_FILE).write_bytes(split.front.to_json())
        os.utime(folder / INDEX_FILE, (0, 0))
        with served_folder(folder) as address:
            yield address, folder


@contextlib.contextmanager
def served_folder(folder: Path) -> Iterator[str]:
    """The address of a plain web server for a folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def told(code: str, address: str, cache: str, python: str = sys.executable) -> float:
    """The number that ``code`` prints in a new interpreter."""
    environment = {"LHNETS_REGISTRY": address, "LHNETS_CACHE": cache, "PATH": ""}
    ran = subprocess.run(
        [python, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    return float(ran.stdout)


if __name__ == "__main__":
    main()
