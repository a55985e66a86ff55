"""Uncertainties that know where there were rows: in a hole, at an edge, beside a threshold."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets.format import Input
from lhnets_training.fit.conditioned import condition
from lhnets_training.fit.gaussian_process import fit_table_process
from lhnets_training.fit.kernels import CUBIC, SMOOTH, Kernel
from lhnets_training.fit.kinks import Natural
from lhnets_training.fit.links import ColumnLinks
from lhnets_training.fit.neighbourhoods import find_planes
from lhnets_training.judging.calibrate import conformal, scores
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Array, Run

Law = Callable[[Array], Array]


def falling(x: Array) -> Array:
    m = x[:, 0] / 1000
    return np.asarray(24 * m**-4.2 * np.exp(-3.6 * m - 0.28 * m**2))


def opening(x: Array) -> Array:
    return np.asarray(1 + 30 * np.maximum(1 - 160 / x[:, 0], 0.0) ** 1.5)


def pulls(folder: Path, law: Law, rows: Array, points: Array) -> tuple[Array, Array]:
    """(value - truth) / uncertainty of the exported network, and its reach."""
    inputs = (
        Input(name="m", unit="GeV", meaning="m", low=float(rows[0, 0]), high=float(rows[-1, 0])),
    )
    fitted = fit_table_process(
        rows, law(rows)[:, None], Run(out=folder, seed=1, console=Console(quiet=True), effort=0.5),
        inputs=inputs, region=(), natural=Natural((False,)), link=ColumnLinks(("log",), (0.0,)),
        noise=None,
    )  # fmt: skip
    held = fitted.held_out
    assert held is not None
    scale = conformal(scores(law(rows)[held.rows, None], held.value, held.spread)).scale
    found = run_points(fitted.export(scale))(points)
    return np.abs(found["value"][:, 0] - law(points)) / found["uncertainty"][:, 0], found["reach"]


def test_a_hole_is_outside_and_its_errors_are_told(tmp_path: Path) -> None:
    mass = np.linspace(500, 3000, 84)[:, None]
    hole = (mass[:, 0] > 1500) & (mass[:, 0] < 2200)
    points = np.linspace(1520, 2180, 200)[:, None]
    pull, reach = pulls(tmp_path, falling, mass[~hole], points)
    assert (pull < 1).mean() > 0.68
    assert pull.max() < 10
    assert (reach[(points[:, 0] > 1560) & (points[:, 0] < 2140)] > 1).all()
    near, reach = pulls(tmp_path, falling, mass[~hole], np.linspace(510, 1490, 300)[:, None])
    assert (near < 1).mean() > 0.6
    assert (reach <= 1).all()


def test_a_threshold_has_the_larger_uncertainty(tmp_path: Path) -> None:
    mass = np.linspace(80, 400, 161)[:, None]
    points = np.linspace(154, 166, 300)[:, None]
    pull, _ = pulls(tmp_path, opening, mass, points)
    assert (pull < 1).mean() > 0.6
    assert pull.max() < 10


@pytest.mark.parametrize("kernel", [SMOOTH, CUBIC], ids=["smooth", "cubic"])
def test_rows_left_out_are_told_as_by_a_process_without_them(kernel: Kernel) -> None:
    z = np.random.default_rng(0).normal(size=(60, 2))
    y = np.stack([np.sin(z[:, 0]) + z[:, 1], np.cos(z[:, 1])], axis=1)
    length = np.array([1.5, 2.0])
    whole = condition(z, y, length, 1e-6, kernel=kernel)
    part = np.array([3, 8, 40])
    kept = np.delete(np.arange(60), part)
    # The nugget counts in units of the targets, which differ without the part.
    less = condition(
        z[kept], y[kept] / y[kept].std(axis=0) * y.std(axis=0), length, 1e-6, kernel=kernel
    )

    class Plain:
        def __call__(self, x: Array) -> Array:
            return x

    found = less.process(Plain())(z[part]) / y.std(axis=0) * y[kept].std(axis=0)  # type: ignore[arg-type]
    np.testing.assert_allclose(y[part] - found, whole.leave_out(part), rtol=1e-3, atol=1e-6)


def test_planes_of_a_grid_are_those_of_its_values() -> None:
    a, b = np.meshgrid(np.linspace(0, 1, 20), np.linspace(0, 1, 6))
    grid = np.stack([a.ravel(), b.ravel()], axis=1)
    assert sorted(len(plane) for plane in find_planes(grid)) == [6] * 18 + [20] * 4
    assert find_planes(np.random.default_rng(0).random((100, 2))) == []
    assert find_planes(np.arange(50.0)[:, None]) == []
