import msgspec
import pytest

from lhnets import AmbiguousNetworkError, NetworkNotFoundError, ParameterError
from lhnets._finding.resolve import CanonicalQuestion, choose, pinned
from lhnets.format import Conditions, Entry, Output

GLUINOS = "2212 2212 > 1000021 1000021"


def entry(make_card, status="verified", **changes):
    score = changes.pop("score", None)
    made = Entry.of(make_card(**changes), b"abc", status)
    return made if score is None else msgspec.structs.replace(made, score=score)


def question(**changes):
    asked = {
        "kind": "cross_section",
        "subject": GLUINOS,
        "names": frozenset({"m_a"}),
        "energy": 13000.0,
    }
    return CanonicalQuestion(**(asked | changes))


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
    assert choice.output == "NLO"


def test_an_order_selects_an_output(make_card):
    assert choose(question(order="lo"), [entry(make_card)]).output == "LO"
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
    assert choose(question(), [lo, entry(make_card)]).output == "NLO"


def test_the_smallest_error_wins_then_the_name(make_card):
    a, b = entry(make_card, name="cs-a", score=1e-4), entry(make_card, name="cs-b", score=1e-5)
    assert choose(question(), [a, b]).entry.name == "cs-b"
    assert choose(question(), [msgspec.structs.replace(b, score=1e-4), a]).entry.name == "cs-a"


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
    with pytest.raises(AmbiguousNetworkError, match=r"13 TeV, 13\.6 TeV.*cs-fixed@1, cs-run3@1"):
        choose(question(energy=None), entries)
    assert choose(question(energy=13600.0), entries).entry.name == "cs-run3"
    assert choose(question(energy=None, network="cs-run3"), entries).entry.name == "cs-run3"


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
    assert choose(question(subject=conjugate, energy=13600.0), [one]).output == outputs[3].name
    assert choose(question(), [one]).output == outputs[0].name


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
    offered = question(names=frozenset({"m_a", "mu_over_m", "tan_beta"}), offered=True)
    entries = [entry(make_card, **at_13_tev), entry(make_card)]
    assert choose(offered, entries).entry.name == "cs-exponential"
