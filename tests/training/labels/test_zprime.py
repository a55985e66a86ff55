"""A Z' by quadrature: its narrow limit, its couplings, Pythia, and the published rows."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets_training.data import table
from lhnets_training.labels.generators import pythia
from lhnets_training.labels.hadronic.luminosity import Luminosity, Nodes
from lhnets_training.labels.hadronic.partonic_lo import GEV2_PB
from lhnets_training.labels.hadronic.zprime import ZPrime
from lhnets_training.pipeline.exported import run_points
from lhnets_training.pipeline.parameters import read_columns
from lhnets_training.recipe import Run
from lhnets_training.recipes.cross_sections import cs_zprime_lo as zprime


def flat() -> Luminosity:
    """A luminosity of tau dL/dtau = (1 - sqrt(tau))^7/tau, twice that for down quarks."""
    nodes = Nodes(1e-5, 10.0, 1e4)
    log_tau, log_scale = np.linspace(np.log(nodes.tau_min), -0.1, 60), np.linspace(2.0, 10.0, 8)
    shape = ((1 - np.exp(log_tau / 2)) ** 7 / np.exp(log_tau))[:, None] * np.ones(8)
    return Luminosity(log_tau, log_scale, {"up": shape, "down": 2 * shape})


def test_a_narrow_resonance_takes_the_luminosity_at_its_mass() -> None:
    m, sqrt_s = 2000.0, 13_000.0
    found = ZPrime(flat(), nodes=400)(np.array([[m, 0.5, 0.25, 1e-5, sqrt_s]]))[0]
    tau = (m / sqrt_s) ** 2
    expected = GEV2_PB * np.pi / 6 / m**2 * (1 - np.sqrt(tau)) ** 7 / tau
    np.testing.assert_allclose(found[:2], expected * np.array([0.25, 2 * 0.0625]), rtol=1e-3)
    assert found[2] == found[0] + found[1]


def rows() -> table.Rows:
    path = table.bundled(zprime.DATASET)
    assert path is not None
    return table.read(path, zprime.DATASET)


def test_published_rows_come_out_again(tmp_path: Path) -> None:
    published = rows()
    x = np.stack([published[n][:20] for n in zprime.NAMES], axis=1)
    small = Run(out=tmp_path, seed=1, console=Console(quiet=True))
    found = zprime._labels(small)(x)
    np.testing.assert_allclose(
        found, np.stack([published[n][:20] for n in zprime.ORDER], axis=1), rtol=1e-9
    )


def test_pythia_agrees() -> None:
    pytest.importorskip("pythia8mc")
    path = table.bundled(zprime.CHECK)
    assert path is not None
    known = table.read(path, zprime.CHECK)
    m, up, down, sqrt_s = zprime.CHECKED[0]
    again = pythia.z_prime(m, up, down, sqrt_s, (0.5 * m, 1.5 * m), events=2000, seed=5)
    assert again.found.value == pytest.approx(known["pythia"][0], abs=5 * again.found.error)
    assert again.width / m == pytest.approx(known["width_over_m"][0], rel=1e-9)


def test_a_short_training_keeps_the_couplings_exact(tmp_path: Path) -> None:
    x, y = read_columns(zprime.RECIPE, rows())
    x, y = x[:1500], y[:1500]
    run = Run(out=tmp_path, seed=1, console=Console(quiet=True), effort=0.05)
    fitted = zprime.fit(x, y, zprime.split_rows(len(x), 1), run)
    found = run_points(fitted.export(np.ones(3)))(x[:50])
    np.testing.assert_allclose(found["value"], fitted.predict(x[:50])[0], rtol=1e-10)
    np.testing.assert_allclose(
        found["value"][:, 2], found["value"][:, 0] + found["value"][:, 1], rtol=1e-12
    )
    twice = fitted.predict(x[:50] * np.array([1, 2, 2, 1, 1]))[0]
    np.testing.assert_allclose(twice, 4 * found["value"], rtol=1e-9)
    assert np.abs(fitted.predict(x)[0] / y - 1).mean() < 0.05
