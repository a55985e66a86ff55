"""The checklist of reusable networks: each recommendation an item that can fail."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lhnets import format as c
from lhnets_registry.cards import card_file
from lhnets_registry.cards.new import card_text
from lhnets_registry.mirror.export import bundled_mirror
from lhnets_registry.report import ITEMS, Finding, Report
from lhnets_registry.review.checklist import Checklist, of_draft, of_network

from ..author_card import GOOD
from ..conftest import small_card

CITED = {"A:2026": "@article{A:2026, title = {x}}"}


def report(**outcomes: str) -> Report:
    findings = [
        Finding(i, outcomes.get(i, "pass"), f"figure of {i}", f"criterion of {i}") for i in ITEMS
    ]  # type: ignore[arg-type]
    return Report("ab" * 32, 1000, 1.0, tuple(findings))


def card(**changes: Any) -> c.Card:
    truth = c.Truth(program="formula", version="1", references=("A:2026",))
    return small_card(**({"truth": truth, "references": CITED} | changes))


def validation(**changes: Any) -> c.Validation:
    return msgspec.structs.replace(small_card().validation, **changes)


def test_a_good_network_fails_nothing() -> None:
    made = of_network(card(), report(), ["cs-squark-pair-lo"])
    assert made.failures == ()
    assert made["archive"].outcome == "not_applicable"
    assert "lhnets deposit" in made["archive"].figure
    assert msgspec.json.decode(made.to_json(), type=Checklist) == made


CASES: list[tuple[str, dict[str, Any], str]] = [
    (
        "inputs",
        {"inputs": (c.Input(name="m", meaning="m", unit="GeV", low=0.0, high=1.0),)},
        "m is not defined",
    ),
    (
        "inputs",
        {"inputs": (c.Input(name="m", meaning="mass", unit=" ", low=0.0, high=1.0),)},
        "m has no unit",
    ),
    (
        "inputs",
        {"inputs": (c.Input(name="j", meaning="jets", unit="GeV", shape=("N", "P", 4)),)},
        "along its last axis",
    ),
    ("outputs", {"outputs": (c.Output(name="y", unit="pb", meaning="Y"),)}, "y is not defined"),
    ("truth", {"truth": c.Truth(program="formula", version="1")}, "without a reference"),
    ("licence", {"licence": "not stated"}, "'not stated'"),
    ("authors", {"authors": (c.Author(name="not stated"),)}, "nobody is named"),
    (
        "processing_inside",
        {"parity": c.Parity(points=10, max_relative=0.1, against="keras")},
        "1.0e-01",
    ),
    ("validation", {"validation": validation(rows=0, coverage_68=0.68)}, "no rows"),
    ("baseline", {"validation": validation(mean=2e-3)}, "mean error 0.002 against 0.001"),
    (
        "uncertainty",
        {"validation": validation(rows=10_000, coverage_68=0.5)},
        "50.0% of 10,000 rows",
    ),
    (
        "checks",
        {"checks": (c.Check(name="positive", passed=False, figure="-1", criterion="above 0"),)},
        "positive: -1",
    ),
    (
        "versions",
        {"training": msgspec.structs.replace(small_card().training, framework_version="unknown")},
        "not a version",
    ),
    (
        "applicability",
        {"inputs": (c.Input(name="j", meaning="jets", unit="1", shape=("N", 4)),), "region": ()},
        "no input",
    ),
]


@pytest.mark.parametrize(("item", "changes", "words"), CASES)
def test_each_item_can_fail(item: str, changes: dict[str, Any], words: str) -> None:
    made = of_network(card(**changes), report())
    assert [f.item for f in made.failures] == [item]
    assert words in made[item].figure
    assert made[item].remedy


@pytest.mark.parametrize(
    ("admission", "item"),
    [
        ("interface", "processing_inside"),
        ("reference_points", "sample_points"),
        ("reach_outside", "applicability"),
        ("coverage", "uncertainty"),
    ],
)
def test_items_rest_on_the_admission(admission: str, item: str) -> None:
    made = of_network(card(), report(**{admission: "fail"}))
    assert {f.item for f in made.failures} == {"admission", item, admission}
    assert f"figure of {admission}" in made[item].figure


def test_the_coverage_of_probabilities_counts_bins_not_rows() -> None:
    """80 reliability bins leave open what so few do."""
    binned = {"metric": "of_probability", "rows": 2000}
    for covered, outcome in ((0.79, "pass"), (0.56, "pass"), (0.5, "fail"), (0.85, "fail")):
        found = of_network(card(validation=validation(coverage_68=covered, **binned)), report())
        assert found["uncertainty"].outcome == outcome


def test_an_exact_evaluation_may_hold_all() -> None:
    for largest, outcome in ((1e-13, "pass"), (1e-6, "fail")):
        judged = validation(rows=10_000, coverage_68=1.0, coverage_95=1.0, max=largest)
        found = of_network(card(validation=judged), report())
        assert found["uncertainty"].outcome == outcome


def test_names_that_look_alike_fail() -> None:
    made = of_network(card(), report(), ["cs-gluino-pair-1o", "cs-squark-pair-lo"])
    assert made["name"].figure == "cs-gluino-pair-lo could be taken for cs-gluino-pair-1o"
    assert (
        of_network(card(), report(), ["cs-gluino-pair-1o", "cs-gluino-pair-lo"])["name"].outcome
        == "pass"
    )


def test_what_does_not_apply_says_why() -> None:
    made = of_network(card(checks=(), data=None, validation=validation(baseline=None)), report())
    for item in ("checks", "data", "baseline", "archive", "defaults"):
        assert made[item].outcome == "not_applicable"
        assert made[item].figure


def test_an_authors_card_before_there_is_a_file() -> None:
    made = of_draft(card_file.parse(GOOD))
    assert made.failures == ()
    assert "no network file yet" in made["sample_points"].figure
    skeleton = of_draft(card_file.parse(card_text("a-network", "cross_section")))
    assert {"filled_in", "truth"} <= {f.item for f in skeleton.failures}


def test_every_bundled_network_passes() -> None:
    """Their admission is tested elsewhere. Entries of a task may lose to its baseline: its table
    says so."""
    ranked = {n.name for task in bundled_mirror().index.tasks for n in task.networks}
    for entry in bundled_mirror().index.networks:
        failures = of_network(bundled_mirror().card(entry), report()).failures
        allowed = {"baseline"} if entry.name in ranked else set()
        assert [f for f in failures if f.item not in allowed] == [], entry.name
