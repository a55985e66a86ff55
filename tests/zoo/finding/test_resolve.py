import msgspec
import pytest

from lhnets import AmbiguousNetworkError, NetworkNotFoundError, ParameterError
from lhnets._finding.candidates import CanonicalQuestion, Given
from lhnets._finding.choose import choose as choose_and_tell
from lhnets._finding.versions import pinned
from lhnets.format import Alias, Conditions, Entry, Member, Output, SlhaEntry

GLUINOS = "2212 2212 > 1000021 1000021"


def entry(make_card, status="verified", **changes):
    score = changes.pop("score", None)
    made = Entry.of(make_card(**changes), b"abc", status)
    return made if score is None else msgspec.structs.replace(made, score=score)


def question(names=frozenset({"m_a"}), **changes):
    asked = {
        "kind": "cross_section",
        "subject": GLUINOS,
        "given": Given(names=frozenset(names)),
        "energy": 13000.0,
    }
    return CanonicalQuestion(**(asked | changes))


def choose(asked, entries, places=None):
    return choose_and_tell(asked, entries, places).choice


@pytest.fixture
def at_13_tev(make_card):
    """A sibling with a fixed energy and no scale."""
    return {
        "name": "cs-fixed",
        "conditions": Conditions(energy=13000.0),
        "inputs": make_card().inputs[:1],
        "region": (),
    }


def test_the_energy_fills_an_input(make_card):
    choice = choose(question(), [entry(make_card)])
    assert choice.energy_is_input
    assert choice.output.name == "NLO"


def test_an_order_selects_an_output(make_card):
    assert choose(question(order="lo"), [entry(make_card)]).output.name == "LO"
    with pytest.raises(NetworkNotFoundError, match="gives LO, NLO at 7 TeV to 14 TeV"):
        choose(question(order="NNLO"), [entry(make_card)])


def test_the_fewest_defaults_win(make_card, at_13_tev):
    entries = [entry(make_card, score=1e-9), entry(make_card, **at_13_tev)]
    assert choose(question(), entries).entry.name == "cs-fixed"
    assert choose(question(), entries[::-1]).entry.name == "cs-fixed"
    assert (
        choose(question(names=frozenset({"m_a", "mu_over_m"})), entries).entry.name
        == "cs-exponential"
    )


def test_the_highest_order_wins_where_none_is_asked_for(make_card, at_13_tev):
    outputs = tuple(
        Output(name=o.name, unit="pb", meaning="", order="LO") for o in make_card().outputs[:1]
    )
    lo = entry(make_card, **at_13_tev, outputs=outputs, default_output="LO", physics_uncertainty=())
    assert choose(question(), [lo, entry(make_card)]).output.name == "NLO"


def test_two_networks_that_are_alike_are_ambiguous(make_card):
    """Neither the error that a card claims nor a name decides."""
    a, b = entry(make_card, name="cs-a", score=1e-4), entry(make_card, name="cs-b", score=1e-5)
    with pytest.raises(
        AmbiguousNetworkError, match=r"2 networks .* alike: cs-a@1 .*; cs-b@1 .*network='cs-a'"
    ):
        choose(question(), [a, b])
    assert choose(question(network="cs-b"), [a, b]).entry.name == "cs-b"


def test_a_set_goes_before_its_members(make_card):
    folds = [entry(make_card, name=f"cs-{fold}") for fold in ("even", "odd")]
    members = tuple(Member(name=e.name, version=1, sha256=e.sha256) for e in folds)
    both = msgspec.structs.replace(entry(make_card, name="cs-set"), members=members)
    assert choose(question(), [*folds, both]).entry.name == "cs-set"
    with pytest.raises(AmbiguousNetworkError, match="cs-other@1"):
        choose(question(), [*folds, both, entry(make_card, name="cs-other")])


def test_outputs_that_are_alike_are_ambiguous(make_card, at_13_tev):
    outputs = tuple(
        Output(name=n, unit="pb", meaning="", order="NLO", energy=e)
        for n, e in (("8", 8000.0), ("a", 13000.0), ("b", 13000.0))
    )
    one = entry(make_card, **at_13_tev, outputs=outputs, default_output="8", physics_uncertainty=())
    with pytest.raises(AmbiguousNetworkError, match=r"several outputs, a, b: .*output='a'"):
        choose(question(), [one])


