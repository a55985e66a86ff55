"""Errors on rows never seen: what stands in the card under `validation`, without any cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table

from lhnets.errors import Error
from lhnets.format import (
    Baseline,
    Card,
    Corner,
    ErrorSummary,
    Input,
    LabelNoise,
    Validation,
    list_figures,
)

Array = NDArray[np.float64]

NORMAL_997 = 2.968
"""Standard deviations that hold 99.7 % of normal errors."""
NORMAL_95 = 1.645
"""Standard deviations below which 95 % of normal errors lie."""


class LabelNoiseError(Error, ValueError):
    """Errors of labels that are none."""


def errors(truth: Array, value: Array, *, log: bool, spread: float = 1.0) -> Array:
    """|value/truth - 1| for a log output, else |value - truth| over the ``spread`` of the output.
    Shape (N,)."""
    return np.abs(value / truth - 1) if log else np.abs(value - truth) / spread


def summary(found: Array, coverage_68: float, coverage_95: float) -> ErrorSummary:
    """The distribution of the errors (N,) of one output."""
    q = np.quantile(found, [0.5, 0.68, 0.95, 0.997])
    numbers = (found.mean(), *q, found.max(), coverage_68, coverage_95)
    names = ("mean", "median", "q68", "q95", "q997", "max", "coverage_68", "coverage_95")
    return ErrorSummary(
        **{name: _short(number) for name, number in zip(names, numbers, strict=True)}
    )


def baseline(method: str, found: Array) -> Baseline:
    """The score of the simple method, whose errors (N,) are on the same rows."""
    q = np.quantile(found, [0.5, 0.997])
    return Baseline(
        method=method,
        mean=_short(found.mean()),
        median=_short(q[0]),
        q997=_short(q[1]),
        max=_short(found.max()),
    )


def label_noise(
    truth: Array, value: Array, error: Array, *, log: bool, spread: float = 1.0
) -> LabelNoise | None:
    """What the errors owe to the standard deviations ``error`` of the labels ``truth``, all of
    shape (N,); None without any.

    Raises
    ------
    LabelNoiseError
        If an ``error`` is negative or no number, or there are fewer than two rows.
    """
    if (
        error.shape != truth.shape
        or len(error) < 2
        or not (error >= 0).all()
        or not np.isfinite(error).all()
    ):
        raise LabelNoiseError(
            "expected one standard deviation of zero or more for each of at least two labels, got "
            f"{error.shape} for {truth.shape} labels, {int((~(error >= 0)).sum())} of them "
            "negative or no number; see `label_errors` of the recipe"
        )
    unit = value if log else spread
    residual, noise = (truth - value) / unit, error / unit
    if not noise.any():
        return None
    excess = residual**2 - noise**2
    beyond = max(float(excess.mean()), 0.0)
    limit = beyond + NORMAL_95 * float(excess.std(ddof=1)) / np.sqrt(len(excess))
    tail = np.sqrt(np.maximum(residual**2 - (NORMAL_997 * noise) ** 2, 0.0))
    return LabelNoise(
        rows=len(noise),
        rms=_short(np.sqrt(np.mean(noise**2))),
        beyond=_short(np.sqrt(beyond)),
        at_most=_short(np.sqrt(limit)),
        q997=_short(np.quantile(tail, 0.997)),
    )


def corners(
    x: Array,
    found: Array,
    inputs: Sequence[Input],
    extra: Mapping[str, NDArray[np.bool_]] | None = None,
) -> tuple[Corner, ...]:
    """Errors near each edge of the box (the outer tenth of an input's rows) and in the parts named
    in ``extra``.

    Worst mean first. Parts without rows are left out.
    """
    parts: dict[str, NDArray[np.bool_]] = {}
    for k, column in enumerate(inputs):
        low, high = np.quantile(x[:, k], [0.1, 0.9])
        unit = "" if column.unit == "1" else f" {column.unit}"
        parts[f"{column.name} < {low:.4g}{unit}"] = x[:, k] < low
        parts[f"{column.name} > {high:.4g}{unit}"] = x[:, k] > high
    parts.update(extra or {})
    made = [
        Corner(
            where=where,
            rows=int(inside.sum()),
            mean=_short(found[inside].mean()),
            max=_short(found[inside].max()),
        )
        for where, inside in parts.items()
        if inside.any()
    ]
    return tuple(sorted(made, key=lambda c: -c.mean))


def announce(card: Card, path: Path) -> None:
    """Print the figures and checks of a card, and where its network file is."""
    console = Console()
    console.print(figures(card))
    console.print(
        f"{path} ({path.stat().st_size / 1000:.0f} kB)",
        soft_wrap=True,
        markup=False,
        highlight=False,
    )


def figures(card: Card) -> Group:
    """The validation figures and the checks of a card as tables for the terminal."""
    v = card.validation
    shown = _errors(card, v) if isinstance(v, Validation) else [_listed(card)]
    graded = Table("check", "found", "expected", title="physics checks")
    for check in card.checks:
        mark = "[green]passed[/]" if check.passed else "[bold red]FAILED[/]"
        graded.add_row(
            f"{mark} {escape(check.name)}", escape(check.figure), escape(check.criterion)
        )
    return Group(*shown, graded) if card.checks else Group(*shown)


def _listed(card: Card) -> Table:
    """Figures of another kind than errors row by row."""
    table = Table("", "value", "error", title=f"{card.identity}: figures on unseen rows")
    for name, figure in list_figures(card.validation).items():
        words = escape(name.replace("_", " "))
        table.add_row(words, f"{figure.value:.4g}", f"{figure.error:.1e}")
    return table


def _errors(card: Card, v: Validation) -> list[RenderableType]:
    title = f"{card.identity}: {v.metric.replace('_', ' ')} error on {v.rows} unseen rows, no cut"
    table = Table(title=title, caption=f"baseline: {v.baseline.method}" if v.baseline else None)
    for heading in ("", "mean", "median", "99.7 %", "max", "in 68 %", "in 95 %"):
        table.add_column(heading, justify="right" if heading else "left")
    lines: dict[str, Validation | ErrorSummary] = {card.default_output: v, **v.outputs}
    for name, e in lines.items():
        table.add_row(name, *_numbers(e), f"{e.coverage_68:.3f}", f"{e.coverage_95:.3f}")
    if v.baseline is not None:
        table.add_row("baseline", *_numbers(v.baseline), "", "")
    shown: list[RenderableType] = [table]
    if (n := v.label_noise) is not None:
        shown.append(
            f"labels err by {n.rms:.2e} (rms of {n.rows} rows), the network beyond that by "
            f"{n.beyond:.2e}, at most {n.at_most:.2e} (95 %), 99.7 % {n.q997:.2e}"
        )
    return shown


def _numbers(e: Validation | ErrorSummary | Baseline) -> tuple[str, ...]:
    return tuple(f"{number:.2e}" for number in (e.mean, e.median, e.q997, e.max))


def _short(number: float) -> float:
    return float(f"{number:.4g}")
