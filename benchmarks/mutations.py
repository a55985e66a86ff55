"""Ten thousand spoilt network files against the admission: what refuses them, and what that costs
the parent.

    python benchmarks/mutations.py [--files 10000] [--seed 1] [--points 500] [--json OUT]

Every file is made from a bundled one by its own seed (tests/support/mutations.py); in six kinds of
nine the digest is made to fit again. Each file that is not refused by its outermost bytes is tried
in a process of its own. Watched from outside: that the parent lives, that it opens nothing for
writing outside its temporary folder, how its memory grows after the first tenth, and that the
reference points of every admitted file hold when it is verified anew.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from mutations import mutants
from watched_writes import WatchedWrites

from lhnets.format import read
from lhnets.networks import verify
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.admission.limits import Limits
from lhnets_registry.mirror.export import bundled_mirror

SMALL = 40_000
"""Bytes of the largest file that is spoilt: small graphs are tried more often in the same time."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--files", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--points", type=int, default=500, help="random points of each trial")
    arguments.add_argument("--json", type=Path, help="write the figures here too")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="lhnets-mutations-") as folder:
        tempfile.tempdir = folder
        figures = run(chosen.files, chosen.seed, chosen.points, Path(folder))
        tempfile.tempdir = None
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1))
    show(figures)
    if figures["writes_outside"] or figures["admitted_without_reference"]:
        sys.exit(1)


def run(count: int, seed: int, points: int, folder: Path) -> dict[str, object]:
    mirror = bundled_mirror()
    files = [mirror.fetch(e)[1] for e in mirror.index.networks if e.size < SMALL]
    refused: Counter[tuple[str, str]] = Counter()
    wrong, started, warm = [], time.perf_counter(), 0
    with WatchedWrites(folder) as writes, Admitter(Limits(points=points)) as admitter:
        for number, (kind, content) in enumerate(
            track(mutants(files, count, seed), "Admitting", count)
        ):
            report = admitter.admit(content).report
            refused[kind, report.failures[0].item if report.failures else "admitted"] += 1
            if report.admitted and not verify(read(content)).passed:
                wrong.append(number)
            if number == count // 10:
                warm = peak()
    return {
        "files": count,
        "seed": seed,
        "from": len(files),
        "seconds": time.perf_counter() - started,
        "outcomes": [[*key, n] for key, n in sorted(refused.items())],
        "admitted_without_reference": wrong,
        "writes_outside": sorted(writes.outside),
        "peak_mb": peak() / 1024,
        "growth_mb": (peak() - warm) / 1024,
    }


def peak() -> int:
    """Largest resident memory of this process so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def show(figures: dict[str, object]) -> None:
    rows = Table("what was done", "files", "admitted", "refused by (files)", box=None)
    kinds: dict[str, Counter[str]] = {}
    for kind, item, n in figures["outcomes"]:  # type: ignore[attr-defined]
        kinds.setdefault(kind, Counter())[item] += n
    for kind, items in kinds.items():
        total, admitted = sum(items.values()), items.pop("admitted", 0)
        rows.add_row(
            kind, str(total), str(admitted), ", ".join(f"{i} {n}" for i, n in items.most_common())
        )
    console = Console(width=160 if not sys.stdout.isatty() else None)
    console.print(rows)
    console.print(
        f"{figures['files']} files from {figures['from']} networks in {figures['seconds']:.0f} s "
        f"({1e3 * figures['seconds'] / figures['files']:.0f} ms each, {os.cpu_count()} "
        "cores); "  # type: ignore[operator]
        f"admitted with wrong reference points: {len(figures['admitted_without_reference'])}; "  # type: ignore[arg-type]
        f"opened for writing elsewhere: {len(figures['writes_outside'])}; "  # type: ignore[arg-type]
        f"parent's memory: peak {figures['peak_mb']:.0f} MB, {figures['growth_mb']:.0f} MB more "
        "than after a tenth"
    )


if __name__ == "__main__":
    main()
