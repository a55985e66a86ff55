"""What the client costs beside the bare runtime, each figure a ratio to a reference measured in the
same run.

Prints the time of `net(params)` and of `ml.CS(...)` at one point over that of
`InferenceSession.run` on the same file, rows per second of `net.predict` over those of the bare
session, and `import lhnets` over `import numpy`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import onnxruntime
from rich.console import Console
from rich.table import Table

import lhnets as ml

PROCESS, ENERGY, ORDER = "p p > go go", "13 TeV", "LO"
POINT = {"m_go": 2000.0, "m_sq": 3000.0}
CALLS, REPEATS = 2000, 15


def interleaved(*functions: Callable[[], object], calls: int = CALLS) -> list[float]:
    """The shortest time of each function in seconds a call, the functions taking turns."""
    best = [float("inf")] * len(functions)
    for _ in range(REPEATS):
        for k, function in enumerate(functions):
            start = time.perf_counter()
            for _ in range(calls):
                function()
            best[k] = min(best[k], (time.perf_counter() - start) / calls)
    return best


def one_point(table: Table) -> None:
    """Scalar calls."""
    network = ml.load(ml.CS(PROCESS, POINT, energy=ENERGY, order=ORDER).network)
    bare, row = session(network), as_row(network)
    full = {i.name: float(x) for i, x in zip(network.card.columns, row[0], strict=True)}
    reference, called, asked = interleaved(
        lambda: bare.run(None, {"parameters": row}),
        lambda: network(full),
        lambda: ml.CS(PROCESS, POINT, energy=ENERGY, order=ORDER),
    )
    table.add_row("InferenceSession.run, one point", f"{reference * 1e6:.1f} us", "1")
    table.add_row(
        f"net(params), {network.name}", f"{called * 1e6:.1f} us", f"{called / reference:.2f}"
    )
    table.add_row("ml.CS(...)", f"{asked * 1e6:.1f} us", f"{asked / reference:.2f}")


def batches(table: Table) -> None:
    """Rows per second, the bare session in one call."""
    network = ml.load("cs-gluino-pair-lo")
    bare = session(network)
    for rows in (1_000, 100_000):
        low, high = (
            np.array([getattr(i, edge) for i in network.card.columns]) for edge in ("low", "high")
        )
        x = low + (high - low) * np.random.default_rng(1).random((rows, len(low)))
        numpy = network.function("numpy")
        reference, by_numpy, mine, two = interleaved(
            lambda x=x: bare.run(None, {"parameters": x}),
            lambda x=x, numpy=numpy: numpy(x),
            lambda x=x: network.predict(x),
            lambda x=x: network.predict(x, threads=2),
            calls=max(1, 20_000 // rows),
        )
        table.add_row(f"InferenceSession.run, {rows:,} rows", f"{rows / reference:.2e} rows/s", "1")
        for name, spent_by in (
            ('net.function("numpy")', by_numpy),
            ("net.predict", mine),
            ("net.predict, two threads", two),
        ):
            rate, ratio = f"{rows / spent_by:.2e} rows/s", f"{reference / spent_by:.2f}"
            table.add_row(f"{name}, {rows:,} rows", rate, ratio)


def imports(table: Table) -> None:
    """Time to import, in processes of their own, above that of an empty process."""
    empty, numpy, lhnets = (spent(code) for code in ("", "import numpy", "import lhnets"))
    table.add_row("import numpy", f"{numpy - empty:.3f} s", "1")
    table.add_row(
        "import lhnets", f"{lhnets - empty:.3f} s", f"{(lhnets - empty) / (numpy - empty):.2f}"
    )


def spent(code: str) -> float:
    """The shortest of several runs of ``code`` in a new interpreter, in seconds."""

    def once() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    return min(once() for _ in range(7))


def session(network: ml.Network) -> onnxruntime.InferenceSession:
    """The bare session on the network's file, one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(network.path), options, providers=["CPUExecutionProvider"]
    )


def as_row(network: ml.Network) -> np.ndarray:
    """The point in card order."""
    values = POINT | {"sqrt_s": 13000.0}
    return np.array(
        [[values.get(i.name, i.default) for i in network.card.columns]], dtype=np.float64
    )


def main() -> None:
    """Measure and print."""
    table = Table(
        "what", "measured", "ratio to the reference above it", box=None, header_style="bold"
    )
    for measure in (one_point, batches, imports):
        measure(table)
    Console().print(table)


if __name__ == "__main__":
    main()
