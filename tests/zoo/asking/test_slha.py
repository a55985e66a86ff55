from pathlib import Path

import numpy as np
import pyslha
import pytest

import lhnets as ml
from lhnets import OutsideRegionError, OutsideRegionWarning, ParameterError
from lhnets._asking.parameters import to_rows
from lhnets._asking.slha import offered_names, read_blocks, unmet
from lhnets.format import Assumption, SlhaEntry

SPECTRUM = Path(__file__).parents[4] / "shared" / "reference" / "slha" / "sample_1.spc"
TEXT = """# a spectrum
BLOCK MASS  # pole masses
   1000021   -5.00000000D+02   # gluino
   1000022    9.0E+01
Block NMIX
  1  1   9.9e-01
BLOCK HMIX Q= 1.0E+03
   1   3.5e+02
BLOCK SPINFO
   1   SOFTSUSY
DECAY 1000021 1.0
   0.5 2 1 -1
"""


@pytest.fixture
def spectrum(tmp_path):
    path = tmp_path / "point.slha"
    path.write_text(TEXT)
    return path


def test_blocks_and_their_entries(spectrum):
    blocks = read_blocks(spectrum)
    assert blocks["MASS"][1000021,] == -500.0
    assert blocks["NMIX"][1, 1] == 0.99
    assert blocks["HMIX"][1,] == 350.0
    assert blocks["SPINFO"] == {}


def test_a_path_and_a_parsed_document_give_the_same(make_card, spectrum):
    expected = [[500.0, 13000.0, 1.0]]
    for params in (spectrum, str(spectrum), pyslha.read(str(spectrum))):
        assert to_rows(params, make_card(), {"sqrt_s": 13000.0})[0].tolist() == expected
        assert offered_names(params, make_card().inputs) == {"m_a"}


def test_what_is_missing_is_named_with_its_block(make_card, spectrum):
    spectrum.write_text("BLOCK MASS\n 25 125.0\n")
    with pytest.raises(ParameterError, match=r"has no m_a \(block MASS 1000021\)"):
        to_rows(spectrum, make_card(), {"sqrt_s": 13000.0})


@pytest.mark.parametrize(
    ("content", "message"), [("no blocks here\n", "it has no block"), (None, "cannot read the SLHA")]
)
def test_what_is_no_slha_file(make_card, tmp_path, content, message):
    path = tmp_path / "x.slha"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ParameterError, match=message):
        to_rows(path, make_card(), {})


def test_a_full_spectrum_is_read_as_pyslha_reads_it():
    if not SPECTRUM.exists():
        pytest.skip("needs a published MSSM spectrum file beside the project")
    mine = read_blocks(SPECTRUM)["MASS"]
    theirs = pyslha.read(str(SPECTRUM)).blocks["MASS"]
    assert mine[1000021,] == pytest.approx(theirs[1000021])
    assert len(mine) == len(list(theirs.items()))


BINO = Assumption(
    slha=SlhaEntry(block="NMIX", entry=(1, 1), absolute=True), low=0.98, high=1.0, meaning="the neutralino is a bino"
)
LIGHT = Assumption(
    slha=SlhaEntry(block="MASS", entry=(1000022,), absolute=True),
    over="m_a",
    low=0.5,
    high=1.0,
    meaning="no light neutralino",
)
ABSENT = Assumption(slha=SlhaEntry(block="STOPMIX", entry=(1, 1)), low=0.0, high=0.1, meaning="a right-handed stop")


def test_assumptions_that_a_spectrum_contradicts_are_named(make_card, spectrum):
    inputs = make_card().inputs
    assert unmet(spectrum, (BINO, ABSENT), inputs) == []
    (light,) = unmet(pyslha.read(str(spectrum)), (BINO, LIGHT), inputs)
    assert light == "'no light neutralino' does not hold: block MASS 1000022 over m_a is 0.18, expected 0.5 to 1"


def test_a_network_is_held_to_what_it_assumes(make_card, make_file, spectrum, tmp_path):
    path = tmp_path / "network.onnx"
    path.write_bytes(make_file(assumptions=(LIGHT,)))
    network = ml.load(path)
    with pytest.raises(OutsideRegionError, match=r"is not for this spectrum: 'no light neutralino'.*order="):
        network(spectrum, energy="13 TeV")
    with pytest.warns(OutsideRegionWarning, match="no light neutralino"):
        told = network(spectrum, energy="13 TeV", outside="warn")
    assert told.value == network({"m_a": 500.0}, energy="13 TeV").value
    nothing = network(spectrum, energy="13 TeV", outside="nan")
    assert np.isnan(nothing.value)
    assert np.isnan(nothing.uncertainty)
    spectrum.write_text(TEXT.replace("9.0E+01", "4.0E+02"))
    assert network(spectrum, energy="13 TeV").value == told.value
