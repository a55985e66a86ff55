"""When a report admits a file."""

from __future__ import annotations

import pytest

from lhnets_registry.report import ITEMS, Report, failed, not_applicable, passed

FULL = tuple(passed(item, "as it should be") for item in ITEMS)


def report(*findings: object) -> Report:
    return Report("ab" * 32, 1000, 0.1, findings)  # type: ignore[arg-type]


def test_a_file_of_which_every_item_holds_is_admitted() -> None:
    assert report(*FULL).admitted
    assert report(*FULL[:-1], *not_applicable(ITEMS[-1:], "no table was given")).admitted


def test_one_failure_keeps_it_out() -> None:
    assert not report(*FULL[:-1], failed(ITEMS[-1], "too narrow", "wide enough")).admitted


@pytest.mark.parametrize("missing", ITEMS)
def test_an_item_that_was_not_looked_at_keeps_it_out(missing: str) -> None:
    found = report(*(f for f in FULL if f.item != missing))
    assert found.failures == ()
    assert not found.admitted


def test_a_notebook_shows_every_finding() -> None:
    shown = report(*FULL[:-1], failed(ITEMS[-1], "<too narrow>", "wide enough"))._repr_html_()
    assert "<caption>not admitted: " in shown
    assert "&lt;too narrow&gt;" in shown
    assert shown.count("<tr>") == len(FULL) + 1
