"""likelihood-b-smumu: the published rows come out of flavio again, and the network retrains from
them."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import lhnets as ml
from lhnets_training.data import table
from lhnets_training.labels.flavour.flavio_likelihood import Predictions, Variations
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.recipe import RecipeDataSet, Run
from lhnets_training.recipes.likelihoods import likelihood_b_smumu as smumu


def rows_of(dataset: RecipeDataSet) -> table.Rows:
    path = table.bundled(dataset)
    assert path is not None
    return table.read(path, dataset)


def quiet(folder: Path) -> Run:
    return Run(out=folder, seed=1, console=Console(quiet=True))


def points(rows: table.Rows) -> np.ndarray:
    return np.stack([rows[n] for n in smumu.NAMES], axis=1)


def test_the_network_retrains_from_its_data_set(tmp_path: Path) -> None:
    rows, check = rows_of(smumu.DATASET), rows_of(smumu.CHECK.dataset)
    x = points(rows)
    fitted = smumu.fit(x, rows["ln_l"][:, None], smumu.RECIPE.split(len(x), 1), quiet(tmp_path))
    value = fitted.predict(points(check))[0][:, 0]
    assert len(value) > 20
    assert np.abs(value - check["ln_l"]).max() < 1e-3
    published = ml.Likelihood("b-smumu", {n: check[n] for n in smumu.NAMES})
    np.testing.assert_allclose(published.value, value, atol=1e-5)


def test_rows_of_another_data_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="use that data set"):
        smumu.fit(np.zeros((5, 4)), np.zeros((5, 1)), smumu.RECIPE.split(5, 1), quiet(tmp_path))


def test_coefficients_have_no_signal_strength() -> None:
    found = ml.Likelihood("b-smumu", {"C9_bsmumu": -1.0})
    assert found.value > 5
    for ask in (found.cls, found.upper_limit, found.mu_hat):
        with pytest.raises(ml.ParameterError, match="not a likelihood over signal yields"):
            ask()


def test_what_is_not_given_is_the_standard_model() -> None:
    assert ml.Likelihood("b-smumu", {}).value == pytest.approx(0.0, abs=1e-4)


@pytest.fixture
def flavio() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("flavio")


@pytest.mark.usefixtures("flavio")
@pytest.mark.filterwarnings("ignore")
def test_published_rows_come_out_of_flavio_again() -> None:
    rows, known = rows_of(smumu.CHECK.dataset), rows_of(smumu.TABLE)
    found = Predictions(smumu.OBSERVABLES, smumu.NAMES)(points(rows)[:2])
    np.testing.assert_allclose(
        found, np.stack([rows[c][:2] for c in smumu.COLUMNS], axis=1), rtol=1e-9
    )
    measured, theory = (
        np.stack([known[c] for c in names]) for names in (smumu.MEASURED, smumu.THEORY)
    )
    both = np.concatenate([known["standard_model"][None], found])
    ln_l = smumu.MEASUREMENTS.ln_l(both, known["central"], measured, theory)
    np.testing.assert_allclose(ln_l[1:] - ln_l[0], rows["ln_l"][:2], atol=1e-8)
    central, covariance = smumu.MEASUREMENTS.sample(smumu._flavour.SEED)
    np.testing.assert_allclose(central, known["central"], rtol=1e-9)
    np.testing.assert_allclose(covariance, measured, rtol=1e-9)


@pytest.mark.usefixtures("flavio")
@pytest.mark.filterwarnings("ignore")
def test_the_same_seed_draws_the_same_parameters() -> None:
    vary = Variations(("BR(Bs->mumu)",))
    first = vary(np.array([[3.0], [4.0]]))
    assert first[0, 0] != first[1, 0]
    np.testing.assert_array_equal(vary(np.array([[3.0]])), first[:1])
