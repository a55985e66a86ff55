"""Quadratic forms in couplings with coefficients that are functions of masses, from noisy
labels."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets_training.data.sample import inside
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.quadratic_form import FormError, MatrixFormula, fit_form
from lhnets_training.labels.generators import spectrum
from lhnets_training.labels.supersymmetry import electroweakinos
from lhnets_training.labels.supersymmetry.electroweakino_forms import SIN2_WEINBERG
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Fitted, Run
from lhnets_training.recipes.cross_sections import _noisy_labels
from lhnets_training.recipes.cross_sections import cs_chargino_neutralino_lo as pair
from lhnets_training.recipes.cross_sections._electroweakino import couplings, masses

NOISE = 0.01


def made_up(x: np.ndarray) -> MatrixFormula:
    """Matrices that fall with the masses, in the links of the pair."""
    m = (x[:, 0] + x[:, 1]) / 800
    matrix = np.array([[1.0, 0, -0.6, 0], [0, 0.2, 0, -0.1], [-0.6, 0, 0.4, 0], [0, -0.1, 0, 0.3]])
    tilt = np.log(x[:, 2] / 1000)[:, None, None] * np.diag([0.1, 0.0, 0.2, 0.1])
    return MatrixFormula(x, (matrix + np.eye(4) * tilt**2) * m[:, None, None] ** -4)


def values(formula: MatrixFormula) -> np.ndarray:
    g = couplings(pair.INPUTS).values(formula.x)
    return np.asarray(np.einsum("ni,nij,nj->n", g, formula.matrices, g)[:, None])


def test_mixing_matrices_are_orthogonal() -> None:
    row = np.array([0.1, -0.7, 0.5, 0.5])
    row /= np.linalg.norm(row)
    matrix = spectrum.orthogonal(row, 1)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(4), atol=1e-14)
    np.testing.assert_allclose(matrix[1], row, atol=1e-14)
    np.testing.assert_allclose(spectrum.rotation(np.array([0.6, 0.8])), [[0.6, 0.8], [-0.8, 0.6]])


def test_the_design_keeps_the_region_and_unit_rows() -> None:
    x = pair.design(500)
    assert inside(x, pair.INPUTS, pair.REGION).all()
    for block in (slice(3, 5), slice(5, 7), slice(7, 11)):
        np.testing.assert_allclose((x[:, block] ** 2).sum(axis=1), 1.0)


def test_charge_conjugation_leaves_even_couplings_and_turns_odd_ones() -> None:
    """U and V, N_3 and -N_4, and the sign of the bino part change places."""
    x = pair.design(50)
    other = x[:, [0, 1, 2, 5, 6, 3, 4, 7, 8, 10, 9]] * np.array(
        [1, 1, 1, 1, 1, 1, 1, -1, 1, -1, -1]
    )
    g = couplings(pair.INPUTS)
    np.testing.assert_allclose(g.values(other), g.values(x) * np.array([1, -1, 1, -1]), atol=1e-12)


def test_matrices_in_sums_and_differences_give_the_same_cross_section() -> None:
    x = pair.design(20)
    entries = {
        name: np.random.default_rng(k).normal(size=20) for k, name in enumerate(pair.ENTRIES)
    }
    rows = {**dict(zip(("m_c1", "m_n2", "m_sq"), x.T, strict=False)), **entries}
    sw, cw = SIN2_WEINBERG**0.5, (1 - SIN2_WEINBERG) ** 0.5
    u1, u2, v1, v2, n1, n2, n3, n4 = x[:, 3:].T
    left, right = n2 * v1 - n4 * v2 / 2**0.5, n2 * u1 + n3 * u2 / 2**0.5
    a, b = (n2 / 2 + sw / cw * n1 / 6) * v1, (n2 / 2 - sw / cw * n1 / 6) * u1
    e = entries
    expected = (
        e["g_ll"] * (left**2 + right**2)
        + 2 * e["g_lr"] * left * right
        + 2 * e["g_la"] * (left * a + right * b)
        + 2 * e["g_lb"] * (left * b + right * a)
        + e["g_aa"] * (a**2 + b**2)
        + 2 * e["g_ab"] * a * b
    )
    g, found = couplings(pair.INPUTS).values(x), pair.formula(rows).matrices
    np.testing.assert_allclose(np.einsum("ni,nij,nj->n", g, found, g), expected)


def test_heads_are_those_of_the_decomposition() -> None:
    formula = made_up(pair.design(30))
    heads, weight = formula.heads(couplings(pair.INPUTS))
    d, lower = np.exp(heads[:, :4]), np.tile(np.eye(4), (30, 1, 1))
    for k, (i, j) in enumerate(couplings(pair.INPUTS).links):
        lower[:, j, i] = heads[:, 4 + k]
    np.testing.assert_allclose(lower * d[:, None, :] @ np.swapaxes(lower, 1, 2), formula.matrices)
    np.testing.assert_allclose(weight[:, 4], np.sqrt(d[:, 0] / d[:, 2]))


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.diag([1.0, 1, -1, 1]), "not positive definite"),
        (np.eye(4) + 0.1, r"\[\[0, 1\], \[0, 3\], \[1, 2\], \[2, 3\]\]"),
    ],
)
def test_a_formula_of_another_form_is_refused(matrix: np.ndarray, message: str) -> None:
    with pytest.raises(FormError, match=message):
        MatrixFormula(pair.design(1), matrix[None]).heads(couplings(pair.INPUTS))


def fitted(tmp_path: Path, factor: float) -> tuple[np.ndarray, np.ndarray, Fitted]:
    """Points, the formula there, and a fit to noisy labels that are ``factor`` times the
    formula."""
    x = pair.design(1200)
    truth = values(made_up(x))
    y = factor * truth * (1 + NOISE * np.random.default_rng(1).normal(size=truth.shape))
    run = Run(out=tmp_path, seed=1, console=Console(quiet=True))
    found = fit_form(
        x,
        y,
        _noisy_labels.split_rows(len(x), 1),
        run,
        noise=np.full(len(x), NOISE),
        formula=made_up(pair.design(600, 7)),
        inputs=pair.INPUTS,
        region=pair.REGION,
        masses=masses(pair.INPUTS),
        couplings=couplings(pair.INPUTS),
        plan=lm.FitPlan(4, 4, (lm.Stage(2, 40),)),
    )
    return x, truth, found


def test_noise_is_averaged_out_and_the_file_is_the_model(tmp_path: Path) -> None:
    x, truth, found = fitted(tmp_path, 1.0)
    value, spread = found.predict(x)
    assert np.median(np.abs(value / truth - 1)) < 0.1 * NOISE
    in_file = run_points(found.export(np.ones(1)))(x)
    np.testing.assert_allclose(in_file["value"], value, rtol=1e-9)
    np.testing.assert_allclose(in_file["uncertainty"], spread, rtol=1e-9)


def test_labels_adjust_the_formula(tmp_path: Path) -> None:
    x, truth, found = fitted(tmp_path, 1.02)
    assert found.hyperparameters["adjusted_terms"] >= 1
    np.testing.assert_allclose(np.median(found.predict(x)[0] / truth), 1.02, atol=2e-3)


def test_pythia_gives_a_cross_section_and_its_error() -> None:
    pytest.importorskip("pythia8mc")
    wino = np.array([[900.0, 900.0, 3000.0, 1, 0, 1, 0, 0, 1, 0, 0]])
    ((value, error),) = electroweakinos.CharginoNeutralino(1500, 13_000.0)(wino)
    assert value == pytest.approx(1.35e-3, abs=4 * error)
    assert error == pytest.approx(0.52 * value / 1500**0.5, rel=0.5)
