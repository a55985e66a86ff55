"""Whether the 68 % intervals hold in every part of a table, not only on average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from lhnets.format import AnyValidation, Check, Output, Validation
from lhnets_training.recipe import Array

NOMINAL, LEAST = 0.68, 0.60
"""What the intervals should hold, and what they must hold in the worst part."""
ERRORS = 2.0
"""Standard errors that a part with few rows may be below that."""
PARTS = 3
"""Parts by the size of each output where the rows are too few for cells."""


def judge_parts(
    validation: AnyValidation,
    held: NDArray[np.bool_],
    labels: Array,
    outputs: Sequence[Output],
) -> Check:
    """The part that lacks most, of the card's cells, or of thirds of each output.

    Parameters
    ----------
    held : whether the truth of each unseen row lies in its interval, shape (M, k)
    labels : the outputs of these rows, shape (M, k)
    """
    parts = _cells(validation) or _thirds(held, labels, outputs)
    where, share, rows = min(parts, key=lambda part: part[1] + ERRORS * _error(part[2]))
    return Check(
        name="intervals hold in every part",
        passed=bool(share >= LEAST - ERRORS * _error(rows)),
        figure=f"{100 * share:.0f} % of {rows} rows with {where}, the worst of {len(parts)} parts",
        criterion=f"68 % intervals hold at least {100 * LEAST:.0f} % of the rows of each part, "
        "within "
        f"{ERRORS:g} standard errors",
    )


def _cells(validation: AnyValidation) -> list[tuple[str, float, int]]:
    """Words, covered share and rows of the card's cells."""
    found = validation.coverage if isinstance(validation, Validation) else None
    return [
        (f"{_tell(cell.bounds)} ({cell.output})", cell.coverage_68, cell.rows)
        for cell in (found.cells if found is not None else ())
    ]


def _thirds(
    held: NDArray[np.bool_], labels: Array, outputs: Sequence[Output]
) -> list[tuple[str, float, int]]:
    found = []
    for k, output in enumerate(outputs):
        for rows in np.array_split(np.argsort(labels[:, k]), PARTS):
            bounds: dict[str, tuple[float | None, float | None]] = {
                output.name: (float(labels[rows, k].min()), float(labels[rows, k].max()))
            }
            found.append((_tell(bounds), float(held[rows, k].mean()), len(rows)))
    return found


def _tell(bounds: Mapping[str, tuple[float | None, float | None]]) -> str:
    told = []
    for name, (low, high) in bounds.items():
        start = "" if low is None else f" from {low:.4g}"
        end = "" if high is None else f" to {high:.4g}"
        told.append(f"{name}{start}{end}")
    return ", ".join(told)


def _error(rows: int) -> float:
    return sqrt(NOMINAL * (1 - NOMINAL) / rows)
