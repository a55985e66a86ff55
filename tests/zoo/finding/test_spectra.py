"""Which network answers for a spectrum: refused or passed over if it takes for granted what does
not hold."""

import pytest
from mssm import Point

import lhnets as ml
from lhnets import OutsideRegionError, OutsideRegionWarning
from lhnets._asking.taken import read_taken
from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import BUNDLED
from lhnets._finding.zoo import Zoo

SQUARKS = [1000001, 1000002, 1000003, 1000004, 2000001, 2000002, 2000003, 2000004]
HIGGSINO = {"UMIX": {"1 1": 0.05, "1 2": 0.9987}, "VMIX": {"1 1": -0.07, "1 2": 0.9975}}
WINO = {"UMIX": {"1 1": 0.9987, "1 2": 0.05}, "VMIX": {"1 1": 0.9975, "1 2": -0.07}}


def slha(masses, **blocks):
    blocks = {"MASS": masses, **blocks}
    return "".join(
        f"Block {b}\n" + "".join(f" {i} {x}\n" for i, x in rows.items())
        for b, rows in blocks.items()
    )


def gluino(m_sq, **others):
    return (
        {1000021: 2000.0}
        | dict.fromkeys(SQUARKS, m_sq)
        | {int(k[1:]): m for k, m in others.items()}
    )


def test_degenerate_squarks_are_answered():
    found = ml.CS("p p > go go", slha(gluino(2500.0)), energy="13 TeV")
    assert float(found) == float(
        ml.CS("p p > go go", {"m_go": 2000.0, "m_sq": 2500.0}, energy="13 TeV")
    )


@pytest.mark.parametrize("pdg", SQUARKS[1:])
def test_one_light_squark_is_refused(pdg):
    text = slha(gluino(2500.0, **{f"m{pdg}": 600.0}))
    with pytest.raises(
        OutsideRegionError, match=rf"squarks have one mass.*MASS {pdg} over m_sq is 0\.24"
    ):
        ml.CS("p p > go go", text, energy="13 TeV")


def test_the_error_lists_what_each_network_takes_for_granted():
    text = slha(gluino(2500.0, m2000001=600.0))
    with pytest.raises(
        OutsideRegionError,
        match=r"cs-gluino-pair-nnll-13tev@3: [\s\S]*cs-gluino-pair-decoupled-13tev@2: ",
    ):
        ml.CS("p p > go go", text, energy="13 TeV")
    with pytest.warns(OutsideRegionWarning, match="squarks have one mass"):
        ml.CS("p p > go go", text, energy="13 TeV", outside="warn")


@pytest.mark.parametrize("squarks", [{}, dict.fromkeys(SQUARKS, 1e5)])
def test_decoupled_squarks_are_answered(squarks):
    found = ml.CS("p p > go go", slha({1000021: 1200.0, **squarks}), energy="13 TeV")
    assert found.network == "cs-gluino-pair-decoupled-13tev@2"


def test_squarks_without_the_entry_of_an_input_are_not_decoupled():
    masses = gluino(2500.0)
    del masses[1000001]
    with pytest.raises(OutsideRegionError, match="squarks are decoupled"):
        ml.CS("p p > go go", slha(masses), energy="13 TeV")


def test_a_chargino_goes_to_the_network_of_its_content():
    higgsinos = {1000022: 300.0, 1000023: -305.0, 1000024: 302.0}
    winos = {1000023: 900.0, 1000024: 900.0} | dict.fromkeys(SQUARKS, 2500.0)
    for masses, mixing, network in (
        (higgsinos, HIGGSINO, "cs-higgsino-pair@2"),
        (winos, WINO, "cs-wino-c1c1@2"),
    ):
        found = ml.CS(
            "p p > x1+ x1-",
            slha(masses | dict.fromkeys(SQUARKS, 2500.0), **mixing),
            energy="13 TeV",
        )
        assert found.network == network


def test_a_bino_is_no_partner_of_higgsinos():
    masses = {1000022: 300.0, 1000023: 302.0, 1000024: 302.0}
    bino = {"NMIX": {"1 1": 0.99, "1 2": 0.0, "1 3": 0.1, "1 4": 0.1}}
    with pytest.raises(OutsideRegionError, match="the lightest neutralino is a higgsino"):
        ml.CS("p p > n1 n2", slha(masses, **HIGGSINO, **bino), energy="13 TeV")


@pytest.mark.parametrize(
    ("mixing", "network"), [(0.7071, "cs-stau-pair@2"), (1.0, "cs-slepton-pair-lo@2")]
)
def test_staus_go_to_the_network_of_their_mixing(mixing, network):
    text = slha({1000015: 300.0}, STAUMIX={"1 1": mixing})
    assert ml.CS("p p > ta1- ta1+", text, energy="13 TeV").network == network


def test_right_handed_selectrons_have_a_mass_of_their_own():
    text = slha({1000011: 600.0, 2000011: 200.0})
    for side, mass in (("l", 600.0), ("r", 200.0)):
        process = f"p p > e{side}- e{side}+"
        assert float(ml.CS(process, text, energy="13 TeV")) == float(
            ml.CS(process, {"m_sl": mass}, energy="13 TeV")
        )


