from pathlib import Path

import msgspec
import numpy as np
import pyslha
import pytest

import lhnets as ml
from lhnets import OutsideRegionError, OutsideRegionWarning, ParameterError
from lhnets._asking.parameters import to_rows
from lhnets._asking.slha import read_spectra, unmet
from lhnets._asking.slha_file import read_file
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
    blocks = read_file(spectrum).blocks
    assert blocks["MASS"][1000021,] == -500.0
    assert blocks["NMIX"][1, 1] == 0.99
    assert blocks["HMIX"][1,] == 350.0
    assert blocks["SPINFO"] == {}


def test_a_path_and_a_parsed_document_give_the_same(make_card, spectrum):
    expected = [[500.0, 13000.0, 1.0]]
    for params in (spectrum, str(spectrum), pyslha.read(str(spectrum))):
        assert to_rows(params, make_card(), {"sqrt_s": 13000.0})[0].tolist() == expected
        assert read_spectra(params)[0].has("MASS", (1000021,))


def test_what_is_missing_is_named_with_its_block(make_card, spectrum):
    spectrum.write_text("BLOCK MASS\n 25 125.0\n")
    with pytest.raises(ParameterError, match=r"has no m_a \(block MASS 1000021\)"):
        to_rows(spectrum, make_card(), {"sqrt_s": 13000.0})


