import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets import ParameterError
from lhnets._asking.energy import canonical_order, order_rank, parse_energy, speak_energy


@pytest.mark.parametrize(
    ("text", "gev"),
    [
        ("13 TeV", 13000.0),
        ("13.6tev", 13600.0),
        ("13600 GeV", 13600.0),
        (13000, 13000.0),
        ("1.3e4", 13000.0),
        (None, None),
    ],
)
def test_energies(text, gev):
    assert parse_energy(text) == gev


@pytest.mark.parametrize(
    "text", ["13 PeV", "", "TeV", "-13 TeV", 0.0, -1, float("nan"), float("inf")]
)
def test_no_energies(text):
    with pytest.raises(ParameterError, match="energy"):
        parse_energy(text)


@given(st.integers(min_value=1, max_value=100_000))
def test_spoken_energies_are_read_back(gev):
    assert parse_energy(speak_energy(float(gev))) == pytest.approx(gev, rel=1e-5)


def test_orders_have_one_spelling_and_a_rank():
    assert (
        canonical_order("NNLOapprox + NNLL")
        == canonical_order("aNNLO+NNLL")
        == canonical_order("NNLO_approx+NNLL")
    )
    assert canonical_order("NNLO+NNLL") != canonical_order("NNLO_approx+NNLL")
    ranked = [None, "LO", "NLO", "NLO+NLL", "aNNLO+NNLL", "NNLO", "N3LO"]
    assert sorted(ranked, key=order_rank) == ranked
