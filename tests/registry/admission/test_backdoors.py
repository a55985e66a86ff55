"""Files that were prepared for the admission, against its random points and its other looks."""

from __future__ import annotations

import backdoors
import honest_networks
import numpy as np
import onnx
import pytest

from lhnets.format import Card, read
from lhnets_registry.admission import landmarks, region
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.graph_checks import static_checks
from lhnets_registry.admission.limits import Limits
from lhnets_registry.admission.trial import Trial
from lhnets_registry.mirror.export import bundled_mirror
from lhnets_registry.report import Finding

LIMITS = Limits()
SMOOTH = {"soft", "sigmoids"}
"""Windows without an edge: no search for jumps finds them if they are wide."""


@pytest.fixture(scope="module")
def honest() -> bytes:
    mirror = bundled_mirror()
    entries = [e for e in mirror.index.networks if e.name == "cs-ttbar-lo"]
    return mirror.fetch(max(entries, key=lambda e: e.version))[1]


def failing(content: bytes, seed: int = 1) -> set[str]:
    """What fails in the static checks and the trial, without a child process."""
    network = read(content)
    findings: list[Finding] = static_checks(content, network.card, LIMITS)
    findings += Trial(network, LIMITS, seed).findings()
    return {f.item for f in findings if f.outcome == "fail"}


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("kind", sorted(set(backdoors.KINDS) - SMOOTH))
def test_a_window_of_a_hundredth_is_found(honest: bytes, kind: str, hidden: bool) -> None:
    door = backdoors.make(kind, 1e-2, honest, 3, hidden=hidden)
    assert failing(door.content) & {"switches", "jumps", "finite", "reach_outside"}


@pytest.mark.parametrize("kind", ["window", "grid", "reach_lie_round"])
def test_a_window_of_a_ten_thousandth_is_found(honest: bytes, kind: str) -> None:
    door = backdoors.make(kind, 1e-4, honest, 3)
    assert failing(door.content) & {"switches", "jumps", "reach_outside"}


def test_functions_that_hide_nothing_are_admitted(honest: bytes) -> None:
    count = 2 * len(honest_networks.SHAPES)
    for kind, content in honest_networks.functions(count, read(honest), 5):
        assert not failing(content), kind


def test_a_network_of_another_seed_is_admitted(honest: bytes) -> None:
    assert not failing(honest_networks.retrained(honest, 1))


def test_each_admission_has_points_of_its_own_and_its_seed_gives_them_again(good: bytes) -> None:
    first = admit(good).report
    assert first.seed != admit(good).report.seed
    assert admit(good, seed=first.seed).report.findings == first.findings


def test_round_numbers_defaults_and_points_between_rows_are_looked_at(honest: bytes) -> None:
    network = read(honest)
    trial = Trial(network, LIMITS, 4)
    list(trial.findings())
    points = trial._inputs["parameters"]
    card: Card = network.card
    for column, name in enumerate(i.name for i in card.columns):
        values = points[:, column]
        assert {card.columns[column].low, card.columns[column].high} <= set(values), name
    rounded = np.isclose(points[:, 1] % 100, 0).mean()
    assert rounded > 0.02
    rows = np.asarray(network.reference.inputs["parameters"])
    middles = {tuple((a + b) / 2) for a in rows for b in rows}
    assert any(tuple(p) in middles for p in points)


def test_steps_outside_are_random_and_of_all_sizes(honest: bytes) -> None:
    network, rng = read(honest), np.random.default_rng(2)
    rows = np.asarray(network.reference.inputs["parameters"])
    marks = landmarks.Landmarks.of(network.card, rows, onnx.load_from_string(network.content))
    start = region.inside(network.card, 2000, rng)
    out = landmarks.step_out(marks, start, rng)
    assert region.violates(network.card, out).all()
    beyond = np.maximum(marks.low - out, out - marks.high) / (marks.high - marks.low)
    sizes = np.log10(np.max(beyond, axis=1))
    counted = np.histogram(sizes, [-7, -3, -1, 0, 9])[0]
    assert all(n > 20 for n in counted), counted