@pytest.mark.parametrize(
    ("content", "message"),
    [("no blocks here\n", "it has no block"), (None, "cannot read the SLHA")],
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
    mine = read_file(SPECTRUM).blocks["MASS"]
    theirs = pyslha.read(str(SPECTRUM)).blocks["MASS"]
    assert mine[1000021,] == pytest.approx(theirs[1000021])
    assert len(mine) == len(list(theirs.items()))


BINO = Assumption(
    slha=SlhaEntry(block="NMIX", entry=(1, 1), absolute=True),
    low=0.98,
    high=1.0,
    meaning="the neutralino is a bino",
)
LIGHT = Assumption(
    slha=SlhaEntry(block="MASS", entry=(1000022,), absolute=True),
    over="m_a",
    low=0.5,
    high=1.0,
    meaning="no light neutralino",
)
ABSENT = Assumption(
    slha=SlhaEntry(block="STOPMIX", entry=(1, 1)), low=0.0, high=0.1, meaning="a right-handed stop"
)


def test_assumptions_that_a_spectrum_contradicts_are_named(make_card, spectrum):
    inputs = make_card().inputs
    assert unmet(spectrum, (BINO, ABSENT), inputs) == []
    (light,) = unmet(pyslha.read(str(spectrum)), (BINO, LIGHT), inputs)
    assert light == (
        "'no light neutralino' does not hold: "
        "block MASS 1000022 over m_a is 0.18, expected 0.5 to 1"
    )


def test_a_network_is_held_to_what_it_assumes(make_card, make_file, spectrum, tmp_path):
    path = tmp_path / "network.onnx"
    path.write_bytes(make_file(assumptions=(LIGHT,)))
    network = ml.load(path)
    with pytest.raises(
        OutsideRegionError, match=r"is not for this spectrum: 'no light neutralino'.*order="
    ):
        network(spectrum, energy="13 TeV")
    with pytest.warns(OutsideRegionWarning, match="no light neutralino"):
        told = network(spectrum, energy="13 TeV", outside="warn")
    assert told.value == network({"m_a": 500.0}, energy="13 TeV").value
    nothing = network(spectrum, energy="13 TeV", outside="nan")
    assert np.isnan(nothing.value)
    assert np.isnan(nothing.uncertainty)
    spectrum.write_text(TEXT.replace("9.0E+01", "4.0E+02"))
    assert network(spectrum, energy="13 TeV").value == told.value


def read(text):
    return read_spectra(text + "\n")[0]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            "1000021 ******** # gluino",
            r"block MASS 1000021 cannot be read: expected a number, got '\*+'",
        ),
        ("1000021 nan", "expected a number, got 'nan'"),
        ("1000021 500,0", "expected a number, got '500,0'"),
        ("1000021 500.0 600.0", "expected a number"),
        ("1000021 500.0\n 1000021 600.0", "block MASS 1000021 is given twice: 500 and 600"),
        ("1000021 500.0\nBlock mass\n 1000021 600.0", "is given twice"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(make_card, entry, message):
    text = f"Block MASS\n {entry}\n"
    assert read_spectra(text)[0].has("MASS", (1000021,))
    with pytest.raises(ParameterError, match=message):
        to_rows(text, make_card(), {"sqrt_s": 13000.0})


@pytest.mark.parametrize(
    "entry",
    ["1000021 500.0 gluino", "1000021 500 ~g", "1000021 5.0D2", "1000021 500.0\n 1000021 500.0"],
)
def test_entries_that_other_codes_write_are_read(entry):
    assert read(f"Block MASS\n {entry}").find("MASS", (1000021,)) == 500.0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_no_encoding_hides_the_first_block(tmp_path, encoding):
    path = tmp_path / "point.slha"
    path.write_bytes("Block MASS\r\n 25 1.2E+02\r\n".encode(encoding))
    assert read_spectra(path)[0].find("MASS", (25,)) == 120.0


def test_a_block_at_another_scale_is_not_a_duplicate():
    assert (
        read("Block HMIX Q= 91.2\n 2 10.0\nBlock HMIX Q= 1000.\n 2 9.5").find("HMIX", (2,)) == 10.0
    )


def test_a_default_never_stands_for_an_entry(make_card, tmp_path):
    place = SlhaEntry(block="MASS", entry=(25,))
    card = make_card(
        inputs=(*make_card().inputs[:2], msgspec.structs.replace(make_card().inputs[2], slha=place))
    )
    with pytest.raises(ParameterError, match=r"has no mu_over_m \(block MASS 25\)"):
        to_rows("Block MASS\n 1000021 500.0\n", card, {"sqrt_s": 13000.0})


def test_a_point_that_its_program_calls_invalid_is_refused():
    with pytest.raises(ParameterError, match="SPINFO 4 says: Tachyonic stop"):
        read("Block SPINFO\n 1 SPheno\n 4 Tachyonic stop\nBlock MASS\n 25 125.0")
    told = read("Block SPINFO\n 3 no convergence\nBlock MASS\n 25 125.0")
    assert told.notes == ("the SLHA text warns in SPINFO 3: no convergence",)


def test_a_mass_of_a_simplified_model_counts_as_decoupled(make_card):
    assert not read("Block MASS\n 1000021 1.0E+05").has("MASS", (1000021,))
    with pytest.raises(ParameterError, match="counts as decoupled"):
        to_rows("Block MASS\n 1000021 1.0E+05\n", make_card(), {"sqrt_s": 13000.0})


def test_text_files_blocks_and_lists_are_read(make_card, spectrum):
    expected = [[500.0, 13000.0, 1.0]]
    with spectrum.open() as stream:
        for params in (TEXT, stream, stream, dict(pyslha.read(str(spectrum)).blocks)):
            assert to_rows(params, make_card(), {"sqrt_s": 13000.0})[0].tolist() == expected
    rows, shape = to_rows([spectrum, TEXT.replace("5.0", "6.0")], make_card(), {"sqrt_s": 13000.0})
    assert shape == (2,)
    assert rows[:, 0].tolist() == [500.0, 600.0]


UP = (1000002, 1000004, 1000006, 2000002, 2000004, 2000006)


def squarks(masses, *rows):
    text = "Block MASS\n" + "".join(f" {pdg} {m}\n" for pdg, m in zip(UP, masses, strict=True))
    matrix = [(i, j, x) for i, row in enumerate(rows, 1) for j, x in row.items()]
    return text + "Block USQMIX\n" + "".join(f" {i} {j} {x}\n" for i, j, x in matrix)


def test_squarks_in_the_order_of_their_masses_are_known_by_their_content():
    stop1, stop2 = {3: 0.6, 6: 0.8}, {3: 0.8, 6: -0.6}
    found = read(
        squarks([800, 1000, 1010, 1100, 1110, 1200], stop1, {5: 1}, {4: 1}, {2: 1}, {1: 1}, stop2)
    )
    assert [found.find("MASS", (pdg,)) for pdg in UP] == [1110, 1100, 800, 1010, 1000, 1200]
    assert [found.find("STOPMIX", (i, j)) for i in (1, 2) for j in (1, 2)] == [0.6, 0.8, 0.8, -0.6]


def test_a_matrix_in_the_order_of_flavours_changes_nothing():
    masses = [1110, 1100, 800, 1010, 1000, 1200]
    found = read(
        squarks(masses, {1: 1}, {2: 1}, {3: 0.6, 6: 0.8}, {4: 1}, {5: 1}, {3: -0.8, 6: 0.6})
    )
    assert [found.find("MASS", (pdg,)) for pdg in UP] == masses


def test_squarks_that_mix_flavours_are_refused():
    mixed = read(
        squarks([800] * 6, {2: 0.7, 3: 0.714}, {2: 0.714, 3: -0.7}, {1: 1}, {4: 1}, {5: 1}, {6: 1})
    )
    with pytest.raises(ParameterError, match="rows of USQMIX of 1000002, 1000004 mix flavours"):
        mixed.find("MASS", (1000006,))


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ("Block NMIX\n 1 1 0.5\n 1 2 0.1\n 1 3 0.1\n 1 4 0.1", "row whose square is 0.28"),
        ("Block UMIX\n 1 1 1.2", "row whose square is 1.44"),
        ("Block UMIX\n 1 1 0.8\n 1 2 0.6\nBlock IMUMIX\n 1 1 0.1", "IMUMIX 1 1 is 0.1"),
    ],
)
def test_mixing_that_is_no_rotation_is_refused(matrix, message):
    block = matrix.split()[1]
    with pytest.raises(ParameterError, match=message):
        read(matrix).find(block, (1, 1))
    assert read("Block UMIX\n 1 1 0.8\n 1 2 -0.6").find("UMIX", (1, 2)) == -0.6


