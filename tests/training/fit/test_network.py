"""Networks with ends of every kind: the exported graph against the fitted model, and what each end
promises."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rich.console import Console

from lhnets.format import HalfSpace, Input
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.features import FeatureTerms, powers
from lhnets_training.fit.links import Invertible, Negative, Polar, Probability, Shares, Signed, Sums
from lhnets_training.fit.network import fit_network
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Run
from lhnets_training.split import split

INPUTS = (
    Input(name="m", unit="GeV", meaning="a mass", low=1.0, high=4.0),
    Input(name="g", unit="1", meaning="a coupling", low=0.5, high=2.0),
)
REGION = (HalfSpace(coefficients={"m": 1.0, "g": -4.0}, bound=0.0, meaning="m <= 4 g"),)
PLAIN = FeatureTerms(np.log, lambda graph: graph.coordinates([True, True]), features=np.eye(2))
PLAN = lm.FitPlan(4, 4, (lm.Stage(2, 40),))
TOTAL = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])


def outputs(x: np.ndarray, end: Invertible) -> np.ndarray:
    m, g = x.T
    rates = np.stack([m**2 * g + m, g**2 + 0.5], axis=1)
    if isinstance(end, Shares):
        return rates / rates.sum(axis=1, keepdims=True)
    if isinstance(end, Sums):
        return np.concatenate([rates, rates.sum(axis=1, keepdims=True)], axis=1)
    if isinstance(end, Probability):
        return np.exp(-m * g)[:, None]
    if isinstance(end, Negative):
        return -rates[:, :1]
    if isinstance(end, Polar):
        return m[:, None] * np.stack([np.cos(g), np.sin(g)], axis=1)
    return (np.log(m) - g)[:, None]


ENDS = [Shares(2), Sums(TOTAL), Probability(0.05), Negative(), Signed(), Polar()]


@pytest.mark.parametrize("end", ENDS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("terms", [PLAIN, powers(INPUTS, 3)], ids=["plain", "powers"])
def test_the_graph_equals_the_model(end: Invertible, terms: FeatureTerms, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.uniform([1, 0.5], [4, 2], (600, 2))
    y = outputs(x, end)
    run = Run(out=tmp_path, seed=1, console=Console(quiet=True))
    parts = split(600, validation=0.2, calibration=0.1, test=0.1, seed=1)
    fitted = fit_network(
        x, y, parts, run, inputs=INPUTS, region=REGION, terms=terms, link=end, plan=PLAN
    )
    value, spread = fitted.predict(x)
    assert np.abs(value - y).mean() < 0.02 * y.std()
    assert (spread > 0).all()
    scale = np.full(y.shape[1], 2.0)
    found = run_points(fitted.export(scale))(x)
    np.testing.assert_allclose(found["value"], value, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found["uncertainty"], 2 * spread, rtol=1e-9)
    inside = x[:, 0] <= 4 * x[:, 1]
    assert (found["reach"][inside] <= 1 + 1e-9).all()
    assert (found["reach"][~inside] > 1).all()


def test_images_make_a_symmetry_exact(tmp_path: Path) -> None:
    inputs = tuple(Input(name=n, unit="GeV", meaning="a mass", low=1.0, high=4.0) for n in "ab")
    swapped = np.eye(2)[::-1]
    terms = FeatureTerms(
        np.log,
        lambda graph: graph.coordinates([True, True]),
        np.stack([np.eye(2), swapped]),
        prefactor=np.ones((2, 1)),
    )
    x = np.random.default_rng(1).uniform(1, 4, (600, 2))
    y = -(x[:, :1] * x[:, 1:]) * (
        1 + 1 / x.sum(axis=1, keepdims=True) + np.abs(np.log(x[:, :1] / x[:, 1:]))
    )
    run, parts = (
        Run(out=tmp_path, seed=1, console=Console(quiet=True)),
        split(600, validation=0.2, calibration=0.1, test=0.1, seed=1),
    )
    fitted = fit_network(
        x, y, parts, run, inputs=inputs, region=(), terms=terms, link=Negative(), plan=PLAN
    )
    predict = run_points(fitted.export(np.ones(1)))
    found, other = predict(x), predict(x[:, ::-1])
    for name in ("value", "uncertainty"):
        np.testing.assert_allclose(found[name], other[name], rtol=1e-12)
    np.testing.assert_allclose(found["value"], fitted.predict(x)[0], rtol=1e-9)
    np.testing.assert_allclose(found["uncertainty"], fitted.predict(x)[1], rtol=1e-9)


@given(arrays(np.float64, (5, 3), elements=st.floats(-300, 300)))
def test_shares_sum_to_one(t: np.ndarray) -> None:
    value = Shares(4, reference=2).values(t)
    assert (value >= 0).all()
    np.testing.assert_allclose(value.sum(axis=1), 1.0, rtol=1e-12)


@given(arrays(np.float64, (6, 2), elements=st.floats(1e-3, 1e3)))
def test_heads_and_outputs_are_inverse(y: np.ndarray) -> None:
    shares = y / y.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(Shares(2).values(Shares(2).targets(shares)), shares, rtol=1e-9)
    summed = y @ TOTAL
    np.testing.assert_allclose(Sums(TOTAL).values(Sums(TOTAL).targets(summed)), summed, rtol=1e-9)
    np.testing.assert_allclose(
        Probability(1e-4).values(Probability(1e-4).targets(shares)), shares, rtol=1e-9
    )
    np.testing.assert_allclose(Negative().values(Negative().targets(-y)), -y, rtol=1e-9)
    np.testing.assert_array_equal(Signed().values(Signed().targets(-y)), -y)
    np.testing.assert_allclose(Polar().values(Polar().targets(-y)), -y, rtol=1e-9)


def test_beyond_the_floor_there_are_exact_zeros_and_ones() -> None:
    np.testing.assert_array_equal(
        Probability(1e-4).values(np.array([[-10.0], [10.0], [-800.0]])), [[0.0], [1.0], [0.0]]
    )
    assert (Probability(1e-4).unit(np.array([[-10.0], [10.0]])) > 0).all()


def test_the_baseline_interpolates_heads() -> None:
    x = np.random.default_rng(2).uniform([1, 0.5], [4, 2], (400, 2))
    y = outputs(x, Signed())
    method, found = rbf_baseline(np.log, Signed())(x[:300], y[:300], x[300:])
    assert "300 training rows" in method
    assert np.abs(found - y[300:]).max() < 0.05


def test_noisy_rows_count_less(tmp_path: Path) -> None:
    """Half the labels are spoilt; told of it, the fit keeps to the others."""
    rng = np.random.default_rng(3)
    x = rng.uniform([1, 0.5], [4, 2], (800, 2))
    truth = outputs(x, Signed())
    noise = np.where(np.arange(800) % 2, 1e-3, 1.0)[:, None]
    y = truth + noise * rng.standard_normal(truth.shape)
    parts = split(800, validation=0.2, calibration=0.1, test=0.1, seed=1)
    off = {}
    for told in (None, noise):
        run = Run(out=tmp_path / str(told is None), seed=1, console=Console(quiet=True))
        fitted = fit_network(
            x,
            y,
            parts,
            run,
            inputs=INPUTS,
            region=REGION,
            terms=PLAIN,
            link=Signed(),
            plan=PLAN,
            noise=told,
        )
        off[told is None] = np.abs(fitted.predict(x)[0] - truth).mean()
    assert off[False] < 0.01 < off[True]
