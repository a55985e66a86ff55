"""Chargino pairs: polynomials in the mixing with coefficients that are functions of masses and
energy."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import lhnets as ml
from lhnets._asking.process import canonical
from lhnets_training.data.sample import inside
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.coefficients import fit_coefficients
from lhnets_training.labels.generators import spectrum
from lhnets_training.labels.supersymmetry import electroweakinos
from lhnets_training.labels.supersymmetry.electroweakino_forms import CharginoPairForm
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Run
from lhnets_training.recipes.cross_sections import _noisy_labels
from lhnets_training.recipes.cross_sections import cs_chargino_pair_lo as pair
from lhnets_training.recipes.cross_sections._chargino_pair import (
    COEFFICIENTS,
    coefficients,
    groups,
    masses,
    monomials,
)

NOISE = 0.01
NAMES = sum(COEFFICIENTS, ())


class MadeUp:
    """Luminosities that fall with tau, of one shape for all quarks but the bottom."""

    def __call__(self, channel: str, tau: np.ndarray, scale: np.ndarray) -> np.ndarray:
        share = {"up": 2.0, "down": 1.0, "bottom": 0.0}[channel]
        return np.asarray(share * (1 - tau) ** 7 / tau)


FORM = CharginoPairForm(
    MadeUp(), tan_beta=electroweakinos.NO_YUKAWA, m_stop_right=electroweakinos.FAR, nodes=(24, 12)
)  # type: ignore[arg-type]


def of(x: np.ndarray, m_sq: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of a formula at the chargino masses and energies of x (N, 6), with squarks of
    mass ``m_sq``."""
    points = np.stack([x[:, 0], m_sq, x[:, 5]], axis=1)
    return dict(zip(NAMES, coefficients(FORM, points).T, strict=True))


def test_the_subject_is_canonical() -> None:
    assert pair.RECIPE.subject == canonical("p p > x1+ x1-") == canonical(pair.RECIPE.subject)


def test_the_design_keeps_the_region() -> None:
    x = pair.design(500)
    assert inside(x, pair.INPUTS, pair.REGION).all()
    assert len(x) == 500


def test_squarks_of_either_type_add_to_the_cross_section_on_their_own() -> None:
    x = pair.design(30)
    by_down, by_up = of(x, x[:, 2]), of(x, x[:, 1])
    a, b = x[:, 3] ** 2, x[:, 4] ** 2
    terms = {"1": a**0, "a": a, "b": b, "aa": a * a, "bb": b * b, "ab": a * b}
    found = sum(by_down[n] * terms[n[2:]] for n in COEFFICIENTS[1]) + sum(
        by_up[n] * terms[n[2:]] for n in COEFFICIENTS[2]
    )
    found = (
        found
        + by_up["s_1"]
        + by_up["s_a"] * (a + b)
        + by_up["s_aa"] * (a * a + b * b)
        + by_up["s_ab"] * a * b
    )
    np.testing.assert_allclose(found, pair.cross_sections(FORM, x), rtol=1e-6)


def test_monomials_go_with_the_coefficients() -> None:
    x = pair.design(30)
    x[:, 1] = x[:, 2]
    formula = groups(pair.INPUTS, x, of(x, x[:, 2]))
    every = np.concatenate([g.coefficients for g in formula.groups], axis=1)
    found = (every * monomials(pair.INPUTS).values(x)).sum(axis=1)
    np.testing.assert_allclose(found, pair.cross_sections(FORM, x), rtol=1e-6)
    assert (
        monomials(pair.INPUTS).values(x)[:, 4:]
        <= np.concatenate([g.largest for g in formula.groups[1:]], axis=1)
    ).all()


def test_the_fit_averages_noise_and_its_graph_gives_the_same(tmp_path: Path) -> None:
    x = pair.design(400)
    truth = pair.cross_sections(FORM, x)[:, None]
    y = truth * (1 + NOISE * np.random.default_rng(1).normal(size=truth.shape))
    at = pair.design(300, 5)
    at[:, 1] = at[:, 2]
    fitted = fit_coefficients(
        x,
        y,
        _noisy_labels.split_rows(len(x), 1),
        Run(out=tmp_path, seed=1, console=Console(quiet=True)),
        noise=np.full(len(x), NOISE),
        formula=groups(pair.INPUTS, at, of(at, at[:, 2])),
        inputs=pair.INPUTS,
        region=pair.REGION,
        masses=masses(pair.INPUTS),
        monomials=monomials(pair.INPUTS),
        plan=lm.FitPlan(5, 5, (lm.Stage(1, 60),)),
    )
    value, spread = fitted.predict(x)
    assert np.median(np.abs(value / truth - 1)) < 0.5 * NOISE
    found = run_points(fitted.export(np.ones(1)))(x)
    np.testing.assert_allclose(found["value"], value, rtol=1e-9)
    np.testing.assert_allclose(found["uncertainty"], spread, rtol=1e-9)


@pytest.mark.parametrize(
    ("point", "by_quadrature"),
    [
        ((900.0, 3000.0, 3000.0, 1.0, 1.0, 13_000.0), 6.3368e-4),
        ((1336.28, 1150.35, 611.192, -0.9872, -0.9729, 8253.21), 1.5736e-6),
    ],
    ids=["winos", "light squarks, which conserve flavour"],
)
def test_pythia_gives_the_cross_section_by_quadrature(
    point: tuple[float, ...], by_quadrature: float
) -> None:
    pytest.importorskip("pythia8mc")
    ((value, error),) = electroweakinos.CharginoPair(1500)(np.array([point]))
    assert value == pytest.approx(by_quadrature, abs=4 * error)
    assert error == pytest.approx(0.56 * value / 1500**0.5, rel=0.5)


def test_a_spectrum_file_is_asked_for_its_chargino_pairs(tmp_path: Path) -> None:
    squarks = {
        **dict.fromkeys(spectrum.LEFT_UP, 1500.0),
        **dict.fromkeys(spectrum.LEFT_DOWN, 1502.0),
    }
    rows = {
        "UMIX": spectrum.rotation(np.array([-0.96, 0.28])),
        "VMIX": spectrum.rotation(np.array([0.8, -0.6])),
    }
    file = tmp_path / "point.slha"
    file.write_text(spectrum.write({1000024: -350.0, **squarks}, rows))
    found = ml.CS("p p > x1+ x1-", file, energy="13.6 TeV", order="LO")
    by_name = ml.CS(
        "p p > x1+ x1-",
        {
            "m_c1": 350.0,
            "m_sul": 1500.0,
            "m_sdl": 1502.0,
            "u_11": 0.96,
            "v_11": -0.8,
            "sqrt_s": 13_600.0,
        },
        order="LO",
    )
    assert by_name.network == found.network
    assert float(found) == pytest.approx(float(by_name), rel=1e-12)
    assert found.unit == "pb"
