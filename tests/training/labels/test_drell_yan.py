from __future__ import annotations

import numpy as np
import pytest
from rich.console import Console

from lhnets_training.labels.hadronic import drell_yan as dy
from lhnets_training.labels.hadronic.luminosity import Nodes, compute
from lhnets_training.labels.hadronic.partonic_lo import PartonicProcess
from lhnets_training.labels.hadronic.pdf_grid import GLUON, GridBlock, PdfGrid

M = np.array([200.0])
OF = dy.ElectroweakCouplings.on_shell()
SPINS: tuple[dy.Spin, dy.Spin] = ("scalar", "fermion")


def at(process: PartonicProcess, sqrt_s: float) -> dict[str, float]:
    s = np.array([[sqrt_s**2]])
    return {channel: float(partonic(s)[0, 0]) for channel, partonic in process.channels.items()}


def test_a_photon_alone_makes_scalars_and_fermions_as_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """sigma = pi alpha^2 beta^3/(9 s) e_q^2 for scalars of unit charge; fermions have 2 (3 -
    beta^2)/beta^2 of that."""
    monkeypatch.setattr(dy, "M_Z", 1e6)
    s, beta = 500.0**2, np.sqrt(1 - 4 * 200.0**2 / 500.0**2)
    unit = np.pi * OF.alpha**2 * beta**3 / (9 * s)
    scalar, fermion = (at(dy.neutral(M, dy.LEFT, spin, OF), 500.0) for spin in SPINS)
    assert scalar["up"] == pytest.approx(4 / 9 * unit, rel=1e-3)
    assert scalar["down"] == pytest.approx(1 / 9 * unit, rel=1e-3)
    assert fermion["up"] == pytest.approx(scalar["up"] * 2 * (3 - beta**2) / beta**2, rel=1e-12)


def test_far_above_the_bosons_the_couplings_are_those_of_isospin_and_hypercharge() -> None:
    """Amplitudes g^2 t3 t3' + g'^2 y y' of the neutral current, for both helicities of u, and g^2/2
    of the charged one."""
    sqrt_s = 1e6
    unit = np.pi * OF.alpha**2 / (9 * sqrt_s**2) / 2
    isospin, hypercharge = 1 / OF.sin2, 1 / (1 - OF.sin2)
    left = isospin * 0.5 * -0.5 + hypercharge * 1 / 6 * -0.5
    right = hypercharge * 2 / 3 * -0.5
    assert at(dy.neutral(M, dy.LEFT, "scalar", OF), sqrt_s)["up"] == pytest.approx(
        unit * (left**2 + right**2), rel=1e-4
    )
    assert at(dy.charged(M, M, "plus", "scalar", OF), sqrt_s)["plus"] == pytest.approx(
        unit * (isospin / 2) ** 2, rel=1e-4
    )


def test_a_state_that_mixes_couples_by_its_mean_isospin() -> None:
    many = np.full(3, 200.0)
    mixed = dy.neutral(
        many, dy.WeakCharges(np.array([-0.5, -0.25, 0.0]), -1.0), "scalar", OF
    ).channels["up"]
    s = np.full((3, 1), 500.0**2)
    found = mixed(s)[:, 0]
    assert found[0] == pytest.approx(at(dy.neutral(M, dy.LEFT, "scalar", OF), 500.0)["up"])
    assert found[2] == pytest.approx(at(dy.neutral(M, dy.RIGHT, "scalar", OF), 500.0)["up"])
    assert found[1] < found[0]


def test_couplings_on_shell_are_those_of_fermi() -> None:
    """G_mu/sqrt(2) = g^2/(8 m_W^2)."""
    assert 4 * np.pi * OF.alpha / OF.sin2 / (8 * dy.M_W**2) == pytest.approx(
        1.1663787e-5 / np.sqrt(2), rel=1e-12
    )
    assert 1 / OF.alpha == pytest.approx(132.2, abs=0.1)


def test_two_masses_count_alike_and_open_at_their_sum() -> None:
    light, heavy = np.array([150.0]), np.array([350.0])
    one, other = (
        dy.charged(light, heavy, "minus", "scalar", OF),
        dy.charged(heavy, light, "minus", "scalar", OF),
    )
    assert one.threshold[0, 0] == 500.0**2
    assert at(one, 500.0)["minus"] == pytest.approx(0.0, abs=1e-30)
    assert 0 < at(one, 600.0)["minus"] == pytest.approx(at(other, 600.0)["minus"], rel=1e-14)
    equal = at(dy.charged(M, M, "plus", "fermion", OF), 600.0)["plus"]
    assert at(dy.charged(M, np.array([200.001]), "plus", "fermion", OF), 600.0)[
        "plus"
    ] == pytest.approx(equal, rel=1e-5)


def test_luminosities_of_both_charges() -> None:
    """Densities (1 - x)^2 for u, half of it for dbar, none for others: u dbar alone, with
    |V_ud|^2."""
    x, scales = (
        np.concatenate([np.geomspace(1e-4, 0.1, 60), np.linspace(0.1, 1, 80)[1:]]),
        np.geomspace(50, 2e3, 5),
    )
    ids = (GLUON, 1, 2, 3, 4, 5, -1, -2, -3, -4, -5)
    values = np.zeros((len(x), len(scales), len(ids)))
    values[:, :, ids.index(2)] = (1 - x[:, None]) ** 2
    values[:, :, ids.index(-1)] = (1 - x[:, None]) ** 2 / 2
    nodes = Nodes(tau_min=1e-2, scale_min=100.0, scale_max=1000.0, tau=20, scale=4, rapidity=60)
    tables = compute(
        PdfGrid((GridBlock(x, scales, ids, values),), "toy"), nodes, Console(quiet=True)
    )
    y = np.linspace(np.log(1e-2) / 2, -np.log(1e-2) / 2, 20_001)
    exact = np.trapezoid((1 - 0.1 * np.exp(y)) ** 2 * (1 - 0.1 * np.exp(-y)) ** 2, y) * 0.97383**2
    np.testing.assert_allclose(tables["plus"][0], exact, rtol=1e-4)
    np.testing.assert_array_equal(tables["minus"], 0)
