from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lhnets_training.fit.heads import Heads, fit_spread

KINDS = Heads.of(["s", "s_up", "s_down", "s_pdf"], {"s_up": ("s", "up"), "s_down": ("s", "down")})


@given(arrays(np.float64, (5, 4), elements=st.floats(0.0, 0.9)), st.floats(1e-9, 1e3))
def test_outputs_come_back_from_their_heads(shares: np.ndarray, sigma: float) -> None:
    y = sigma * np.column_stack([np.ones(5), shares[:, 1], shares[:, 2], 0.01 + shares[:, 3]])
    np.testing.assert_allclose(KINDS.values(KINDS.targets(y)), y, rtol=1e-12, atol=1e-14 * sigma)


def test_a_shift_is_never_negative() -> None:
    t = np.log([[1.0, 0.9, 1.1, 0.5]])
    assert KINDS.values(t)[0].tolist() == pytest.approx([1.0, 0.0, 0.0, 0.5])


def test_the_spread_follows_a_quadratic_in_the_logarithms() -> None:
    rng = np.random.default_rng(1)
    x = np.exp(rng.uniform(0, 2, (4000, 2)))
    wanted = -7 + 0.8 * np.log(x[:, 0]) ** 2 - np.log(x[:, 1]) + 0.3 * np.log(x).prod(axis=1)
    residual = np.exp(wanted)[:, None] * rng.normal(size=(4000, 1))
    found = fit_spread(x, residual)(x)[:, 0]
    difference = found - wanted
    assert np.ptp(difference) < 0.6
    assert abs(difference.mean()) < 1.0


def test_residuals_that_vanish_do_not_break_the_spread() -> None:
    x = np.exp(np.random.default_rng(2).uniform(0, 1, (30, 1)))
    assert np.isfinite(fit_spread(x, np.zeros((30, 2)))(x)).all()