def test_both_conventions_of_the_sign_of_a_neutralino_are_one():
    real = "Block MASS\n 1000023 -320\nBlock NMIX\n 2 1 0.6\n 2 2 -0.8\n"
    imaginary = real.replace("-320", "320").replace("NMIX", "IMNMIX")
    zeros = imaginary + "Block NMIX\n 2 1 0\n 2 2 0\n"
    for text in (real, imaginary, zeros):
        found = read(text)
        assert found.find("MASS", (1000023,)) == -320
        assert [found.find("NMIX", (2, j)) for j in (1, 2)] == [0.6, -0.8]


def test_a_chargino_whose_rows_are_both_imaginary_has_a_negative_mass():
    rows = "Block MASS\n 1000024 300\nBlock IMUMIX\n 1 1 0.6\n 1 2 0.8\n"
    found = read(rows + "Block IMVMIX\n 1 1 1\n 1 2 0\n")
    assert found.find("MASS", (1000024,)) == -300
    assert found.find("UMIX", (1, 1)) == 0.6
    with pytest.raises(ParameterError, match=r"IMUMIX 1 \d is 0\.[68]"):
        read(rows + "Block UMIX\n 1 1 0\nBlock VMIX\n 1 1 1\n").find("UMIX", (1, 1))


def test_an_entry_takes_the_signs_of_masses():
    entry = SlhaEntry(block="STOPMIX", entry=(1, 2), signs=(1000022, 1000021))
    sign = Assumption(slha=entry, low=0.0, high=1.0, meaning="positive")
    text = "Block STOPMIX\n 1 1 0.6\n 1 2 0.8\nBlock MASS\n 1000022 -100\n 1000021 "
    assert unmet(text + "-500\n", (sign,), ()) == []
    assert "STOPMIX 1 2 is -0.8" in unmet(text + "500\n", (sign,), ())[0]


def test_the_sign_of_the_whole_row_of_a_stop_has_no_meaning():
    found = read("Block STOPMIX\n 1 1 -0.6\n 1 2 0.8\n 2 1 -0.8\n 2 2 -0.6")
    assert [found.find("STOPMIX", (i, j)) for i in (1, 2) for j in (1, 2)] == [0.6, -0.8, 0.8, 0.6]


