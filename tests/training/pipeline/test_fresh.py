"""Fresh points: spread as the data set is, with their truth, and what they are for."""

from types import SimpleNamespace

import numpy as np
import pytest

from lhnets.format import HalfSpace, Input, Truth
from lhnets_training.data.sample import draw_alike
from lhnets_training.pipeline.fresh import FEWEST, TO_FIT, TO_JUDGE, label_fresh
from lhnets_training.recipe import Run

INPUTS = tuple(Input(name=n, unit="GeV", meaning=n, low=1.0, high=10.0) for n in "ab")
BELOW = HalfSpace(coefficients={"a": 1.0, "b": -1.0}, bound=0.0, meaning="a <= b")


def draw_rows(seed: int = 0):
    x = np.random.default_rng(seed).uniform(1.0, 10.0, (3000, 2))
    return x[x[:, 0] <= x[:, 1]]


def ask(tmp_path, *, seconds: float, seed: int = TO_FIT):
    recipe = SimpleNamespace(
        inputs=INPUTS,
        surfaces=(BELOW,),
        outputs=INPUTS[:1],
        truth=Truth(program="a sum", version="1", seconds_per_label=seconds),
        truth_at=lambda x, run: np.where(x[:, :1] < 2.0, np.nan, x.sum(axis=1, keepdims=True)),
    )
    file = SimpleNamespace(feed=SimpleNamespace(recipe=recipe), answer=end_at_nine)
    return label_fresh(file, SimpleNamespace(x=draw_rows()), Run(out=tmp_path, seed=1), seed)


def end_at_nine(x):
    """The answer of a network whose region ends at b = 9."""
    return SimpleNamespace(reach=x[:, 1] / 9.0)


def test_points_are_spread_as_the_rows_are():
    x = draw_rows()
    drawn = draw_alike(x, 20_000, np.random.default_rng(1), INPUTS, (BELOW,))
    assert (drawn[:, 0] <= drawn[:, 1]).all()
    assert len(np.unique(drawn[:, 0])) > 18_000
    for column, known in zip(drawn.T, x.T, strict=True):
        quantiles = np.linspace(0.05, 0.95, 10)
        found, expected = np.quantile(column, quantiles), np.quantile(known, quantiles)
        assert found == pytest.approx(expected, abs=0.3)


def test_points_lie_inside_and_have_a_truth(tmp_path):
    fresh = ask(tmp_path, seconds=1e-6)
    assert fresh is not None
    assert len(fresh.x) > FEWEST
    assert fresh.x[:, 1].max() <= 9.0
    assert fresh.x[:, 0].min() >= 2.0
    assert fresh.y[:, 0] == pytest.approx(fresh.x.sum(axis=1))


def test_what_fits_never_judges(tmp_path):
    fitted, judged = (ask(tmp_path, seconds=1e-6, seed=s) for s in (TO_FIT, TO_JUDGE))
    assert fitted is not None
    assert judged is not None
    assert not set(map(tuple, fitted.x)) & set(map(tuple, judged.x))


def test_a_truth_that_takes_long_is_not_asked(tmp_path):
    assert ask(tmp_path, seconds=0.2) is None
