"""How findings, checklists and defects look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from msgspec import structs
from rich.console import RenderableType
from rich.markup import escape
from rich.text import Text

from lhnets.cli.terminal import console, table
from lhnets_registry.errors import Defect
from lhnets_registry.report import Finding
from lhnets_registry.review.checklist import Checklist

if TYPE_CHECKING:
    from lhnets_registry.publishing.remote import RemoteVersion
    from lhnets_registry.store import Version

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
            f.item,
            coloured(f.outcome.replace("_", " ")),
            escape(f.figure),
            escape(f.criterion),
            escape(f.remedy),
        )
    return rows


def describe_version(version: Version | RemoteVersion) -> dict[str, Any]:
    """A version as plain values, for ``--json``."""
    return {"network": version.identity, **structs.asdict(version)}


def show(checklist: Checklist) -> None:
    """Print a checklist, and of its admission what fails."""
    if checklist.items:
        console.print(findings_table(checklist.items))
    if checklist.admission is not None and checklist.admission.failures:
        console.print(findings_table(checklist.admission.failures, title="admission"))
    fails = len(checklist.failures)
    console.print(
        f"{escape(checklist.identity)}: " + (f"[red]{fails} fail[/]" if fails else "nothing fails")
    )


def defects_list(defects: Iterable[Defect]) -> RenderableType:
    """Three lines a defect of an author's card: where and what, what was expected, what to do."""
    lines = [
        f"{d.line:>4}  [bold]{escape(d.path)}[/] {escape(d.what)}{escape(_got(d))}\n"
        f"      expected {escape(d.expected)}\n      {escape(d.remedy)}"
        for d in defects
    ]
    return Text.from_markup("\n".join(lines))


def _got(defect: Defect) -> str:
    return "" if defect.got == "nothing" else f": {defect.got}"


def coloured(word: str) -> str:
    """A status or an outcome in its colour."""
    colour = COLOURS.get(word)
    return f"[{colour}]{word}[/]" if colour else word