def test_a_tachyon_is_refused():
    text = "Block MASS\n 1000006 -300\n 1000021 -500"
    assert read(text).find("MASS", (1000021,)) == -500
    with pytest.raises(ParameterError, match="1000006 is negative, -300 GeV"):
        read(text).find("MASS", (1000006,))


MIXED = msgspec.structs.replace(ABSENT, required=True)
HEAVY = Assumption(
    slha=SlhaEntry(block="MASS", entry=(1000021,)),
    low=500.0,
    high=1e9,
    meaning="a heavy gluino",
    required=True,
)


def test_what_is_required_must_be_in_the_file():
    (told,) = unmet(TEXT, (MIXED,), ())
    assert told == "'a right-handed stop' does not hold: the file has no block STOPMIX 1 1"


def test_a_mass_may_be_absent_from_a_file_that_lists_few_sparticles():
    assert unmet("Block MASS\n 1000022 100", (HEAVY,), ()) == []
    ids = (1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16, 22, 23, 24)
    full = "Block MASS\n" + "".join(f" {1000000 + k} 600\n" for k in ids)
    assert "the file has no block MASS 1000021" in unmet(full, (HEAVY,), ())[0]
    near = msgspec.structs.replace(HEAVY, low=0.0, high=600.0)
    assert (
        "is absent, which counts as decoupled" in unmet("Block MASS\n 1000022 100", (near,), ())[0]
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Block MASS\n 25 125.0", (1, 1, 1)),
        ("Block MASS\n 36 2000.0", (1, 1, 1)),
        ("Block ALPHA\n -0.1\nBlock MINPAR\n 3 10.0", (0.99999999, 0.99997, 1.00331)),
        ("Block ALPHA\n -0.5\nBlock HMIX Q= 1000\n 2 2.0", (0.99933, 0.98118, 1.07203)),
        ("Block NMHMIX\n 1 1 -0.1\n 1 2 -0.99\nBlock HMIX\n 2 10.", (0.99503, 0.99494, 1.00499)),
    ],
)
def test_couplings_of_the_higgs_boson_follow_from_its_mixing(text, expected):
    found = read(text)
    kappas = [found.find("HIGGSKAPPA", (k,)) for k in (1, 2, 3)]
    assert kappas == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Block MASS\n 36 500.0", "there is no block ALPHA, and the Higgs boson 36 has 500 GeV"),
        ("Block ALPHA\n -0.1", "there is no tan beta"),
        ("Block ALPHA\n ****\nBlock MINPAR\n 3 10.0", "block ALPHA cannot be read"),
    ],
)
def test_couplings_that_do_not_follow_are_named(text, message):
    with pytest.raises(ParameterError, match=message):
        read(text).find("HIGGSKAPPA", (1,))


def test_r_parity_and_cp_are_read_from_the_blocks_that_violate_them():
    found = read("Block RVLAMUDD\n 1 1 2 -0.2\nBlock RVKAPPA\n 1 50\nBlock IMHMIX\n 1 3.0")
    assert found.find("RPV", ()) == 0.2
    assert found.find("MODSEL", (5,)) == 2
    assert read("Block MASS\n 25 125").find("RPV", ()) == 0


def test_cross_sections_of_the_file_are_no_part_of_a_block():
    text = "Block ALPHA\n -0.1\nXSECTION 1.3E4 2212 2212 2 1000021 1000021\n 0 2 0 0 0 0 1.2E-3"
    assert read(text).find("ALPHA", ()) == -0.1


def test_mixing_that_differs_between_scales_is_refused():
    text = "Block STOPMIX Q= 91.2\n 1 1 0.1\n 1 2 0.995\nBlock STOPMIX Q= 1000.\n 1 1 {}\n"
    assert read(text.format(0.11)).find("STOPMIX", (1, 1)) == 0.1
    with pytest.raises(ParameterError, match=r"1 1 is given at several scales Q: 0\.1 and 0\.8"):
        read(text.format(0.8)).find("STOPMIX", (1, 1))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_of_any_line_ends_is_read(end):
    text = end.join(["BLOCK mass", "\t1000021\t5.0D+02\t# ~g", "DECAY 1000021 1.0", " 1.0 2 1 2"])
    assert read_spectra(text)[0].blocks["MASS"] == {(1000021,): 500.0}
