"""Higgs branching ratios with coupling factors: quadratic forms whose shares are exact."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets_training.data import table
from lhnets_training.fit.polynomial import Forms
from lhnets_training.labels.higgs.higgs_widths import CHANNELS, HiggsCouplings, widths
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Run
from lhnets_training.recipes.decays import _higgs
from lhnets_training.recipes.decays import br_higgs_kappa as kappa


def rows() -> table.Rows:
    path = table.bundled(kappa.DATASET)
    assert path is not None
    return table.read(path, kappa.DATASET)


def test_factors_of_one_are_the_standard_model() -> None:
    at = _higgs.at()[None]
    np.testing.assert_array_equal(
        widths(at), widths(at, HiggsCouplings(np.ones(1), np.ones(1), np.ones(1)))
    )


def test_widths_are_quadratic_forms_in_the_factors() -> None:
    k = np.random.default_rng(1).uniform(0.5, 1.5, (60, 6))
    found = widths(np.repeat(_higgs.at()[None], 60, axis=0), HiggsCouplings(*k.T))
    np.testing.assert_allclose(Forms.of(k[:40], found[:40])(k[40:]), found[40:], rtol=1e-9)


def test_top_and_w_interfere_in_two_photons() -> None:
    at = _higgs.at()[None]
    ratio = widths(at, HiggsCouplings(t=-1.0))[0] / widths(at)[0]
    assert ratio[CHANNELS.index("gamgam")] == pytest.approx(2.3, abs=0.2)
    assert ratio[CHANNELS.index("WW")] == 1.0


def test_published_rows_come_out_again(tmp_path: Path) -> None:
    published = rows()
    few = slice(None, None, 200)
    k = np.stack([published[n][few] for n in kappa.NAMES], axis=1)
    found = widths(np.repeat(_higgs.at()[None], len(k), axis=0), HiggsCouplings(*k.T))
    np.testing.assert_allclose(
        found, np.stack([published[f"width_{c}"][few] for c in CHANNELS], axis=1), rtol=1e-9
    )


def test_the_graph_gives_shares_that_sum_to_one(tmp_path: Path) -> None:
    published = rows()
    x = np.stack([published[n] for n in kappa.NAMES], axis=1)
    y = np.stack([published[o.name] for o in kappa.OUTPUTS], axis=1)
    run = Run(out=tmp_path, seed=1, console=Console(quiet=True))
    fitted = kappa.fit(x, y, kappa.use_every_row(len(x), 1), run)
    found = run_points(fitted.export(np.ones(len(CHANNELS))))(x)
    np.testing.assert_allclose(found["value"].sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(found["value"], y, rtol=1e-9)
    with pytest.raises(TrainingError, match="higgs-kappa-widths"):
        kappa.fit(x[1:], y[1:], kappa.use_every_row(len(x) - 1, 1), run)
