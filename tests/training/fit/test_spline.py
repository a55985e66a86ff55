from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy.interpolate import CubicSpline

from lhnets.format import Input
from lhnets_training.fit.baselines import interpolate_cubic
from lhnets_training.fit.links import Shifted
from lhnets_training.fit.spline import CubeSum, Lead, fit_spline, log_spline, power_spline
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Run

MASS = Input(name="m", unit="GeV", low=500.0, high=3000.0, meaning="a mass")


def falling(m: np.ndarray) -> np.ndarray:
    return np.column_stack([1e3 * m**-2.5 * np.exp(-m / 400), 2e2 * m**-2.2 * np.exp(-m / 380)])


@pytest.mark.parametrize("knots", [5, 8, 26])
def test_a_sum_of_cubes_is_the_spline(knots: int) -> None:
    rng = np.random.default_rng(knots)
    u = np.sort(rng.uniform(4, 8, knots))
    curve = CubicSpline(u, rng.normal(size=(knots, 3)), bc_type="not-a-knot")
    at = np.linspace(u[0], u[-1], 500)
    np.testing.assert_allclose(
        CubeSum.of(curve)(at), curve(at), rtol=0, atol=1e-8 * np.abs(curve(at)).max()
    )


def test_a_power_law_is_a_line_in_the_logarithm() -> None:
    x = np.linspace(1, 9, 9)[:, None]
    model = log_spline(x, -3 * np.log(x))
    assert model(np.array([[2.5]]))[0, 0] == pytest.approx(-3 * np.log(2.5), abs=1e-12)


def test_rows_of_a_spline_may_come_in_any_order() -> None:
    x = np.array([[4.0], [1.0], [3.0], [2.0], [5.0]])
    t = np.log(falling(100 * x[:, 0]))
    np.testing.assert_allclose(power_spline(x, t, 0.25)(x), t, atol=1e-12)


def test_a_surface_goes_through_its_points() -> None:
    x = np.exp(np.random.default_rng(0).uniform(0, 1, (40, 2)))
    t = np.log(x.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(interpolate_cubic(np.log, degree=2)(x, t)(x), t, atol=1e-10)


@pytest.mark.parametrize("power", [0.25, None])
def test_the_file_is_the_spline(tmp_path: Path, power: float | None) -> None:
    x = np.linspace(500, 3000, 26)[:, None]
    y = falling(x[:, 0])
    job = Run(out=tmp_path, seed=1, console=Console(file=io.StringIO()))
    fitted = fit_spline(
        x, y, job, inputs=(MASS,), region=(), link=Shifted(2, {}), power=power, fold=np.arange(26)
    )
    points = np.random.default_rng(3).uniform(500, 3000, (2000, 1))
    value, spread = fitted.predict(points)
    found = run_points(fitted.export(np.array([2.0, 3.0])))(points)
    np.testing.assert_allclose(found["value"], value, rtol=1e-10)
    np.testing.assert_allclose(found["uncertainty"], spread * [2.0, 3.0], rtol=1e-9)
    np.testing.assert_allclose(value, falling(points[:, 0]), rtol=1e-3)
    assert (found["reach"] <= 1 + 1e-12).all()
    assert run_points(fitted.export(np.ones(2)))(np.array([[3001.0]]))["reach"] > 1


def pole(m: np.ndarray) -> np.ndarray:
    """Steep towards the lowest mass, as near a pole below it."""
    return falling(m) / (m**2 - 470.0**2)[:, None]


def test_a_lead_takes_the_steep_part_and_stays_in_the_file(tmp_path: Path) -> None:
    x = np.linspace(500, 3000, 14)[:, None]
    y = pole(x[:, 0]) * (1 + 0.1 * np.log(x))
    knots = 460 + np.geomspace(40, 2540, 150)
    knots[[0, -1]] = 500, 3000
    lead = Lead("a known function", knots, np.log(pole(knots)))
    job = Run(out=tmp_path, seed=1, console=Console(file=io.StringIO()))
    plain, led = (
        fit_spline(
            x,
            y,
            job,
            inputs=(MASS,),
            region=(),
            link=Shifted(2, {}),
            power=None,
            fold=np.arange(14),
            lead=by,
        )
        for by in (None, lead)
    )
    missed = [np.abs(f.held_out.value / y - 1).max() for f in (plain, led) if f.held_out]
    assert missed[1] < 1e-2 * missed[0]
    np.testing.assert_allclose(led.predict(x)[0], y, rtol=1e-9)
    points = np.random.default_rng(3).uniform(500, 3000, (2000, 1))
    exact = pole(points[:, 0]) * (1 + 0.1 * np.log(points))
    np.testing.assert_allclose(led.predict(points)[0], exact, rtol=1e-5)
    np.testing.assert_allclose(
        run_points(led.export(np.ones(2)))(points)["value"], led.predict(points)[0], rtol=1e-8
    )
    assert "a known function" in led.method
