"""Gaussian processes through tables: the kernel that fits, and the same numbers from the graph."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets.format import Input
from lhnets_training.fit.baselines import fit_other_tenths
from lhnets_training.fit.gaussian_process import fit_table_process
from lhnets_training.fit.kinks import Natural
from lhnets_training.fit.links import ColumnLinks
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Array, Run

INPUTS = tuple(Input(name=n, unit="1", meaning=n, low=0.0, high=1.0) for n in ("a", "b"))
END, PLAIN = ColumnLinks(("linear",), (0.0,)), Natural((False, False))


def smooth(x: Array) -> Array:
    return np.sin(3 * x[:, :1]) * np.exp(x[:, 1:])


def bent(x: Array) -> Array:
    return np.abs(x[:, :1] ** 2 + x[:, 1:] ** 2 - 0.5)


@pytest.mark.parametrize(("law", "kernel"), [(smooth, "squared-exponential"), (bent, "Matern 3/2")])
def test_the_kernel_follows_from_the_rows(
    tmp_path: Path, law: Callable[[Array], Array], kernel: str
) -> None:
    x = np.random.default_rng(0).random((120, 2))
    run = Run(out=tmp_path, seed=1, console=Console(quiet=True))
    fitted = fit_table_process(
        x, law(x), run, inputs=INPUTS, region=(), natural=PLAIN, link=END, noise=None
    )
    assert kernel in fitted.method
    points = np.random.default_rng(1).random((200, 2))
    found = run_points(fitted.export(np.array([2.0])))(points)
    value, spread = fitted.predict(points)
    np.testing.assert_allclose(found["value"], value, atol=1e-6)
    np.testing.assert_allclose(found["uncertainty"], 2 * spread, rtol=1e-9)
    held = fitted.held_out
    assert held is not None
    baseline = fit_other_tenths(1)(x, law(x), x)[1]
    assert np.abs(held.value - law(x)).mean() < 1.1 * np.abs(baseline - law(x)).mean()
