"""Links: outputs come back from their heads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lhnets_training.fit.links import Shifted

KINDS = Shifted.of(["s", "s_up", "s_down", "s_pdf"], {"s_up": ("s", "up"), "s_down": ("s", "down")})


@given(arrays(np.float64, (5, 4), elements=st.floats(0.0, 0.9)), st.floats(1e-9, 1e3))
def test_outputs_come_back_from_their_heads(shares: np.ndarray, sigma: float) -> None:
    y = sigma * np.column_stack([np.ones(5), shares[:, 1], shares[:, 2], 0.01 + shares[:, 3]])
    np.testing.assert_allclose(KINDS.values(KINDS.targets(y)), y, rtol=1e-12, atol=1e-14 * sigma)


def test_a_shift_is_never_negative() -> None:
    t = np.log([[1.0, 0.9, 1.1, 0.5]])
    assert KINDS.values(t)[0].tolist() == pytest.approx([1.0, 0.0, 0.0, 0.5])
