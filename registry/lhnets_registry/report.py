"""The report of an admission: one finding for each item, with its figure."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

Outcome: TypeAlias = Literal["pass", "fail", "not_applicable"]

ENVELOPE_ITEMS = ("size", "format", "metadata", "card", "text", "subject", "digest", "reference")
"""What is read from the outermost level of the file, without any parser of ONNX."""

STATIC_ITEMS = (
    "confined",
    "parse",
    "self_contained",
    "dense",
    "functions",
    "subgraphs",
    "operators",
    "opset",
    "nodes",
    "interface",
    "tensor_sizes",
    "checker",
    "switches",
)
"""What is read from the graph before any session is made."""

TRIAL_ITEMS = (
    "loads",
    "reference_points",
    "deterministic",
    "finite",
    "positive",
    "uncertainty",
    "batch",
    "padding",
    "reach_inside",
    "reach_outside",
    "jumps",
    "coverage",
    "rows",
)
"""What the running network shows."""

ITEMS = ENVELOPE_ITEMS + STATIC_ITEMS + TRIAL_ITEMS


class Finding(Struct, frozen=True):
    """What one item of the admission showed.

    ``figure`` is what was found, ``criterion`` what is expected, ``remedy`` what the author can do
    about a failure.
    """

    item: str
    outcome: Outcome
    figure: str
    criterion: str = ""
    remedy: str = ""


class Report(Struct, frozen=True):
    """All findings on one file, in the order of `ITEMS`.

    ``seed`` is that of the random points, drawn for this admission: with it the verdict can be had
    again. None in reports of before there was one.
    """

    sha256: str
    size: int
    seconds: float
    findings: tuple[Finding, ...]
    seed: int | None = None

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that keep the file out."""
        return tuple(f for f in self.findings if f.outcome == "fail")

    @property
    def admitted(self) -> bool:
        """Whether every item was looked at and none failed."""
        return not self.failures and {f.item for f in self.findings} >= set(ITEMS)

    def __getitem__(self, item: str) -> Finding:
        """The finding on ``item``."""
        for finding in self.findings:
            if finding.item == item:
                return finding
        raise KeyError(item)

    def _repr_html_(self) -> str:
        verdict = "admitted" if self.admitted else "not admitted"
        rows = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
            for f in self.findings
            for cells in [(f.item, f.outcome.replace("_", " "), f.figure, f.criterion, f.remedy)]
        )
        head = "".join(f"<th>{c}</th>" for c in ("item", "outcome", "found", "expected", "remedy"))
        caption = f"{verdict}: {self.sha256[:12]}, {self.size:,} bytes, {self.seconds:.1f} s"
        return f"<table><caption>{caption}</caption><tr>{head}</tr>{rows}</table>"

    def to_json(self) -> bytes:
        """The report as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes) -> Report:
        """A report from its JSON."""
        return msgspec.json.decode(data, type=cls)


def passed(item: str, figure: str, criterion: str = "") -> Finding:
    """An item that holds."""
    return Finding(item, "pass", figure, criterion)


def failed(item: str, figure: str, criterion: str, remedy: str = "") -> Finding:
    """An item that does not hold."""
    return Finding(item, "fail", figure, criterion, remedy)


def judged(item: str, problems: list[str], good: str, criterion: str, remedy: str) -> Finding:
    """An item that holds where there are no ``problems``; the first five are named."""
    if not problems:
        return passed(item, good, criterion)
    more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
    return failed(item, "; ".join(problems[:5]) + more, criterion, remedy)


def not_applicable(items: Iterable[str], why: str) -> list[Finding]:
    """Items that were not looked at."""
    return [Finding(item, "not_applicable", why) for item in items]
