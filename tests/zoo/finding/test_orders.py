"""Where the order falls: a warning if a user may not expect it, a note otherwise."""

import msgspec
import pytest

import lhnets as ml
from lhnets import LowerOrderWarning
from lhnets._finding.candidates import CanonicalQuestion, Given
from lhnets._finding.choose import choose
from lhnets.format import Conditions, Entry, Output

GLUINOS = "2212 2212 > 1000021 1000021"


def entry(make_card, name, *orders, inputs=("m_a",), **changes):
    """A network with an output for each (order, energy)."""
    card = make_card()
    outputs = tuple(
        Output(name=f"{order} {energy}", unit="1", meaning="", order=order, energy=energy)
        for order, energy in orders
    )
    made = make_card(
        name=name,
        inputs=tuple(i for i in card.inputs if i.name in inputs),
        region=(),
        conditions=Conditions(),
        outputs=outputs,
        default_output=outputs[0].name,
        physics_uncertainty=(),
        **changes,
    )
    return Entry.of(made, b"abc", "verified")


def ask(entries, names=("m_a",), **changes):
    asked = {"kind": "cross_section", "subject": GLUINOS, "energy": 13000.0}
    return choose(
        CanonicalQuestion(**(asked | changes), given=Given(names=frozenset(names))), entries
    )


@pytest.fixture
def table(make_card):
    """The best order at 13 TeV alone."""
    return entry(make_card, "cs-table", ("NNLO_approx+NNLL", 13000.0), ("NLO", 13600.0))


@pytest.fixture
def formula(make_card):
    return entry(make_card, "cs-lo", ("LO", None), inputs=("m_a", "sqrt_s", "mu_over_m"))


def test_the_highest_order_is_taken_in_silence(table, formula):
    found = ask([table, formula])
    assert (found.choice.order, found.warning, found.notes) == ("NNLO_approx+NNLL", "", ())


def test_a_fall_between_outputs_of_one_table_is_told(table):
    for network in (None, "cs-table"):
        found = ask([table], energy=13600.0, network=network)
        assert found.choice.order == "NLO"
        assert found.warning == (
            "cs-table@1 answers p p > go go at 13.6 TeV at NLO; at 13 TeV it is at "
            "NNLO_approx+NNLL, by cs-table@1. The two do not compare: energy='13 TeV' gives the "
            "higher order, order='NLO' keeps it and silences this warning"
        )
    assert ask([table], energy=13600.0, order="nlo").warning == ""


def test_a_fall_to_a_network_that_takes_the_energy_is_told(table, formula):
    found = ask([table, formula], energy=8000.0)
    assert found.choice.order == "LO"
    assert "at 13 TeV it is at NNLO_approx+NNLL, by cs-table@1" in found.warning
    assert ask([table, formula], energy=8000.0, network="cs-lo").warning == ""


def test_an_energy_among_the_parameters_is_told_too(table, formula):
    found = ask([table, formula], names=("m_a", "sqrt_s"), energy=None)
    assert "energy='13 TeV' in place of sqrt_s gives the higher order" in found.warning


def test_a_parameter_that_lowers_the_order_is_told(table, formula):
    found = ask([table, formula], names=("m_a", "mu_over_m"))
    assert found.warning.startswith(
        "cs-lo@1 answers p p > go go at 13 TeV at LO; it is known at NNLO_approx+NNLL, by "
        "cs-table@1, which does not take mu_over_m: leaving these out gives that"
    )


def test_other_parameters_are_a_note(table, formula, make_card):
    best = entry(make_card, "cs-best", ("N3LO", 13000.0), inputs=("mu_over_m",))
    mu = msgspec.structs.replace(best.inputs[0], name="m_b", default=None)
    found = ask([table, formula, msgspec.structs.replace(best, inputs=(mu,))])
    assert (found.choice.order, found.warning) == ("NNLO_approx+NNLL", "")
    assert found.notes == ("cs-best@1 knows it at N3LO, from m_b",)


def test_branching_ratios_have_orders_too(make_card):
    decay = {"kind": "branching_ratio", "subject": "25 > -5 5"}
    entries = [
        entry(make_card, "br-nlo", ("NLO", None), **decay),
        entry(make_card, "br-lo", ("LO", None), inputs=("m_a", "mu_over_m"), **decay),
    ]
    assert ask(entries, energy=None, **decay).choice.order == "NLO"
    found = ask(entries, names=("m_a", "mu_over_m"), energy=None, **decay)
    assert "at LO; it is known at NLO, by br-nlo@1" in found.warning


@pytest.mark.parametrize(
    ("process", "point"),
    [
        ("p p > go go", {"m_go": 2000.0, "m_sq": 2500.0}),
        ("p p > t1 t1~", {"m_t1": 1000.0}),
        ("p p > ta1- ta1+", {"m_ta1": 200.0, "cos_theta": 0.7}),
    ],
)
def test_bundled_networks_tell_once(process, point):
    with pytest.warns(LowerOrderWarning, match="order='LO' keeps it") as told:
        low = ml.CS(process, point, energy="13.9 TeV")
    assert [w.filename for w in told] == [__file__]
    again = ml.CS(process, point, energy="13.9 TeV")
    assert low.value == again.value == ml.CS(process, point, energy="13.9 TeV", order="LO").value
