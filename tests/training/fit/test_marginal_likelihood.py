from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets.format import HalfSpace, Input
from lhnets_training.data.sample import uniform
from lhnets_training.fit.features import TanhMap
from lhnets_training.fit.links import Shifted
from lhnets_training.fit.marginal_likelihood import fit_processes
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Fitted, Run
from lhnets_training.split import folds

INPUTS = (
    Input(name="a", unit="GeV", low=500.0, high=1500.0, meaning="a mass"),
    Input(name="b", unit="GeV", low=500.0, high=3000.0, meaning="another mass"),
)
REGION = (HalfSpace(coefficients={"a": 1.0, "b": -1.0}, bound=0.0, meaning="a below b"),)
KINDS = Shifted.of(["s", "s_up"], {"s_up": ("s", "up")})


def truth(x: np.ndarray) -> np.ndarray:
    a, b = x.T
    sigma = 1e3 * a**-2.5 * np.exp(-a / 400) * (1 - 0.5 * (a / b) ** 2)
    return np.column_stack([sigma, sigma * 0.1 * (1 + a / b)])


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    x = uniform(INPUTS, 90, 5, REGION)
    folder: Path = tmp_path_factory.mktemp("processes")
    return fit_processes(
        x,
        truth(x),
        Run(out=folder, seed=1, console=Console(file=io.StringIO())),
        inputs=INPUTS,
        region=REGION,
        link=KINDS,
        coordinates=TanhMap.mass_and_ratio(1000.0),
        lead=0,
        fold=folds(90, 5, 1),
    )


def test_it_finds_a_smooth_function(fitted: Fitted) -> None:
    points = uniform(INPUTS, 500, 8, REGION)
    np.testing.assert_allclose(fitted.predict(points)[0][:, 0], truth(points)[:, 0], rtol=5e-3)


def test_every_row_was_held_out_once(fitted: Fitted) -> None:
    assert fitted.held_out is not None
    assert sorted(fitted.held_out.rows.tolist()) == list(range(90))
    assert set(fitted.held_out.fold.tolist()) == set(range(5))


def test_the_file_is_the_process(fitted: Fitted) -> None:
    points = uniform(INPUTS, 1000, 9, REGION)
    value, spread = fitted.predict(points)
    found = run_points(fitted.export(np.array([1.0, 2.0])))(points)
    np.testing.assert_allclose(found["value"][:, 0], value[:, 0], rtol=1e-7)
    np.testing.assert_allclose(found["value"][:, 1], value[:, 1], rtol=1e-6)
    np.testing.assert_allclose(found["uncertainty"], spread * [1.0, 2.0], rtol=1e-7)
    assert (found["reach"] <= 1 + 1e-9).all()


def test_the_file_says_where_the_region_ends(fitted: Fitted) -> None:
    reach = run_points(fitted.export(np.ones(2)))(
        np.array([[1400.0, 1300.0], [1300.0, 1400.0], [1600.0, 2000.0]])
    )["reach"]
    assert (reach > 1).tolist() == [True, False, True]


def test_one_input_is_enough(tmp_path: Path) -> None:
    x = np.linspace(500, 1500, 40)[:, None]
    fitted = fit_processes(
        x,
        1e3 * x**-2.5 * np.exp(-x / 400),
        Run(out=tmp_path, seed=1, console=Console(file=io.StringIO())),
        inputs=INPUTS[:1],
        region=(),
        link=Shifted.of(["s"], {}),
        coordinates=TanhMap(np.array([[0.5]]), np.array([-0.5 * np.log(1000.0)])),
        lead=0,
        fold=folds(40, 5, 1),
    )
    points = np.linspace(600, 1400, 101)[:, None]
    found = run_points(fitted.export(np.ones(1)))(points)["value"]
    np.testing.assert_allclose(found, fitted.predict(points)[0], rtol=1e-7)
    np.testing.assert_allclose(found, 1e3 * points**-2.5 * np.exp(-points / 400), rtol=1e-3)
