"""The map of a card's coverage: a line for each quantity, a cell for each of its quantiles."""

from __future__ import annotations

from msgspec import Struct

from lhnets.format import Card, Cell, Validation

LEVELS = ((0.55, "far-below"), (0.62, "below"), (0.74, "near"))
"""Shares below which a cell is drawn so; those of more are `above`."""
CORNERS = 6
"""Corners that are shown, the worst first."""


class ShownCell(Struct, frozen=True):
    """A cell: what it is, its share, and the class that it is drawn with."""

    where: str
    rows: int
    share: float
    error: float
    level: str


class CoverageLine(Struct, frozen=True):
    """The cells of one quantity, from low to high."""

    name: str
    cells: tuple[ShownCell, ...]


class CoveragePart(Struct, frozen=True):
    """The map of the default output, and the worst cell of all outputs."""

    least_rows: int
    lines: tuple[CoverageLine, ...]
    worst: ShownCell


def describe_coverage(card: Card) -> CoveragePart | None:
    """The map that the card states; None if it states none."""
    stated = card.validation.coverage if isinstance(card.validation, Validation) else None
    if stated is None or not stated.cells:
        return None
    own = [c for c in stated.cells if c.output == card.default_output]
    lines: dict[str, list[Cell]] = {}
    for cell in own:
        if len(cell.bounds) == 1:
            lines.setdefault(next(iter(cell.bounds)), []).append(cell)
    corners = sorted((c for c in own if len(c.bounds) > 1), key=lambda c: c.coverage_68)[:CORNERS]
    if corners:
        lines["corners"] = corners
    return CoveragePart(
        stated.least_rows,
        tuple(
            CoverageLine(name, tuple(_show(c, card) for c in cells))
            for name, cells in lines.items()
        ),
        _show(stated.worst, card),
    )


def _show(cell: Cell, card: Card) -> ShownCell:
    level = next((name for top, name in LEVELS if cell.coverage_68 < top), "above")
    where = ", ".join(
        _describe_bounds(name, low, high) for name, (low, high) in cell.bounds.items()
    )
    of = "" if cell.output == card.default_output else f"{cell.output} at "
    return ShownCell(of + where, cell.rows, cell.coverage_68, cell.error, level)


def _describe_bounds(name: str, low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{name} {low:.3g} to {high:.3g}"
    return f"{name} > {low:.3g}" if low is not None else f"{name} < {high:.3g}" if high else name