@pytest.mark.parametrize(("m_go", "answered"), [(3000.0, True), (488.0, False)])
def test_sbottoms_need_a_heavier_gluino(m_go, answered):
    text = slha({1000005: 1800.0, 1000021: m_go})
    if answered:
        assert (
            ml.CS("p p > b1 b1~", text, energy="13 TeV").network
            == "cs-sbottom-pair-decoupled-13tev@3"
        )
        return
    with pytest.raises(OutsideRegionError, match="the gluino is heavier than the sbottom"):
        ml.CS("p p > b1 b1~", text, energy="13 TeV")


@pytest.mark.parametrize(("m_a", "answered"), [(2000.0, True), (300.0, False)])
def test_the_higgs_boson_must_be_that_of_the_standard_model(m_a, answered):
    text = slha({25: 125.0, 35: m_a, 36: m_a, 37: m_a}, SMINPUTS={3: 0.118, 5: 4.18, 6: 172.5})
    if answered:
        assert float(ml.BR("h > b b~", text)) == float(ml.BR("h > b b~", {"m_h": 125.0}))
        return
    with pytest.raises(
        OutsideRegionError, match="there is no block ALPHA, and the Higgs boson 35 has 300 GeV"
    ):
        ml.BR("h > b b~", text)


def test_every_addition_belongs_to_a_network_and_its_inputs():
    for name, taken in read_taken().items():
        card = ml.load(name).card
        names = {i.name for i in card.inputs}
        subjects = {o.subject or card.subject for o in card.outputs}
        subjects |= {a.subject for aliases in taken.aliases.values() for a in aliases}
        assert all(set(a.subjects) <= subjects for a in taken.assumptions)
        assert all(a.over is None or a.over in names for a in taken.assumptions)
        assert set(taken.entries) <= subjects
        assert all(set(entries) <= names for entries in taken.entries.values())


def test_what_was_passed_over_is_a_note_in_the_text(monkeypatch, tmp_path):
    """And not a warning: warnings are errors here. Nor is it cited."""
    fresh = Zoo([str(BUNDLED)], Cache(tmp_path))
    monkeypatch.setattr("lhnets._finding.zoo.default", lambda: fresh)
    masses = {1000022: 300.0, 1000023: -305.0, 1000024: 302.0} | dict.fromkeys(SQUARKS, 2500.0)
    text = slha(masses, **HIGGSINO)
    found = ml.CS("p p > x1+ x1-", text, energy="13 TeV")
    assert found.network == "cs-higgsino-pair@2"
    (note,) = found.notes
    assert note.startswith("cs-wino-c1c1@2 was passed over: ")
    assert note in str(found)
    assert note in found.to("fb").notes
    assert "cs-wino-c1c1" not in ml.cite()


@pytest.mark.parametrize(
    ("process", "same", "name", "pdg"),
    [
        ("p p > mul- mul+", "p p > el- el+", "m_sl", 1000013),
        ("p p > mur- mur+", "p p > er- er+", "m_sl", 2000013),
        ("p p > svm svm~", "p p > sve sve~", "m_snu", 1000014),
        ("p p > svt svt~", "p p > sve sve~", "m_snu", 1000016),
    ],
)
def test_what_has_the_same_cross_section_is_found(process, same, name, pdg):
    found = ml.CS(process, {name: 300.0}, energy="13 TeV")
    assert found.value == ml.CS(same, {name: 300.0}, energy="13 TeV").value
    assert "its card says that" in found.notes[0]
    assert ml.CS(process, slha({pdg: 300.0}), energy="13 TeV").value == found.value


def test_the_second_higgsino_has_the_cross_section_of_the_first():
    masses = {1000022: 300.0, 1000023: -302.0, 1000024: 301.0} | dict.fromkeys(SQUARKS, 2500.0)
    higgsinos = {"1 1": 0.05, "1 2": 0.05, "2 1": 0.05, "2 2": 0.05}
    text = slha(masses, NMIX=higgsinos, **HIGGSINO)
    first, second = (ml.CS(f"p p > n{k} x1+", text, energy="13 TeV") for k in (1, 2))
    assert second.value == first.value == ml.CS("p p > n2 x1+", {"m_hino": 301.0}, energy="13 TeV")
    assert "cs-wino-c1n2@3 was passed over" in second.notes[0]
    text = slha(masses, NMIX=higgsinos | {"2 1": 0.9}, **HIGGSINO)
    with pytest.raises(OutsideRegionError, match="the second neutralino is a higgsino"):
        ml.CS("p p > n2 x1+", text, energy="13 TeV")


def test_a_network_whose_region_ends_before_is_passed_over():
    text = Point(m_1=150.0, m_2=300.0).write()
    found = ml.CS("p p > x1+ x1-", text, energy="13 TeV")
    assert found.network == "cs-chargino-pair-lo@2"
    assert any("cs-wino-c1c1@2 was passed over: outside" in note for note in found.notes)
    with pytest.raises(OutsideRegionError, match=r"outside the training region of cs-wino-c1c1"):
        ml.CS("p p > x1+ x1-", text, energy="13 TeV", network="cs-wino-c1c1")


def test_a_scan_keeps_one_network_and_marks_what_lies_outside():
    files = [Point(m_sl=mass).write() for mass in (300.0, 1500.0)]
    found = ml.CS("p p > el- el+", files, energy="13 TeV", outside="nan")
    assert found.value[0] == float(ml.CS("p p > el- el+", {"m_sl": 300.0}, energy="13 TeV"))
    assert found.value[1] != found.value[1]
