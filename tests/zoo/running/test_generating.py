"""The density of a generator, and what its card says of it."""

import msgspec
import numpy as np
import pytest

import lhnets as ml
from lhnets._running.generating import find_conditions, find_density, generate
from lhnets._running.outputs import Arrays
from lhnets.format import Feature, Input, Output, find_contradictions, find_requirements

pytest.importorskip("onnx")
import figure_kinds


class Exponential:
    """x = -m ln(1 - z), y = 2 z' - 1, and their density at given events."""

    def __init__(self):
        plain = figure_kinds.card("generator")
        asked = Input(
            name="events",
            meaning="whose density is asked for",
            unit="1",
            shape=("N", 2),
            features=(
                Feature(name="x", meaning="x", unit="GeV", low=0.0, high=5000.0),
                Feature(name="y", meaning="y", unit="1", low=-1.0, high=1.0),
            ),
        )
        density = Output(
            name="log_density",
            unit="1",
            meaning="log density",
            has_uncertainty=False,
            density_of="events",
        )
        noise, mass = plain.inputs
        noise = msgspec.structs.replace(noise, noise="uniform", dtype="float64", shape=("N", 2))
        self.card = msgspec.structs.replace(
            plain, inputs=(noise, mass, asked), outputs=(*plain.outputs, density)
        )
        self.session = self

    def run(self, arrays):
        m = arrays["parameters"][:, 0]
        x, z = arrays["events"][:, 0], arrays["z"]
        drawn = np.stack([-m * np.log1p(-z[:, 0]), 2 * z[:, 1] - 1], 1)
        value = np.concatenate([drawn, (-x / m - np.log(2 * m))[:, None]], 1)
        return Arrays(value, np.zeros_like(value), np.abs((m - 55) / 45))


@pytest.fixture
def network():
    return Exponential()


def test_the_density_integrates_to_one_and_vanishes_where_no_event_is(network):
    x = np.linspace(0, 2000, 4001)
    events = np.stack([x, np.full_like(x, 0.3)], 1)
    found = find_density(network, events, {"m": 50.0}, "raise")
    assert np.trapezoid(found, x) * 2 == pytest.approx(1, rel=1e-3)
    assert find_density(network, [[10.0, 1.5], [-1.0, 0.0]], {"m": 50.0}, "raise").tolist() == [
        0,
        0,
    ]
    assert find_density(network, np.empty((0, 2)), {"m": 50.0}, "raise").shape == (0,)


def test_each_event_may_have_its_own_condition(network):
    events = np.array([[10.0, 0.0], [10.0, 0.0]])
    found = find_density(network, events, {"m": np.array([20.0, 50.0])}, "raise")
    np.testing.assert_allclose(found, np.exp(-10 / np.array([20, 50])) / [40, 100], rtol=1e-12)


def test_events_are_drawn_from_the_density_and_without_its_column(network):
    found = generate(network, 20_000, 3, {"m": 50.0}, "raise")
    assert found.names == ("x", "y")
    assert found.value.shape == (20_000, 2)
    assert found["x"].value.mean() == pytest.approx(50, rel=0.03)
    assert find_conditions(network.card) == {"m": (10.0, 100.0)}


def test_what_cannot_have_a_density_is_refused(network):
    with pytest.raises(
        ml.ParameterError, match=r"of shape \(N, 2\), finite numbers in the order x"
    ):
        find_density(network, np.zeros((3, 3)), {"m": 50.0}, "raise")
    with pytest.raises(ml.OutsideRegionError, match="1 of 1 events lie outside"):
        find_density(network, np.zeros((1, 2)), {"m": 500.0}, "raise")
    assert np.isnan(find_density(network, np.zeros((1, 2)), {"m": 500.0}, "nan")).all()
    network.card = figure_kinds.card("generator")
    with pytest.raises(ml.ParameterError, match="gives no density of events"):
        find_density(network, np.zeros((3, 2)), {"m": 50.0}, "raise")


def test_the_card_of_a_density_names_a_tensor_with_ranges(network):
    card = network.card
    assert "density" in find_requirements(card)
    assert find_contradictions(card) == []
    assert "density" not in find_requirements(figure_kinds.card("generator"))
    wrong = msgspec.structs.replace(card, inputs=card.inputs[:2])
    assert "which is not a tensor" in " ".join(find_contradictions(wrong))
    bare = msgspec.structs.replace(card.inputs[2], features=())
    wrong = msgspec.structs.replace(card, inputs=(*card.inputs[:2], bare))
    assert "a range for each feature" in " ".join(find_contradictions(wrong))
