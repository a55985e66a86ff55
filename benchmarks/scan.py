"""What a scan of files costs beside the networks alone, and whether a killed one ends alike.

Four questions about the same points: `net.predict` on the rows in memory, and `lhnets scan` of the
Parquet file with one and with two threads, each in a process of its own, taking turns. Times are of
the processor and of the clock; memory is the largest that the process held. With ``--kills`` the
scan is killed so many times at random moments, and its bytes are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from rich.console import Console
from rich.table import Table

import lhnets as ml
from lhnets._scanning.asked import read_questions
from lhnets._scanning.plan import make_plan

QUESTIONS = [
    'gg = CS("p p > go go", energy="13 TeV")',
    'sg = CS("p p > go sq | p p > go sq~", energy="13 TeV")',
    'ss = CS("p p > sq sq~", energy="13 TeV")',
    'lo = CS("p p > go go", energy="13 TeV", order="LO", network="cs-gluino-pair-lo")',
]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1e6)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--predict", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--scan", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.predict:
        print(json.dumps(measure(lambda: predict_alone(chosen.predict))))
    elif chosen.scan:
        source, out, workers = chosen.scan
        print(json.dumps(measure(lambda: ml.scan(QUESTIONS, source, out, workers=int(workers)))))
    else:
        compare(int(chosen.rows), chosen.repeats, chosen.kills)


def measure(function: Callable[[], object]) -> dict[str, float]:
    """Seconds of clock and processor, and the most memory in MB, of a call."""
    clock, processor = time.perf_counter(), time.process_time()
    function()
    return {
        "clock": time.perf_counter() - clock,
        "processor": time.process_time() - processor,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def predict_alone(path: Path) -> None:
    """`net.predict` of the four networks on all rows of the file."""
    table = parquet.read_table(path)
    for answer in make_plan(read_questions(QUESTIONS), table.column_names).answers:
        columns = [
            table.column(i).to_numpy() if isinstance(i, str) else np.full(table.num_rows, i)
            for i in answer.inputs
        ]
        answer.network.predict(np.stack(columns, axis=1))


def compare(rows: int, repeats: int, kills: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in.parquet", Path(folder) / "out.parquet"
        draw = np.random.default_rng(1)
        names = ("m_go", "m_sq")
        parquet.write_table(pa.table({n: draw.uniform(600, 2900, rows) for n in names}), source)
        best: dict[str, dict[str, float]] = {}
        for _ in range(repeats):
            for name, arguments in (
                ("net.predict, one thread", ["--predict", source]),
                ("scan, one thread", ["--scan", source, out, "1"]),
                ("scan, two threads", ["--scan", source, out, "2"]),
            ):
                out.unlink(missing_ok=True)
                told = json.loads(run(arguments))
                keep(best, name, told)
        show(best, rows)
        if kills:
            count_kills(source, out, best["scan, two threads"]["clock"], kills)


def run(arguments: list[object]) -> str:
    """What this file prints in a process of its own."""
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def keep(best: dict[str, dict[str, float]], name: str, told: dict[str, float]) -> None:
    """The least of each figure."""
    known = best.setdefault(name, told)
    best[name] = {figure: min(known[figure], told[figure]) for figure in told}


def show(best: dict[str, dict[str, float]], rows: int) -> None:
    """Print the figures."""
    table = Table("", "clock in s", "processor in s", "memory in MB", "clock, ratio", "processor")
    reference = best["net.predict, one thread"]
    for name, told in best.items():
        ratios = (told[figure] / reference[figure] for figure in ("clock", "processor"))
        figures = (told["clock"], told["processor"], told["memory"], *ratios)
        table.add_row(name, *(f"{figure:.4g}" for figure in figures))
    Console().print(f"{len(QUESTIONS)} questions, {rows:,} points; ratios to predict", table)
    one, two = (best[f"scan, {n}"]["clock"] for n in ("one thread", "two threads"))
    Console().print(f"two threads are {one / two:.2f} times as fast as one")


def count_kills(source: Path, out: Path, seconds: float, kills: int) -> None:
    """Kill a scan at random moments, let it end, and compare."""
    whole = out.read_bytes()
    out.unlink()
    draw = random.Random(1)
    killed = 0
    while killed < kills and not out.exists():
        command = [sys.executable, __file__, "--scan", str(source), str(out), "2"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            process.wait(1.0 + draw.uniform(0.0, 2 * seconds / kills))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
    if not out.exists():
        run(["--scan", source, out, "2"])
    alike = out.read_bytes() == whole
    Console().print(f"killed {killed} times: the bytes are {'the same' if alike else 'OTHERS'}")


if __name__ == "__main__":
    main()
