"""Quadratic forms in couplings with coefficients that are functions of masses, from noisy labels."""

from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from lhnets_training import run as steps
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.quadratic_form import fit_form
from lhnets_training.fit.tanh_network import forward
from lhnets_training.labels import electroweakinos, spectrum
from lhnets_training.recipe import Run
from lhnets_training.recipes import cs_chargino_neutralino_lo as pair
from lhnets_training.recipes._electroweakino import couplings, masses
from lhnets_training.sample import inside

NOISE = 0.01


def made_up(x: np.ndarray) -> np.ndarray:
    """A positive form in the same monomials, with coefficients that fall with the masses."""
    m = (x[:, :1] + x[:, 1:2]) / 800
    coefficients = np.concatenate([m**-4, -0.3 * m**-4.2, -(m**-4.5), 0.2 * m**-4.5, 2 * m**-5, 0.1 * m**-5], axis=1)
    return np.asarray((coefficients * couplings(pair.INPUTS).values(x)).sum(axis=1, keepdims=True))


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


def test_monomials_are_symmetric_in_the_two_currents() -> None:
    """Charge conjugation: U and V, N_3 and -N_4, and the sign of the bino part change places."""
    x = pair.design(50)
    other = x[:, [0, 1, 2, 5, 6, 3, 4, 7, 8, 10, 9]] * np.array([1, 1, 1, 1, 1, 1, 1, -1, 1, -1, -1])
    monomials = couplings(pair.INPUTS)
    np.testing.assert_allclose(monomials.values(other), monomials.values(x), atol=1e-12)


def test_a_mix_of_outputs_has_the_right_gradient() -> None:
    generator = torch.Generator().manual_seed(1)
    z, mix = (torch.randn(30, k, generator=generator, dtype=torch.float64) for k in (2, 3))
    rows = lm.Rows(z, torch.randn(30, 1, generator=generator, dtype=torch.float64), None, mix)
    shape = lm.Shape(2, 4, 4, 3)
    theta = shape.start(0).requires_grad_()
    loss = (rows.residual(forward(shape, theta, z)) ** 2).sum() / 2
    (expected,) = torch.autograd.grad(loss, theta)
    _, gradient = lm._normal_equations(shape, rows, theta.detach())
    torch.testing.assert_close(gradient, expected)


def test_noise_is_averaged_out(tmp_path: Path) -> None:
    x = pair.design(1200)
    truth = made_up(x)
    y = truth * (1 + NOISE * np.random.default_rng(1).normal(size=truth.shape))
    run = Run(out=tmp_path, seed=1, console=Console(quiet=True))
    fitted = fit_form(
        x, y, pair.split_rows(len(x), 1), run,
        noise=np.full(len(x), NOISE), inputs=pair.INPUTS, region=pair.REGION, masses=masses(pair.INPUTS),
        couplings=couplings(pair.INPUTS), plan=lm.Plan(4, 4, (lm.Stage(2, 60),)),
    )  # fmt: skip
    value, spread = fitted.predict(x)
    assert np.median(np.abs(value / truth - 1)) < 0.5 * NOISE
    found = steps.runner(fitted.export(np.ones(1)))(x)
    np.testing.assert_allclose(found["value"], value, rtol=1e-9)
    np.testing.assert_allclose(found["uncertainty"], spread, rtol=1e-9)


def test_pythia_gives_a_cross_section_and_its_error() -> None:
    pytest.importorskip("pythia8mc")
    wino = np.array([[900.0, 900.0, 3000.0, 1, 0, 1, 0, 0, 1, 0, 0]])
    ((value, error),) = electroweakinos.CharginoNeutralino(1500, 13_000.0)(wino)
    assert value == pytest.approx(1.35e-3, abs=4 * error)
    assert error == pytest.approx(0.52 * value / 1500**0.5, rel=0.5)
