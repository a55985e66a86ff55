import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from lhnets_training.labels.hadronic.pdf_grid import PdfError, pythia_grid, read

X = np.geomspace(1e-3, 1.0, 30)
LOW, HIGH = np.geomspace(1.0, 5.0, 6), np.geomspace(5.0, 1000.0, 12)


def density(pdg: int, x: np.ndarray, scale: float) -> np.ndarray:
    return abs(pdg) * (np.log(x) ** 2 + 1) * (1 + 0.1 * np.log(scale))


def write(path: Path) -> Path:
    text = "PdfType: central\nFormat: lhagrid1\n---\n"
    for scales, ids in ((LOW, (21, 2)), (HIGH, (21, 2, 5))):
        text += (
            " ".join(f"{v:.12e}" for v in X) + "\n" + " ".join(f"{v:.12e}" for v in scales) + "\n"
        )
        text += " ".join(map(str, ids)) + "\n"
        for x in X:
            for q in scales:
                text += " ".join(f"{float(density(i, x, q)):.14e}" for i in ids) + "\n"
        text += "---\n"
    path.write_text(text)
    return path


def test_it_interpolates_in_both_blocks(tmp_path: Path) -> None:
    grid = read(write(tmp_path / "TOY_0000.dat"))
    assert grid.name == "TOY"
    assert grid.scales == pytest.approx((1.0, 1000.0))
    x = np.array([[2e-3, 0.1], [0.5, 1.0]])
    for scale in (2.3, 77.0):
        found = grid.xf((21, 2), x, scale)
        assert found.shape == (2, 2, 2)
        np.testing.assert_allclose(found[0], density(21, x, scale), rtol=1e-6)
        np.testing.assert_allclose(found[1], density(2, x, scale), rtol=1e-6)


def test_a_parton_that_a_block_does_not_hold_has_density_zero(tmp_path: Path) -> None:
    grid = read(write(tmp_path / "TOY_0000.dat"))
    x = np.array([0.1])
    assert grid.xf((5,), x, 2.0)[0] == 0
    assert grid.xf((5,), x, 50.0)[0] > 0


@pytest.mark.parametrize(
    ("x", "scale", "message"),
    [(0.1, 2000.0, "holds Q from 1 to 1000 GeV, got 2000"), (1e-5, 10.0, "holds x from 0.001")],
)
def test_points_outside_the_grid_are_refused(
    tmp_path: Path, x: float, scale: float, message: str
) -> None:
    with pytest.raises(PdfError, match=message):
        read(write(tmp_path / "TOY_0000.dat")).xf((21,), np.array([x]), scale)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Format: lhagrid2\n---\n", "is not an LHAPDF6 grid"),
        ("Format: lhagrid1\n---\n", "has no grid"),
        ("Format: lhagrid1\n---\n0.1 1\n1 2\n21\n1\n2\n---\n", "not an LHAPDF6 grid"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad_0000.dat"
    file.write_text(text)
    with pytest.raises(PdfError, match=message):
        read(file)


def test_without_pythia_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(metadata, "distribution", absent)
    with pytest.raises(PdfError, match=r"expected the package pythia8mc.*pip install"):
        pythia_grid("NNPDF31_nlo_as_0118_luxqed")


def test_the_shipped_grid_obeys_the_momentum_sum_rule() -> None:
    pytest.importorskip("pythia8mc", reason="the grids come with pythia8mc")
    grid = pythia_grid("NNPDF31_nlo_as_0118_luxqed")
    x = np.geomspace(1e-9, 1.0, 20_001)
    carried = grid.xf((21, 22, *range(1, 6), *range(-5, 0)), x, 100.0).sum(axis=0)
    assert np.trapezoid(carried, x) == pytest.approx(1.0, abs=2e-3)


def test_an_unknown_set_names_those_that_are_shipped() -> None:
    pytest.importorskip("pythia8mc", reason="the grids come with pythia8mc")
    with pytest.raises(PdfError, match="NNPDF31_nlo_as_0118_luxqed"):
        pythia_grid("CT99")
