"""Networks side by side."""

import numpy as np
import pytest

import lhnets as ml
from lhnets._answers.comparison import Comparison

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
PAIR = ["cs-gluino-pair-decoupled-13tev", "cs-gluino-pair-nnll-13tev"]
MASSES = {"m_go": np.array([1000.0, 2000.0, 3200.0]), "m_sq": 2500.0}


@pytest.fixture
def both():
    return ml.compare(PAIR, MASSES)


def test_each_network_answers_what_it_answers_alone(both):
    for p, params in zip(both, ({"m_go": MASSES["m_go"]}, MASSES), strict=True):
        alone = ml.load(p.network)(params, outside="nan")
        np.testing.assert_array_equal(p.value, alone.value)
    assert len(both) == 2


def test_differences_are_to_the_first(both):
    first, second = (p.value for p in both)
    np.testing.assert_array_equal(both.differences[0][:2], 0.0)
    np.testing.assert_allclose(both.differences[1], second / first - 1)
    assert np.isnan(both.differences[1][2])


def test_what_moves_both_moves_the_ratio_little(both):
    alone = both.predictions[1].components["pdf+alpha_s"]
    ratio = both.ratios[1].components["pdf+alpha_s"]
    assert ratio.up[0] / both.ratios[1].value[0] < 0.5 * alone.up[0] / both.predictions[1].value[0]


def test_units_are_those_of_the_first(zoo):
    p = zoo.load("cs-exponential")({"m_a": 500.0}, energy="13 TeV")
    found = Comparison((p, p))
    assert found.differences == (0.0, 0.0)
    with pytest.raises(ml.ParameterError, match="pb"):
        Comparison((p, p * p))


def test_forms(both):
    text = str(both)
    assert text.startswith("cs-gluino-pair-decoupled-13tev@")
    assert "to the first" in text
    assert "<table>" in both._repr_html_()
    assert repr(both).startswith("<Comparison of cs-gluino-pair-decoupled-13tev@")
    rows = both.to_dict()["networks"]
    assert [r["network"] for r in rows] == [p.network for p in both]
    assert rows[1]["difference"][0] == both.differences[1][0]
    table = both.to_pandas()
    assert len(table) == 3
    assert f"{both.predictions[1].network} difference" in table


def test_the_figure_has_values_and_ratios(both):
    above, below = both.plot().axes
    assert [line.get_label().partition(",")[0] for line in above.lines] == [p.network for p in both]
    np.testing.assert_allclose(below.lines[1].get_ydata()[:2], 1 + both.differences[1][:2])
    with pytest.raises(ml.ParameterError, match="one input that varies, got none"):
        ml.compare(PAIR, {"m_go": 1000.0, "m_sq": 2500.0}).plot()


def test_a_process_asks_all_networks_and_says_who_could_not_answer():
    order = "NNLO_approx+NNLL"
    found = ml.compare("p p > go go", {"m_go": 1000.0, "m_sq": 2500.0}, order=order)
    assert {p.card.name for p in found} == set(PAIR)
    assert list(found.left_out) == [ml.load("cs-gluino-pair-lo").name]
    assert order in found.left_out[ml.load("cs-gluino-pair-lo").name]
    assert "left out: cs-gluino-pair-lo" in str(found)


@pytest.mark.parametrize(
    ("networks", "params", "error", "message"),
    [
        (
            PAIR[:1],
            {"m_go": 1e3},
            ml.ParameterError,
            "needs two networks that answer, got cs-gluino",
        ),
        (PAIR, {**MASSES, "m_x": 1.0}, ml.ParameterError, "takes m_x: expected m_go, m_sq"),
        (PAIR, {"m_go": 1000.0}, ml.ParameterError, "misses m_sq"),
        ("p p > h h", MASSES, ml.NetworkNotFoundError, "no network computes"),
        ([PAIR[0], "nothing"], MASSES, ml.NetworkNotFoundError, "nothing"),
    ],
)
def test_what_cannot_be_compared(networks, params, error, message):
    with pytest.raises(error, match=message):
        ml.compare(networks, params)
