"""Exported C, the native engine and derivatives, of every flat bundled network.

    python benchmarks/native.py networks    # compilers, self-tests, values, derivatives: a table
    python benchmarks/native.py speed       # ratios, each of two things measured in turns

Values are compared with ONNX Runtime at 10,000 points of the region, and both with the graph in
extended precision at 1,000 of them: what a network loses to rounding is the same in both.
Derivatives are compared at the 1,000 with central differences of sixth order in extended
precision. All differences are over the spread of the output, those of derivatives times the width
of the input.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

import lhnets as ml
from lhnets._fetching.mirror import BUNDLED
from lhnets._running.graph import read_graph
from lhnets._running.interpret import Interpreter
from lhnets._running.namespaces.numpy_arrays import NumpyArrays
from lhnets._running.native.export import save_sources
from lhnets._running.native.source import prefix_of
from lhnets.format import Index

POINTS, FEWER = 10_000, 1_000
WEIGHTS = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
STEPS = (3e-4, 4e-4)
"""Of the width of an input; a difference that changes from one to the other met a kink."""
COMPILERS = {
    "gcc": ["gcc", "-std=c99"],
    "g++": ["g++"],
    "clang": ["clang", "-std=c99"],
}

Array = NDArray[Any]


def flat_networks() -> list[str]:
    index = Index.from_json((BUNDLED / "index.json").read_bytes(), str(BUNDLED))
    return [n for n in sorted({e.name for e in index.networks}) if not ml.load(n).card.tensors]


def draw_inside(net: ml.Network, count: int) -> Array:
    """Points of the region."""
    rng, columns = np.random.default_rng(11), net.card.columns
    low, high = np.array([[i.low, i.high] for i in columns], dtype=np.float64).T
    found = np.empty((0, len(columns)))
    while len(found) < count:
        rows = rng.uniform(low, high, (20 * count, len(columns)))
        found = np.concatenate([found, rows[net.predict(rows).reach <= 1]])
    return found[:count]


def in_extended_precision(net: ml.Network) -> Callable[[Array], Array]:
    """The values of a network, with 64 bits of mantissa."""
    graph = read_graph(net.file.content)
    wide = {
        k: a.astype(np.longdouble) if a.dtype.kind == "f" else a for k, a in graph.constants.items()
    }
    interpret = Interpreter(graph._replace(constants=wide), NumpyArrays())

    def evaluate(rows: Array) -> Array:
        parts = [
            interpret({"parameters": rows[k : k + 500]})["value"] for k in range(0, len(rows), 500)
        ]
        return np.concatenate(parts)

    return evaluate


def differentiate(evaluate: Callable[[Array], Array], rows: Array, step: Array) -> Array:
    """Differences (n, N, k) in steps (n,)."""
    wide, found = rows.astype(np.longdouble), []
    for column, length in enumerate(step):
        shift = np.zeros(rows.shape[1], np.longdouble)
        shift[column] = length
        slopes = sum(
            w * (evaluate(wide + k * shift) - evaluate(wide - k * shift))
            for k, w in WEIGHTS.items()
        )
        found.append(slopes / length)
    return np.array(found)


def check_derivatives(net: ml.Network, rows: Array, spread: Array) -> tuple[float, float]:
    """Largest error over the spread, and the share of derivatives beside a kink."""
    width = np.array([float(i.high or 0) - float(i.low or 0) for i in net.card.columns])
    evaluate = in_extended_precision(net)
    first, second = (differentiate(evaluate, rows, f * width) for f in STEPS)
    scale = width[:, None, None] / spread
    smooth = np.abs(first - second) * scale < 1e-7
    error = np.abs(net.differentiate(rows) - first) * scale
    return float(error[smooth].max()), float(1 - smooth.mean())


def run_self_tests(net: ml.Network, folder: Path) -> str:
    """Which compilers make a program that passes."""
    save_sources(net.file, "c", folder)
    passed = []
    for name, command in COMPILERS.items():
        if shutil.which(command[0]) is None:
            continue
        source = folder / f"{prefix_of(net.card)}.c"
        program = folder / f"selftest-{name}"
        subprocess.run(
            [*command, "-O1", "-DLHNETS_SELFTEST", source, "-o", program, "-lm"], check=True
        )
        done = subprocess.run([program], capture_output=True, text=True)
        passed.append(name if done.returncode == 0 else f"{name} FAILS")
    return ", ".join(passed)


def tabulate_networks() -> None:
    print(
        "| network | self-test | value, native to ONNX Runtime | to extended precision: native "
        "| ONNX Runtime | derivative | beside kinks |\n|---|---|---|---|---|---|---|"
    )
    for name in flat_networks():
        net, native = (ml.load(name, engine=e) for e in ("onnxruntime", "native"))
        rows = draw_inside(net, POINTS)
        values = [n.predict(rows).value for n in (native, net)]
        exact = in_extended_precision(net)(rows[:FEWER].astype(np.longdouble))
        spread = np.ptp(values[1], axis=0)
        differences = [
            float((np.abs(a[: len(b)] - b) / spread).max())
            for a, b in ((values[0], values[1]), (values[0], exact), (values[1], exact))
        ]
        error, kinks = check_derivatives(native, rows[:FEWER], spread)
        with tempfile.TemporaryDirectory() as folder:
            tests = run_self_tests(net, Path(folder))
        figures = " | ".join(f"{d:.1e}" for d in differences)
        print(f"| {name} | {tests} | {figures} | {error:.1e} | {100 * kinks:.2f} % |", flush=True)


def time_in_turns(things: Mapping[str, Callable[[], Any]], number: int) -> dict[str, float]:
    """Least microseconds a call, of things measured one after another, many times."""
    best = dict.fromkeys(things, float("inf"))
    for _ in range(60):
        for name, thing in things.items():
            best[name] = min(best[name], 1e6 * timeit.timeit(thing, number=number) / number)
    return best


def time_in_c(net: ml.Network, loops: int = 200_000) -> tuple[float, float]:
    """Microseconds a point in a loop of C, alone and with derivatives."""
    prefix, columns = prefix_of(net.card), net.card.columns
    middle = ", ".join(repr(((i.low or 0) + (i.high or 0)) / 2) for i in columns)
    main = f"""#include "{prefix}.h"
