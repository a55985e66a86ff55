"""Files with back doors, and honest ones, against the admission: how many of each are admitted.

    python benchmarks/backdoors.py [--doors 24] [--honest 200] [--seed 1] [--json OUT]

The doors are made by tests/support/backdoors.py from bundled networks, ``--doors`` for each of four
sizes of the window, every other with numbers that do not stand in the graph as a user would type
them; the honest files by tests/support/honest_networks.py, and from bundled networks
with other weights.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import backdoors
import honest_networks

from lhnets.format import read
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.mirror.export import bundled_mirror

SIZES = (1e-4, 1e-3, 1e-2, 1e-1)
HOSTS = ("cs-ttbar-lo", "cs-gluino-pair-lo", "cs-zprime-lo", "efficiency-gluino-stop-src")
"""Networks that get back doors: smooth, of three to five inputs."""
BASE = "cs-ttbar-lo"
"""Whose card the functions have."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--doors", type=int, default=24, help="for each size")
    arguments.add_argument("--honest", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--json", type=Path, help="write the figures here too")
    chosen = arguments.parse_args()
    files = bundled()
    started = time.perf_counter()
    with Admitter() as admitter:
        doors = [_try(admitter, *door) for door in make_doors(files, chosen.doors, chosen.seed)]
        honest = [
            _try(admitter, kind, 0.0, content)
            for kind, content in make_honest(files, chosen.honest, chosen.seed)
        ]
    figures = {"doors": doors, "honest": honest, "seconds": time.perf_counter() - started}
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1))
    show(doors, honest, figures["seconds"])


def bundled() -> dict[str, bytes]:
    """The latest version of every bundled network of plain parameters, by its name."""
    mirror = bundled_mirror()
    entries = {e.name: e for e in sorted(mirror.index.networks, key=lambda e: e.version)}
    contents = {name: mirror.fetch(e)[1] for name, e in entries.items()}
    return {name: c for name, c in contents.items() if read(c).card.columns}


def make_doors(
    files: dict[str, bytes], count: int, seed: int
) -> Iterator[tuple[str, float, bytes]]:
    """``count`` back doors of each size."""
    kinds = list(backdoors.KINDS)
    for size in SIZES:
        for number in range(count):
            kind = kinds[number % len(kinds)]
            host = files[HOSTS[(number // len(kinds) + number) % len(HOSTS)]]
            own = hash_seed(seed, number, size)
            hidden = bool((number // len(kinds) + number) % 2)
            door = backdoors.make(kind, size, host, own, hidden=hidden)
            yield door.kind, door.size, door.content


def hash_seed(*numbers: float) -> int:
    """A seed from several numbers."""
    return int(np.random.SeedSequence([int(1e6 * n) for n in numbers]).generate_state(1)[0])


def make_honest(files: dict[str, bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Half of them bundled networks with other weights, half functions."""
    names = sorted(files)
    for number in range(count // 2):
        yield (
            "retrained",
            honest_networks.retrained(files[names[number % len(names)]], seed + number),
        )
    yield from honest_networks.functions(count - count // 2, read(files[BASE]), seed)


def _try(admitter: Admitter, kind: str, size: float, content: bytes) -> dict[str, object]:
    report = admitter.admit(content).report
    return {
        "kind": kind,
        "size": size,
        "admitted": report.admitted,
        "failures": {f.item: f.figure for f in report.failures},
    }


def show(doors: list[dict[str, object]], honest: list[dict[str, object]], seconds: float) -> None:
    rows = Table("kind", *(f"{size:g}" for size in SIZES), title="back doors admitted", box=None)
    for kind in [*backdoors.KINDS, None]:
        cells = []
        for size in SIZES:
            of = [d for d in doors if d["size"] == size and kind in (None, d["kind"])]
            cells.append(f"{sum(bool(d['admitted']) for d in of)} of {len(of)}")
        rows.add_row(kind or "all", *cells)
    console = Console(width=160 if not sys.stdout.isatty() else None)
    console.print(rows)
    refused = [h for h in honest if not h["admitted"]]
    kinds = Counter(str(h["kind"]) for h in honest)
    console.print(f"honest: {len(refused)} of {len(honest)} refused; {dict(kinds)}")
    for h in refused:
        console.print(f"  {h['kind']}: {h['failures']}")
    console.print(f"{len(doors) + len(honest)} files in {seconds:.0f} s")


if __name__ == "__main__":
    main()