def test_the_first_mirror_answers_whatever_later_ones_claim(make_card, at_13_tev):
    nnlo = tuple(
        Output(name=o.name, unit="pb", meaning="", order="N4LO") for o in make_card().outputs[:1]
    )
    own = entry(make_card)
    later = [
        entry(make_card, name="cs-exact", score=0.0),
        entry(make_card, **at_13_tev),
        entry(
            make_card,
            **at_13_tev | {"name": "cs-n4lo"},
            outputs=nnlo,
            default_output="LO",
            physics_uncertainty=(),
        ),
    ]
    places = {e.identity: 1 for e in later}
    found = choose_and_tell(question(), [*later, own], places)
    assert found.choice.entry == own
    assert "by cs-n4lo@1: order='N4LO' gives that" in found.warning
    assert choose(question(order="N4LO"), [*later, own], places).entry.name == "cs-n4lo"


def test_the_newest_verified_version_takes_part(make_card):
    entries = [
        entry(make_card, version=1),
        entry(make_card, version=2),
        entry(make_card, "candidate", version=3),
    ]
    assert choose(question(), entries).entry.version == 2
    assert choose(question(network="cs-exponential@3"), entries).entry.version == 3
    assert choose(question(network="cs-exponential"), entries).entry.version == 2


def test_retracted_networks_are_reached_only_by_their_pin(make_card):
    retracted = [entry(make_card, "retracted")]
    with pytest.raises(NetworkNotFoundError):
        choose(question(), retracted)
    assert pinned("cs-exponential@1", retracted).status == "retracted"


def test_two_energies_are_ambiguous(make_card, at_13_tev):
    entries = [
        entry(make_card, **at_13_tev),
        entry(
            make_card, **at_13_tev | {"name": "cs-run3", "conditions": Conditions(energy=13600.0)}
        ),
    ]
    with pytest.raises(AmbiguousNetworkError, match=r"at 13 TeV and at 13\.6 TeV \(cs-fixed"):
        choose(question(energy=None), entries)
    assert choose(question(energy=13600.0), entries).entry.name == "cs-run3"
    assert choose(question(energy=None, network="cs-run3"), entries).entry.name == "cs-run3"


@pytest.mark.parametrize("network", [None, "cs-table"])
def test_several_energies_of_one_network_are_ambiguous(make_card, at_13_tev, network):
    outputs = tuple(
        Output(name=f"{e:g}", unit="pb", meaning="", energy=e, order="LO")
        for e in (13000.0, 13600.0)
    )
    table = at_13_tev | {"name": "cs-table", "conditions": Conditions()}
    one = entry(make_card, **table, outputs=outputs, default_output="13000", physics_uncertainty=())
    with pytest.raises(AmbiguousNetworkError, match=r"known at 13 TeV and at 13\.6 TeV"):
        choose(question(energy=None, network=network), [one])
    assert choose(question(energy=13600.0, network=network), [one]).output.name == "13600"


def test_a_range_of_energies_is_ambiguous(make_card, at_13_tev):
    entries = [entry(make_card, **at_13_tev), entry(make_card)]
    with pytest.raises(
        AmbiguousNetworkError, match=r"known at 13 TeV and at 7 TeV to 14 TeV.*energy='13 TeV'"
    ):
        choose(question(energy=None), entries)
    among = question(names={"m_a", "sqrt_s"}, energy=None)
    assert choose(among, entries).entry.name == "cs-exponential"
    default = msgspec.structs.replace(make_card().inputs[1], default=13000.0)
    inputs = (make_card().inputs[0], default, make_card().inputs[2])
    with pytest.raises(AmbiguousNetworkError, match="known at 7 TeV to 14 TeV"):
        choose(question(energy=None), [entry(make_card, inputs=inputs)])


def test_outputs_may_differ_in_process_and_energy(make_card, at_13_tev):
    conjugate = "2212 2212 > -1000024 1000023"
    outputs = tuple(
        Output(name=f"{s[:12]} {e}", unit="pb", meaning="", subject=s, energy=e, order="NLO")
        for s in (GLUINOS, conjugate)
        for e in (13000.0, 13600.0)
    )
    one = entry(
        make_card,
        **at_13_tev | {"conditions": Conditions()},
        outputs=outputs,
        default_output=outputs[0].name,
        physics_uncertainty=(),
    )
    assert choose(question(subject=conjugate, energy=13600.0), [one]).output.name == outputs[3].name
    assert choose(question(), [one]).output.name == outputs[0].name


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"m_b"}, r"'m_b' is none of them, did you mean 'm_a'\?"),
        (set(), "takes m_a, mu_over_m"),
        ({"m_a", "sqrt_s"}, "takes m_a, mu_over_m"),
    ],
)
def test_parameters_that_fit_no_network(make_card, names, message):
    with pytest.raises(ParameterError, match=message):
        choose(question(names=frozenset(names)), [entry(make_card)])


