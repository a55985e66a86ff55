import numpy as np
import pytest
from rich.console import Console

from lhnets_training.labels.hadronic.luminosity import Luminosity, Nodes, compute, load
from lhnets_training.labels.hadronic.partonic_lo import AlphaS, GluinoPair, gluino_pair, hadronic
from lhnets_training.labels.hadronic.pdf_grid import GLUON, GridBlock, PdfGrid

QUIET = Console(quiet=True)
X = np.concatenate([np.geomspace(1e-5, 0.1, 80), np.linspace(0.1, 1.0, 120)[1:]])
SCALES = np.geomspace(50.0, 1e4, 8)
NODES = Nodes(tau_min=2e-3, scale_min=100.0, scale_max=8000.0, tau=120, scale=6, rapidity=80)


@pytest.fixture(scope="module")
def grid() -> PdfGrid:
    """x f = (1 - x)^3 for the gluon and half of that for every quark, at every scale."""
    ids = (GLUON, 1, 2, 3, 4, 5, -1, -2, -3, -4, -5)
    shape = (1 - X) ** 3
    values = np.stack([shape] + [shape / 2] * 10, axis=-1)[:, None, :].repeat(len(SCALES), axis=1)
    return PdfGrid((GridBlock(X, SCALES, ids, values),), "toy")


@pytest.fixture(scope="module")
def luminosity(grid: PdfGrid, tmp_path_factory: pytest.TempPathFactory) -> Luminosity:
    return load(grid, NODES, tmp_path_factory.mktemp("cache"), QUIET)


def test_luminosities_of_known_densities(luminosity: Luminosity) -> None:
    tau = np.array([0.004, 0.05, 0.3])
    exact = []
    for t in tau:
        y = np.linspace(np.log(t) / 2, -np.log(t) / 2, 20_001)
        exact.append(
            np.trapezoid((1 - np.sqrt(t) * np.exp(y)) ** 3 * (1 - np.sqrt(t) * np.exp(-y)) ** 3, y)
        )
    mu = np.full(3, 1000.0)
    np.testing.assert_allclose(luminosity("gg", tau, mu), exact, rtol=1e-5)
    np.testing.assert_allclose(luminosity("qqbar", tau, mu), 2.5 * np.array(exact), rtol=1e-5)


def test_luminosities_are_kept(
    grid: PdfGrid, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    load(grid, NODES, folder, QUIET)
    monkeypatch.setattr(
        "lhnets_training.labels.hadronic.luminosity.compute",
        lambda *_: pytest.fail("computed again"),
    )
    load(grid, NODES, folder, QUIET)


def test_negative_densities_count_as_zero(grid: PdfGrid) -> None:
    block = grid._block(100.0)
    ids = block.ids.index(GLUON)
    values = block.values.copy()
    values[X > 0.3, :, ids] = -1.0
    table = compute(PdfGrid((GridBlock(X, SCALES, block.ids, values),), "negative"), NODES, QUIET)
    assert (table["gg"] >= -1e-12).all()


def test_alpha_s_runs_as_known() -> None:
    alpha_s = AlphaS(0.118)
    assert alpha_s(np.array([91.1876]))[0] == pytest.approx(0.118, rel=1e-12)
    below, above = alpha_s(np.array([172.4999, 172.5001]))
    assert below == pytest.approx(above, rel=1e-6)
    scale = np.array([200.0, 1000.0])
    b0, b1 = 21 / (12 * np.pi), 39 / (24 * np.pi**2)
    a = alpha_s(scale * np.exp([[-1e-4], [1e-4]]))
    slope = (a[1] - a[0]) / 4e-4
    middle = alpha_s(scale)
    np.testing.assert_allclose(slope, -(b0 * middle**2 + b1 * middle**3), rtol=1e-4)


def test_partonic_limits() -> None:
    """Threshold: sigma_gg -> 27/64 * pi alpha_s^2 beta/m^2 and squarks decouple into the s
    channel."""
    m = np.array([1000.0])
    beta = 1e-3
    s = np.array([[4e6 / (1 - beta**2)]])
    channels = gluino_pair(m, np.array([1e5])).channels
    assert channels["gg"](s)[0, 0] == pytest.approx(27 / 64 * np.pi * beta / 1e6, rel=1e-3)
    s_channel = np.pi / s * beta * (8 / 9 + 16 / 9 * 1e6 / s)
    assert channels["qqbar"](s)[0, 0] == pytest.approx(s_channel[0, 0], rel=2e-3)


def test_a_squark_as_heavy_as_the_gluino_nearly_cancels_quarks() -> None:
    s = np.array([[4.5e6]])
    light, heavy = (
        gluino_pair(np.array([1000.0]), np.array([m])).channels["qqbar"](s)[0, 0]
        for m in (1000.0, 1e5)
    )
    assert 0 < light < heavy


def test_cross_sections_scale_with_the_energy(luminosity: Luminosity) -> None:
    """Without scale dependence of the PDFs, sigma m^2 / alpha_s^2 depends on ratios of energies
    alone."""
    label = GluinoPair(luminosity, AlphaS(0.118))
    small, large = label(np.array([[500.0, 800.0, 4000.0, 1.0], [1000.0, 1600.0, 8000.0, 1.0]]))
    a = AlphaS(0.118)(np.array([500.0, 1000.0]))
    assert small * 0.25e6 / a[0] ** 2 == pytest.approx(large * 1e6 / a[1] ** 2, rel=1e-6)


def test_twice_the_nodes_change_nothing(luminosity: Luminosity) -> None:
    points = np.array(
        [[400.0, 300.0, 7000.0, 0.5], [1700.0, 6000.0, 7000.0, 2.0], [2000.0, 2000.0, 13000.0, 1.0]]
    )
    coarse, fine = (GluinoPair(luminosity, AlphaS(0.118), nodes)(points) for nodes in (128, 256))
    np.testing.assert_allclose(coarse, fine, rtol=1e-6)


def test_chunks_do_not_change_labels(
    luminosity: Luminosity, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = np.random.default_rng(0).uniform([400, 300, 7000, 0.5], [1500, 6000, 14000, 2], (7, 4))
    label = GluinoPair(luminosity, AlphaS(0.118))
    whole = label(points)
    monkeypatch.setattr("lhnets_training.labels.hadronic.partonic_lo.CHUNK", 3)
    np.testing.assert_array_equal(label(points), whole)
    process = gluino_pair(points[:, 0], points[:, 1])
    again = hadronic(process, luminosity, AlphaS(0.118), points[:, 2], points[:, 3] * points[:, 0])
    np.testing.assert_allclose(again, whole)
