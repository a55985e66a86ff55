"""Axes, the rows that figures are drawn from, and the figures themselves."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lhnets as ml
from lhnets.format import Classification, Curve
from lhnets_registry.catalogue import figures
from lhnets_registry.catalogue.axes import Scale, SvgFigure
from lhnets_registry.catalogue.evaluation import TableNetwork, evaluation

FINITE = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)
NAMES = [e.name for e in ml.search() if not any(i.tensor for i in e.inputs)]


def ready(name: str) -> tuple[TableNetwork, ml.Card, np.ndarray]:
    network = ml.load(name)
    found = evaluation(network.file.content, network.card)
    assert found is not None
    return found, network.card, np.array(network.file.reference.inputs["parameters"])


@given(st.lists(FINITE, min_size=1, max_size=20), st.booleans())
def test_a_scale_holds_its_values_and_its_ticks_lie_within(values: list[float], log: bool) -> None:
    array = np.abs(np.array(values)) + 1e-6 if log else np.array(values)
    scale = Scale.around(array, log=log)
    assert ((scale.at(array) >= 0) & (scale.at(array) <= 1)).all()
    ticks = scale.ticks()
    assert all(-1e-6 <= float(scale.at(np.array(t))) <= 1 + 1e-6 for t, _ in ticks)
    labels = [label for _, label in ticks if label]
    assert len(labels) == len(set(labels))


@given(st.floats(min_value=1e-200, max_value=1e200))
def test_a_scale_to_both_sides_is_round_and_holds_its_size(size: float) -> None:
    scale = Scale.both_sides(size)
    assert scale.high == -scale.low
    assert 0.999 * size <= scale.high <= 10.01 * size
    assert [label for _, label in scale.ticks(2)][1] == "0"


def test_labels_are_escaped_and_curves_have_gaps_where_there_is_no_number() -> None:
    figure = SvgFigure(Scale(0.0, 1.0), Scale(0.0, 1.0), '<"title">', "<x>", "&y")
    figure.line(np.linspace(0, 1, 5), np.array([0.1, 0.2, np.nan, 0.4, 0.5]), "line")
    figure.mark(0.5, "<mark>")
    svg = figure.svg()
    root = ElementTree.fromstring(svg)
    assert root.attrib["aria-label"] == '<"title">'
    assert "&lt;mark&gt;" in svg
    line = next(e for e in root.iter("path") if e.get("class") == "line")
    assert line.attrib["d"].count("M") == 2


@pytest.mark.parametrize("name", NAMES)
def test_the_starting_point_lies_in_the_region(name: str) -> None:
    found, card, reference = ready(name)
    point = found.start(reference)
    assert list(point) == [i.name for i in card.columns]
    assert ml.load(name).predict(np.array([list(point.values())])).reach[0] <= 1 + 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_unseen_rows_are_those_of_the_card_or_none(name: str) -> None:
    found, card, _ = ready(name)
    unseen = found.unseen()
    assert card.data is not None
    if not card.data.split.get("test"):
        assert unseen is None
        return
    assert unseen is not None
    error = np.abs(unseen.residual)
    v = card.validation
    assert len(error) == v.rows
    stated = [v.mean, v.median, v.q68, v.q95, v.q997, v.max]
    assert [
        error.mean(),
        *np.quantile(error, [0.5, 0.68, 0.95, 0.997]),
        error.max(),
    ] == pytest.approx(stated, rel=1e-3)


def test_rows_that_do_not_give_the_mean_error_of_the_card_are_not_shown() -> None:
    network = ml.load("cs-ttbar-lo")
    other = ml.load("cs-ttbar-lo").card
    import msgspec

    wrong = msgspec.structs.replace(
        other, training=msgspec.structs.replace(other.training, seed=99)
    )
    found = evaluation(network.file.content, wrong)
    assert found is not None
    seen = found.unseen()
    right = evaluation(network.file.content, other)
    assert right is not None
    assert right.unseen() is not None
    if seen is not None:  # another draw of the same rows may agree within the tolerance by chance
        assert np.abs(seen.residual).mean() == pytest.approx(other.validation.mean, rel=0.01)


def test_figures_of_one_network_are_sound_svg() -> None:
    found, card, reference = ready("cs-gluino-pair-lo")
    unseen = found.unseen()
    assert unseen is not None
    point = found.start(reference)
    drawn = [
        figures.error_distribution(card.errors, unseen).svg,
        figures.error_quantiles(card.errors).svg,
        *(f.svg for f in figures.residuals(card, card.errors.metric, unseen)),
        figures.histogram("m_go", "GeV", unseen.inputs[:, 0]),
    ]
    for svg in drawn:
        root = ElementTree.fromstring(svg)
        assert root.attrib["role"] == "img"
        assert "nan" not in svg
    sliced = figures.slice_of(
        card.outputs[0], card.columns[0], found.line(point, card.columns[0]), 2.0
    ).svg
    assert sliced.count('class="outside"') == 4
    assert "nan" not in re.sub(r"[a-z]*tan[a-z]*", "", sliced)


def test_a_column_of_one_value_has_no_histogram() -> None:
    assert figures.histogram("mu", "1", np.ones(10)) == ""
    assert figures.histogram("mu", "1", np.array([np.nan])) == ""


def classified(**curves):
    return Classification(
        signal="top",
        auc=0.98,
        accuracy=0.94,
        calibration_error=0.01,
        log_loss=0.2,
        curves={n: Curve(x_name="x", y_name="y", **c) for n, c in curves.items()},
    )


def test_a_classifier_shows_its_roc_curve_and_its_calibration():
    roc = {"x": (0.1, 0.3, 0.5), "y": (0.0, 0.004, 0.01), "error": (0.0, 0.001, 0.002)}
    reliability = {"x": (0.1, 0.9), "y": (0.12, 0.88)}
    found = classified(roc=roc, reliability=reliability)
    assert "Signal top" in figures.roc(found).caption
    assert "nan" not in figures.roc(found).svg
    assert "Share of top" in figures.calibration(found).caption


@pytest.mark.parametrize(
    "curve",
    [
        {"x": (0.1, 0.2), "y": (0.1,)},
        {"x": (0.1,), "y": (0.1,)},
        {"x": (0.1, float("nan")), "y": (0.1, 0.2)},
        {"x": (0.1, 0.2), "y": (0.1, 2.0)},
    ],
)
def test_a_curve_that_cannot_be_drawn_is_left_out(curve):
    found = classified(roc=curve, reliability=curve)
    assert figures.roc(found) is None
    assert figures.calibration(found) is None


def test_a_card_without_curves_has_no_figures_of_them():
    assert figures.roc(classified()) is None
    assert figures.calibration(classified()) is None