#include <stdio.h>
#include <time.h>
#define REPEAT(what) for (int r = 0; r < 15; r++) {{ clock_t t = clock(); \\
  for (int k = 0; k < {loops}; k++) {{ in[0] += 1e-9; what; sum += v[0]; }} \\
  double used = (double)(clock() - t) / CLOCKS_PER_SEC; if (used < best) best = used; }} \\
  printf("%.6g\\n", 1e6 * best / {loops}); best = 1e9;
int main(void) {{
  double in[] = {{{middle}}}, v[{len(net.card.outputs)}], u[{len(net.card.outputs)}], r0;
  double j[{len(net.card.outputs) * len(columns)}], best = 1e9, sum = 0;
  REPEAT({prefix}(in, v, u, &r0))
  REPEAT({prefix}_jacobian(in, v, u, &r0, j))
  return sum == 0;
}}
"""
    with tempfile.TemporaryDirectory() as folder:
        save_sources(net.file, "c", Path(folder))
        (Path(folder) / "main.c").write_text(main)
        flags = ["-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math"]
        sources = ["main.c", f"{prefix}.c"]
        subprocess.run(["gcc", *flags, *sources, "-o", "main", "-lm"], cwd=folder, check=True)
        lines = subprocess.run(
            [Path(folder) / "main"], check=True, capture_output=True, text=True
        ).stdout.split()
    return float(lines[0]), float(lines[1])


def correction() -> Callable[[], float]:
    """A formula of four inputs in correctionlib."""
    import correctionlib.schemav2 as schema

    inputs = [schema.Variable(name=v, type="real") for v in "abcd"]
    formula = schema.Formula(
        nodetype="formula", expression="x*y+z*t", parser="TFormula", variables=list("abcd")
    )
    made = schema.Correction(
        name="t",
        version=1,
        inputs=inputs,
        output=schema.Variable(name="o", type="real"),
        data=formula,
    ).to_evaluator()
    return functools.partial(made.evaluate, 2000.0, 2500.0, 13000.0, 1.0)


def print_speed() -> None:
    point = {"m_go": 2000.0, "m_sq": 2500.0, "sqrt_s": 13000.0}
    asked = {"m_go": 2000.0, "m_sq": 2500.0}
    net, native = (ml.load("cs-gluino-pair-lo", engine=e) for e in ("onnxruntime", "native"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(net.file.content, options)
    row = np.array([[2000.0, 2500.0, 13000.0, 1.0]])
    bound = net.session.point.run
    ask = functools.partial(ml.CS, "p p > go go", asked, energy="13 TeV", order="LO")
    best = time_in_turns(
        {
            "bare": lambda: session.run(None, {"parameters": row}),
            "bound": bound,
            "net": lambda: net(point),
            "native": lambda: native(point),
            "CS": ask,
            "jacobian": lambda: native.jacobian(point),
            "correction": correction(),
        },
        500,
    )
    alone, with_slopes = time_in_c(net)
    rows = draw_inside(net, 100_000)
    function = net.function("numpy")
    batch = time_in_turns(
        {
            "native": lambda: native.predict(rows),
            "bare": lambda: session.run(None, {"parameters": rows}),
            "client": lambda: net.predict(rows),
            "numpy": lambda: function(rows),
        },
        1,
    )
    figures = {
        "bare ONNX Runtime (one thread), one point, us": best["bare"],
        "net(params) / bare ONNX Runtime": best["net"] / best["bare"],
        "net(params), native / bare ONNX Runtime": best["native"] / best["bare"],
        "ml.CS, native / bare ONNX Runtime": best["CS"] / best["bare"],
        "net(params), native / correctionlib formula": best["native"] / best["correction"],
        "loop of C / bound ONNX Runtime": alone / best["bound"],
        "loop of C, one point, us": alone,
        "with derivatives / value, in C": with_slopes / alone,
        "net.jacobian / net(params), native": best["jacobian"] / best["native"],
        "rows a second, native, one thread": 1e6 * len(rows) / batch["native"],
        "predict, bare ONNX Runtime / native": batch["bare"] / batch["native"],
        "predict, ONNX Runtime in the client / native": batch["client"] / batch["native"],
        "predict, numpy / native": batch["numpy"] / batch["native"],
    }
    for what, figure in figures.items():
        print(f"{what}: {figure:.3g}")


if __name__ == "__main__":
    {"networks": tabulate_networks, "speed": print_speed}[sys.argv[1]]()
