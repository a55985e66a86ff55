"""How findings, checklists and defects look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.markup import escape

from lhnets.cli.terminal import console, table
from lhnets_registry.checklist import Checklist
from lhnets_registry.errors import Defect
from lhnets_registry.report import Finding

COLOURS = {
    "verified": "green",
    "candidate": "yellow",
    "rejected": "red",
    "retracted": "red",
    "pass": "green",
    "fail": "red",
    "valid": "green",
    "expired": "yellow",
    "revoked": "red",
}


def findings_table(findings: Iterable[Finding], title: str | None = None) -> RenderableType:
    """One line an item: outcome, figure, criterion, what to do."""
    rows = table("item", "", "found", "expected", "what to do", title=title)
    for f in findings:
        rows.add_row(
            f.item, coloured(f.outcome.replace("_", " ")), escape(f.figure), escape(f.criterion), escape(f.mend)
        )
    return rows


def show(checklist: Checklist) -> None:
    """Print a checklist, and of its admission what fails."""
    if checklist.items:
        console.print(findings_table(checklist.items))
    if checklist.admission is not None and checklist.admission.failures:
        console.print(findings_table(checklist.admission.failures, title="admission"))
    fails = len(checklist.failures)
    console.print(f"{escape(checklist.identity)}: " + (f"[red]{fails} fail[/]" if fails else "nothing fails"))


def defects_table(defects: Iterable[Defect]) -> RenderableType:
    """One line a defect of an author's card."""
    rows = table("line|right", "field", "defect", "expected", "got", "what to do")
    for d in defects:
        rows.add_row(str(d.line), *(escape(text) for text in (d.path, d.what, d.expected, d.got, d.mend)))
    return rows


def coloured(word: str) -> str:
    """A status or an outcome in its colour."""
    colour = COLOURS.get(word)
    return f"[{colour}]{word}[/]" if colour else word
