"""Tables with a hole, a cluster, an empty corner: what networks made of them say there.

    python benchmarks/holes.py [CASE …] [--methods process,network] [--effort 1] [--json FILE]

Each table is trained as `lhnets train table` does, and compared with the truth at points near its
rows, in its hole and beyond its edges: the error, the uncertainty claimed, the pull, the share of
points within one uncertainty, and the share whose reach is above 1. A Gaussian process of
scikit-learn (its standard deviation) and a cubic spline (radial basis, without uncertainty) on the
same rows stand beside it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rich.console import Console

from lhnets_training.fit.baselines import interpolate_cubic
from lhnets_training.judging.calibrate import conformal, scores
from lhnets_training.own_tables import recipe as tables
from lhnets_training.pipeline.exported import run_points
from lhnets_training.pipeline.parameters import read_columns
from lhnets_training.recipe import Run

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
POINTS = 4000


@dataclass(frozen=True)
class HoleCase:
    """A function, the rows of its table, and where the table has none."""

    law: Callable[[Array], Array]
    low: tuple[float, ...]
    high: tuple[float, ...]
    rows: Callable[[np.random.Generator], Array]
    empty: dict[str, Callable[[Array], Mask]]

    def points(self) -> dict[str, Array]:
        """Points near the rows, in each empty part, and beyond the edges."""
        rng, low, high = np.random.default_rng(99), np.array(self.low), np.array(self.high)
        x = rng.uniform(low, high, (POINTS, len(low)))
        parts = {name: x[inside(x)] for name, inside in self.empty.items()}
        near = ~np.any([inside(x) for inside in self.empty.values()], axis=0)
        wide = (high - low) / 10
        out = rng.uniform(low - wide, high + wide, (POINTS, len(low)))
        return {"near": x[near], **parts, "outside": out[((out < low) | (out > high)).any(axis=1)]}


@dataclass(frozen=True)
class HoleLine:
    """What one method says in one part of a table."""

    case: str
    part: str
    method: str
    error: float
    worst: float
    claimed: float
    pull: float
    worst_pull: float
    coverage: float
    refused: float
    seconds: float


def gluino(x: Array) -> Array:
    """Cross section in pb of gluino pairs at about 13.6 TeV, as a smooth law of the mass in GeV."""
    m = x[:, 0] / 1000
    return 0.6 * m**-4.2 * np.exp(-3.6 * m - 0.28 * m**2) * 40


def bumpy(x: Array) -> Array:
    """A positive function of two numbers between 0 and 1."""
    a, b = x.T
    return np.exp(2 * np.sin(3 * a) * np.cos(2 * b) + a * b)


def threshold(x: Array) -> Array:
    """A width with a threshold at 160 GeV, smooth on either side."""
    m = x[:, 0]
    return 1e-3 * m * (1 + 30 * np.maximum(1 - 160 / m, 0.0) ** 1.5)


def sixfold(x: Array) -> Array:
    """A positive function of six numbers between 0 and 1."""
    a, b, c, d, e, f = x.T
    return np.exp(np.sin(2 * a + b) + 0.5 * b * c + np.cos(d * e) - 0.3 * f**2)


def _without(*parts: Callable[[Array], Mask]) -> Callable[[Array], Array]:
    return lambda x: x[~np.any([inside(x) for inside in parts], axis=0)]


def _gap(x: Array) -> Mask:
    return (x[:, 0] > 1500) & (x[:, 0] < 2200)


def _hole(x: Array) -> Mask:
    return np.hypot(x[:, 0] - 0.35, x[:, 1] - 0.4) < 0.22


def _corner(x: Array) -> Mask:
    return (x[:, 0] > 0.65) & (x[:, 1] > 0.6)


def _scattered(rng: np.random.Generator, rows: int) -> Array:
    edges = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    return np.concatenate([edges, rng.random((rows, 2))])


def _cluster(rng: np.random.Generator) -> Array:
    rows = np.concatenate([_scattered(rng, 120), rng.normal([0.75, 0.25], 0.03, (300, 2))])
    return rows[((rows >= 0) & (rows <= 1)).all(axis=1)]


def _grid(rng: np.random.Generator) -> Array:
    a, b = np.meshgrid(np.linspace(0, 1, 31), np.linspace(0, 1, 9))
    return np.stack([a.ravel(), b.ravel()], axis=1)


UNIT = {"low": (0.0, 0.0), "high": (1.0, 1.0)}
CASES = {
    "gluino gap": HoleCase(
        gluino, (500.0,), (3000.0,),
        lambda rng: _without(_gap)(np.linspace(500, 3000, 126)[:, None]), {"hole": _gap},
    ),
    "hole and corner": HoleCase(
        bumpy, **UNIT, rows=lambda rng: _without(_hole, _corner)(_scattered(rng, 500)),
        empty={"hole": lambda x: _hole(x) & ~_corner(x), "corner": _corner},
    ),
    "grid": HoleCase(
        bumpy, **UNIT, rows=lambda rng: _without(_hole)(_grid(rng)), empty={"hole": _hole},
    ),
    "cluster": HoleCase(
        bumpy, **UNIT, rows=lambda rng: _without(_hole)(_cluster(rng)),
        empty={"hole": _hole, "cluster": lambda x: np.hypot(x[:, 0] - 0.75, x[:, 1] - 0.25) < 0.06},
    ),
    "threshold": HoleCase(
        threshold, (80.0,), (400.0,), lambda rng: np.linspace(80, 400, 161)[:, None],
        {"threshold": lambda x: np.abs(x[:, 0] - 160) < 6},
    ),
    "six inputs": HoleCase(
        sixfold, (0.0,) * 6, (1.0,) * 6,
        lambda rng: _without(lambda x: (x[:, 0] + x[:, 1] > 1.4) & (x[:, 0] > 0.5))(
            rng.random((2400, 6))
        )[:2000],
        {"corner": lambda x: (x[:, 0] > 0.78) & (x[:, 1] > 0.78)},
    ),
}  # fmt: skip


def judge(case: HoleCase, method: str, effort: float) -> Iterator[HoleLine]:
    """Train on the rows of ``case`` and compare with its law, part by part."""
    x = case.rows(np.random.default_rng(5))
    y = case.law(x)[:, None]
    began = time.perf_counter()
    answer = ANSWERS[method](x, y, method, effort, case)
    seconds = time.perf_counter() - began
    for part, points in case.points().items():
        value, uncertainty, reach = answer(points)
        error = np.abs(value / case.law(points) - 1)
        claimed, tiny = uncertainty / np.abs(value), np.finfo(float).tiny
        pull = np.abs(value - case.law(points)) / np.maximum(uncertainty, tiny)
        yield HoleLine(
            case=next(name for name, known in CASES.items() if known is case),
            part=part,
            method=method,
            error=float(np.median(error)),
            worst=float(error.max()),
            claimed=float(np.median(claimed)),
            pull=float(np.median(pull)),
            worst_pull=float(pull.max()),
            coverage=float((pull <= 1).mean()),
            refused=float((reach > 1).mean()),
            seconds=seconds,
        )


def by_table(x: Array, y: Array, method: str, effort: float, case: HoleCase) -> Callable:
    """As `lhnets train table` does."""
    names = tuple("abcdef"[: x.shape[1]])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        pq.write_table(pa.table({**dict(zip(names, x.T, strict=True)), "y": y[:, 0]}), path)
        ranges = dict(zip(names, zip(case.low, case.high, strict=True), strict=True))
        choice = tables.ColumnChoice(inputs=names, outputs=("y",), method=method, ranges=ranges)
        recipe = tables.recipe(path, choice, tables.About(), "2026-11-30")
        run = Run(out=Path(folder), seed=recipe.seed, console=Console(quiet=True), effort=effort)
        rows = recipe.label(run)
        x, y = read_columns(recipe, rows)
        split = recipe.split(len(x), run.seed)
        fitted = recipe.fit(x, y, split, run)
        held, apart = fitted.held_out, split.calibration
        found = fitted.predict(x[apart]) if held is None else (held.value, held.spread)
        scale = conformal(scores(y[apart if held is None else held.rows], *found)).scale
    model = run_points(fitted.export(scale))

    def answer(points: Array) -> tuple[Array, Array, Array]:
        found = model(points)
        return found["value"][:, 0], found["uncertainty"][:, 0], found["reach"]

    return answer


def by_sklearn(x: Array, y: Array, method: str, effort: float, case: HoleCase) -> Callable:
    """A Gaussian process of scikit-learn on the logarithms."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    mean, std = x.mean(axis=0), x.std(axis=0)
    kernel = ConstantKernel(10.0, (1e-3, 1e5)) * RBF(np.ones(x.shape[1]), (1e-2, 1e2))
    process = GaussianProcessRegressor(kernel + WhiteKernel(1e-8, (1e-14, 1e-1)), normalize_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        process.fit((x - mean) / std, np.log(y[:, 0]))

    def answer(points: Array) -> tuple[Array, Array, Array]:
        t, spread = process.predict((points - mean) / std, return_std=True)
        return np.exp(t), np.exp(t) * spread, np.zeros(len(points))

    return answer


def by_spline(x: Array, y: Array, method: str, effort: float, case: HoleCase) -> Callable:
    """Cubic radial basis functions of the logarithm, in one input a spline; no uncertainty."""
    heads = interpolate_cubic(degree=1)(x, np.log(y))

    def answer(points: Array) -> tuple[Array, Array, Array]:
        nothing = np.full(len(points), np.nan)
        return np.exp(heads(points)[:, 0]), nothing, nothing

    return answer


ANSWERS = {
    **dict.fromkeys(("auto", "process", "network"), by_table),
    "scikit-learn": by_sklearn,
    "spline": by_spline,
}


def main() -> None:
    """Print a line for each case, part and method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=[])
    parser.add_argument("--methods", default="auto,network,scikit-learn,spline")
    parser.add_argument("--effort", type=float, default=1.0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    lines = []
    heads = ("error", "worst", "claimed", "|pull|", "worst", "within", "reach>1")
    print(f"{'case':16} {'part':10} {'method':13}" + "".join(f"{h:>10}" for h in heads))
    for name in given.cases or CASES:
        for method in given.methods.split(","):
            for line in judge(CASES[name], method, given.effort):
                lines.append(line)
                numbers = (line.error, line.worst, line.claimed, line.pull, line.worst_pull)
                shown = "".join(f"{n:10.1e}" for n in numbers)
                shares = f"{line.coverage:10.2f}{line.refused:10.2f}"
                print(f"{name:16} {line.part:10} {method:13}{shown}{shares}", flush=True)
    if given.json:
        given.json.write_text(json.dumps([asdict(line) for line in lines], indent=1))


if __name__ == "__main__":
    main()
