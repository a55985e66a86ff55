"""`lhnets show` of classifiers: figures with their errors, sculpting, other samples, cost."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape

from lhnets._answers.display import plus_minus
from lhnets.cli.terminal import console, table
from lhnets.format import Classification, ClassSummary, Cost, ShiftedSample, Validation


def print_classification(validation: Validation) -> None:
    """Print how well classes are told apart, by the network and by its baseline."""
    own = validation.classification
    if own is None:
        return
    base = validation.baseline.classification if validation.baseline else None
    named = {"network": own, **({"baseline": base} if base is not None else {})}
    signal = escape(own.signal)
    title = f"\nClassification, signal {signal}; in brackets what perfect probabilities give"
    rows = table(
        "",
        "AUC|right",
        "accuracy|right",
        "1/eps_B at 30 %|right",
        "at 50 %|right",
        "calibration error|right",
        "log loss|right",
        title=title,
    )
    for name, c in named.items():
        rows.add_row(
            name,
            _with_error(c, "auc", 4),
            _with_error(c, "accuracy", 4),
            _with_error(c, "rejection_30", 4),
            _with_error(c, "rejection_50", 4),
            _with_error(c, "calibration_error", 2) + _floor(c),
            _with_error(c, "log_loss", 4),
        )
    console.print(rows)
    _print_classes(own)
    _print_sculpting(own)
    print_shifted(own.shifted)
    print_cost(own.cost)


def _with_error(figures: Classification | ClassSummary, name: str, digits: int) -> str:
    value, error = getattr(figures, name, None), figures.errors.get(name)
    if value is None:
        return "none passes" if name.startswith("rejection") else ""
    return f"{value:.{digits}g}" if error is None else plus_minus(value, error)


def _floor(figures: Classification | ClassSummary) -> str:
    return "" if figures.calibration_floor is None else f" ({figures.calibration_floor:.2g})"


def _print_classes(own: Classification) -> None:
    if not own.classes:
        return
    rows = table(
        "class",
        "AUC|right",
        "1/eps_B at 30 %|right",
        "at 50 %|right",
        "calibration error|right",
        title="\nEach class against the rest",
    )
    for name, c in own.classes.items():
        figures = [_with_error(c, n, 4) for n in ("auc", "rejection_30", "rejection_50")]
        rows.add_row(escape(name), *figures, _with_error(c, "calibration_error", 2) + _floor(c))
    console.print(rows)


def _print_sculpting(own: Classification) -> None:
    for s in own.sculpting:
        console.print(
            f"1/JSD of {escape(s.quantity)} between background that passes and that fails, at "
            f"{s.efficiency:.0%} signal efficiency, {s.bins} bins: "
            f"{plus_minus(s.figure.value, s.figure.error)}; a cut by chance gives "
            f"{s.floor:.3g}"
        )


def print_shifted(samples: Sequence[ShiftedSample]) -> None:
    """Print the figures on other samples, a column for each."""
    if not samples:
        return
    rows = table("on another sample", *(f"{escape(s.name)}|right" for s in samples), title="\n")
    for name in dict.fromkeys(n for s in samples for n in s.figures):
        found = [s.figures.get(name) for s in samples]
        cells = ["" if f is None else plus_minus(f.value, f.error) for f in found]
        rows.add_row(escape(name.replace("_", " ")), *cells)
    rows.add_row("rows", *(f"{s.rows:,}" for s in samples))
    console.print(rows)
    for s in samples:
        console.print(f"{escape(s.name)}: {escape(s.meaning)}")


def print_cost(cost: Cost | None) -> None:
    """Print size and speed."""
    if cost is None:
        return
    parts = [f"{cost.parameters:,} parameters"]
    if cost.flops is not None:
        parts.append(f"{cost.flops:,.0f} multiplications and additions an event")
    if cost.entries is not None:
        parts.append(f"{cost.entries} entries")
    if cost.microseconds is not None:
        parts.append(f"{cost.microseconds:.3g} us an event ({escape(cost.measured_on)})")
    console.print("; ".join(parts))