def test_a_missing_energy_is_asked_for(make_card):
    with pytest.raises(ParameterError, match="energy='13 TeV'"):
        choose(question(energy=None), [entry(make_card)])


def test_an_energy_in_tev_without_a_unit_is_explained(make_card, at_13_tev):
    with pytest.raises(NetworkNotFoundError, match="Numbers are in GeV"):
        choose(question(energy=13.0), [entry(make_card, **at_13_tev)])


def test_an_unknown_process_names_the_nearest(make_card):
    with pytest.raises(NetworkNotFoundError, match="the nearest are p p > go go"):
        choose(question(subject="2212 2212 > 1000021 1000022"), [entry(make_card)])


def test_a_pinned_network_must_compute_what_is_asked(make_card):
    with pytest.raises(NetworkNotFoundError, match="does not compute the width"):
        choose(question(kind="width", network="cs-exponential"), [entry(make_card)])


def test_pins_that_are_wrong(make_card):
    with pytest.raises(NetworkNotFoundError, match="the nearest names are cs-exponential"):
        pinned("cs-exponentail", [entry(make_card)])
    with pytest.raises(NetworkNotFoundError, match="has no version '7'; it has 1"):
        pinned("cs-exponential@7", [entry(make_card)])


def test_an_slha_file_may_offer_more_than_is_needed(make_card, at_13_tev):
    m, energy, mu = make_card().inputs
    scale = msgspec.structs.replace(mu, slha=SlhaEntry(block="SCALE", entry=(1,)))
    entries = [entry(make_card, **at_13_tev), entry(make_card, inputs=(m, energy, scale))]
    for blocks, name in (({"MASS"}, "cs-fixed"), ({"MASS", "SCALE"}, "cs-exponential")):
        asked = question(given=Given(holds=lambda place, blocks=blocks: place.block in blocks))
        assert choose(asked, entries).entry.name == name


def test_an_array_goes_to_the_network_of_as_many_columns(make_card, at_13_tev):
    entries = [entry(make_card, **at_13_tev), entry(make_card)]
    for columns, name in ((1, "cs-fixed"), (2, "cs-exponential")):
        asked = question(given=Given(columns=columns))
        assert choose(asked, entries).entry.name == name
    with pytest.raises(
        ParameterError,
        match=r"from an array of 4 columns .*defaults included.*cs-fixed@1 takes m_a",
    ):
        choose(question(given=Given(columns=4)), entries)


def test_an_alias_is_found_and_told(make_card):
    place = SlhaEntry(block="MASS", entry=(1000022,))
    alias = Alias(subject="2212 2212 > 1000022 1000022", slha={"m_a": place})
    outputs = tuple(msgspec.structs.replace(o, aliases=(alias,)) for o in make_card().outputs)
    asked = question(subject=alias.subject, given=Given(holds=lambda at: at.entry == (1000022,)))
    found = choose_and_tell(asked, [entry(make_card, outputs=outputs)])
    assert found.choice.output.name == "NLO"
    assert found.notes == (
        "cs-exponential@1 computes p p > go go; its card says that p p > n1 n1 has the same value",
    )


@pytest.mark.parametrize(
    "subject", ["ATLAS-SUSY-2018-04", "atlas susy  2018_04", "Atlas‑Susy‑2018‑04"]
)
def test_a_subject_that_is_not_a_process_is_found_whatever_its_case(make_card, subject):
    known = entry(make_card, kind="likelihood", subject="atlas-susy-2018-04")
    asked = question(kind="likelihood", subject=subject, energy=None)
    pinned_energy = msgspec.structs.replace(known, inputs=known.inputs[:1])
    assert choose(asked, [pinned_energy]).entry.subject == "atlas-susy-2018-04"


def test_subjects_that_differ_in_case_alone_are_ambiguous(make_card, at_13_tev):
    entries = [
        entry(make_card, **at_13_tev | {"name": n}, kind="loop_integral", subject=subject)
        for n, subject in (("loop-b", "b"), ("loop-large-b", "B"))
    ]
    asked = question(kind="loop_integral", subject="B", energy=None)
    assert choose(asked, entries).entry.name == "loop-large-b"
    with pytest.raises(AmbiguousNetworkError, match="'B', 'b'"):
        choose(msgspec.structs.replace(asked, subject=" B "), entries)
