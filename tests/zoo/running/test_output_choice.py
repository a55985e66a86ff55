import pytest

from lhnets import ParameterError
from lhnets._running.output_choice import choose_output

INSIDE = {"m_a": 500.0, "sqrt_s": 13000.0, "mu_over_m": 1.0}


def test_orders_and_outputs_select_a_column(net, truth):
    assert net(INSIDE).order == "NLO"
    assert net(INSIDE, order="lo").value == pytest.approx(truth(500.0, 13000.0))
    assert net(INSIDE, output="NLO scale up").value == pytest.approx(
        truth(500.0, 13000.0, column=2)
    )
    with pytest.raises(ParameterError, match="no output of order 'N3LO'"):
        net(INSIDE, order="N3LO")


def test_the_default_output_comes_first(net):
    assert choose_output(net.card).name == net.card.default_output
    assert choose_output(net.card, order="LO").order == "LO"
    assert choose_output(net.card, name="NLO scale up").name == "NLO scale up"


def test_an_energy_that_no_output_has_is_refused(net):
    with pytest.raises(ParameterError, match=r"at energy 8000\.0 GeV; it has .*NLO at"):
        choose_output(net.card, energy=8000.0)
