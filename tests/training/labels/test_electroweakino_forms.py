"""Charginos and neutralinos by quadrature, against Pythia 8 and against limits."""

import numpy as np
import pytest
from rich.console import Console

from lhnets_training.data import table
from lhnets_training.labels.generators import pythia, spectrum
from lhnets_training.labels.hadronic.luminosity import Luminosity, Nodes, load
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.labels.supersymmetry.electroweakino_forms import (
    CharginoNeutralinoForm,
    CharginoPairForm,
    alpha_em,
)
from lhnets_training.labels.supersymmetry.electroweakinos import CHARGINO, COLUMNS
from lhnets_training.recipes.cross_sections import cs_chargino_neutralino_lo as pair
from lhnets_training.recipes.cross_sections._noisy_labels import points_of

pytest.importorskip("pythia8mc")
SWAP = [1, 0, 3, 2]
"""O_L, a with O_R, b."""


@pytest.fixture(scope="module")
def luminosity(tmp_path_factory: pytest.TempPathFactory) -> Luminosity:
    nodes = Nodes(tau_min=2e-4, scale_min=90.0, scale_max=1600.0, tau=150, scale=12, rapidity=300)
    return load(
        pythia_grid("NNPDF31_nlo_as_0118_luxqed"),
        nodes,
        tmp_path_factory.mktemp("cache"),
        Console(quiet=True),
    )


def test_alpha_em_runs_as_in_pythia() -> None:
    """From pythia.coupSM.alphaEM."""
    expected = [0.00782569296931, 0.00797126989668, 0.00807379200433]
    np.testing.assert_allclose(alpha_em(np.array([100.0, 500.0, 1500.0])), expected, rtol=1e-6)


def test_chargino_neutralino_as_pythia_generates_it(luminosity: Luminosity) -> None:
    path = table.bundled(pair.CHECK)
    assert path is not None
    rows = table.read(path, pair.CHECK)
    found = CharginoNeutralinoForm(luminosity).cross_sections(points_of(rows, COLUMNS), pair.ENERGY)
    pull = (found - rows["LO"]) / rows["LO_error"]
    assert np.sqrt(np.mean(pull**2)) < 1.5
    assert abs(np.mean(found / rows["LO"] - 1)) < 2e-3


def test_charge_conjugation_exchanges_the_currents(luminosity: Luminosity) -> None:
    form = CharginoNeutralinoForm(luminosity, (24, 12))(
        np.array([[200.0, 350.0, 900.0, 13_000.0]])
    )[0]
    np.testing.assert_allclose(form[np.ix_(SWAP, SWAP)], form, rtol=1e-9)
    assert (np.linalg.eigvalsh(form) > 0).all()


@pytest.mark.parametrize("mixing", [(1.0, 0.0), (0.3, 0.8)])
def test_chargino_pairs_as_pythia_generates_them(
    luminosity: Luminosity, mixing: tuple[float, float]
) -> None:
    m_c, m_su, m_sd, sqrt_s = point = np.array([600.0, 800.0, 1200.0, 9000.0])
    first_rows = [np.array([c, np.sqrt(1 - c**2)]) for c in mixing]
    squarks = {
        **dict.fromkeys((1000002, 1000004, 1000006), m_su),
        **dict.fromkeys((1000001, 1000003, 1000005), m_sd),
    }
    slha = spectrum.write(
        {CHARGINO: m_c, **squarks},
        {
            "UMIX": spectrum.rotation(first_rows[0]),
            "VMIX": spectrum.rotation(first_rows[1]),
            "VCKM": np.eye(3),
        },
        widthless=spectrum.SPARTICLES,
    )
    settings = (
        "SLHA:useDecayTable = on",
        "SUSY:qqbar2chi+chi- = on",
        f"SUSY:idA = {CHARGINO}",
        f"SUSY:idB = {CHARGINO}",
    )
    points = [pythia.SpectrumPoint(slha, (f"Beams:eCM = {sqrt_s}", *pythia.scales(m_c)), 1)]
    (label,) = pythia.scan(settings, points, 20_000)
    g = np.array([1.0, *(c**2 for c in mixing)])
    found = g @ CharginoPairForm(luminosity)(point[None])[0] @ g
    assert found == pytest.approx(label.value, abs=3.5 * label.error)


def test_heavy_squarks_leave_gauge_bosons_alone(luminosity: Luminosity) -> None:
    """Then U and V count alike."""
    form = CharginoPairForm(luminosity, m_stop_right=1e7)(np.array([[300.0, 1e7, 1e7, 13_000.0]]))[
        0
    ]
    assert form[0, 1] == pytest.approx(form[0, 2], rel=1e-6)
    assert form[1, 1] == pytest.approx(form[2, 2], rel=1e-6)
    assert form[1, 1] > 0
