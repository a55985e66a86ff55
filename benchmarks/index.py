"""What 10,000 networks cost a client beside the few that are bundled: size of the index, first
answer, search.

A plain web server on this machine serves two mirrors with the same network to answer: one of the
bundled networks alone, one of 10,000 entries. Each figure is a ratio to that of the small mirror in
the same run. The entries are the bundled ones under other names, with subjects and SHA-256 of their
own; their files do not exist, the one asked for does.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.server
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from lhnets.format import INDEX_FILE, Entry, Index
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
ml.search(text="gluino")
started = time.perf_counter()
found = ml.search(text="stau pairs 13")
print(time.perf_counter() - started)
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=10_000)
    many = parser.parse_args().networks
    own = Index.from_json((BUNDLED / INDEX_FILE).read_bytes(), "bundled")
    table = Table("figure", f"{len(own.networks)} networks", f"{many:,} networks", "ratio")
    with served(own) as small, served(enlarged(own, many)) as large:
        columns = [figures(*mirror) for mirror in (small, large)]
    for (name, one), (_, other) in zip(*columns, strict=True):
        table.add_row(name, f"{one:.4g}", f"{other:.4g}", f"{other / one:.2f}")
    Console().print(table)


def figures(address: str, index: bytes) -> list[tuple[str, float]]:
    """The figures of one mirror."""
    with tempfile.TemporaryDirectory() as cache:
        cold = told(ASK, address, cache)
        warm = min(told(ASK, address, cache) for _ in range(5))
        search = min(told(SEARCH, address, cache) for _ in range(3))
    return [
        ("index.json in kB", len(index) / 1e3),
        ("the same, gzip in kB", len(gzip.compress(index, 6)) / 1e3),
        ("first ml.CS, empty cache in s", cold),
        ("first ml.CS, index in the cache in s", warm),
        ("ml.search in s", search),
    ]


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
def served(index: Index) -> Iterator[tuple[str, bytes]]:
    """The address of a mirror with this index and the bundled files, and the bytes of the index."""
    content = index.to_json()
    with tempfile.TemporaryDirectory() as folder:
        for part in ("blobs", "networks"):
            (Path(folder) / part).symlink_to(BUNDLED / part)
        (Path(folder) / INDEX_FILE).write_bytes(content)
        os.utime(Path(folder) / INDEX_FILE, (0, 0))
        with served_folder(Path(folder)) as address:
            yield address, content


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
