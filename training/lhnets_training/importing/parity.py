"""The file against the original model: the same numbers, by two programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lhnets.format import Output, Parity
from lhnets_training.importing.errors import ParityError
from lhnets_training.importing.normalisation.columns import Array

LIMIT = 1e-5
"""Largest relative difference between file and original, of the spread of an output where it is linear."""


@dataclass(frozen=True)
class Compared:
    """One set of points and how far file and original are apart on them."""

    what: str
    points: int
    largest: float
    where: str

    @property
    def passed(self) -> bool:
        """Whether they agree."""
        return self.largest <= LIMIT


def compare(
    what: str, x: Array, original: Array, file: Array, outputs: Sequence[Output], names: Sequence[str]
) -> Compared:
    """The largest difference of values (N, k) at points (N, n), and where it is.

    Relative where the output is logarithmic, else over its spread on these points. Equal infinities and NaN agree.
    """
    scale = np.where([o.scale == "log" for o in outputs], np.abs(original), _spread(original))
    same = (file == original) | (np.isnan(file) & np.isnan(original))
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = np.where(same, 0.0, np.abs(file - original) / scale)
    difference = np.nan_to_num(difference, nan=np.inf)
    row, column = np.unravel_index(int(np.argmax(difference)), difference.shape)
    point = ", ".join(f"{n} = {v:.6g}" for n, v in zip(names, x[row], strict=True))
    numbers = f"{outputs[int(column)].name} {original[row, column]:.8g}, file {file[row, column]:.8g} at {point}"
    return Compared(what, len(x), float(difference.max(initial=0.0)), numbers)


def require(found: Sequence[Compared]) -> None:
    """Raise ParityError where a comparison fails.

    Raises
    ------
    ParityError
        with the point that differs most.
    """
    failed = [c for c in found if not c.passed]
    if failed:
        worst = max(failed, key=lambda c: c.largest)
        raise ParityError(
            f"the converted file differs from the original model by {worst.largest:.1e} on {worst.what}, expected at most "
            f"{LIMIT:g}: {worst.where}. The conversion of an operator is at fault; export the model to ONNX with another tool "
            "and import that"
        )


def parity(found: Sequence[Compared], against: str) -> Parity:
    """As the card says it."""
    what = " and ".join(f"{c.points:,} {c.what}" for c in found)
    return Parity(
        points=sum(c.points for c in found),
        max_relative=float(f"{max(c.largest for c in found):.2g}"),
        against=f"{against}, {what}",
    )


def _spread(values: Array) -> Array:
    finite = np.where(np.isfinite(values), values, 0.0)
    found = finite.std(axis=0)
    return np.asarray(np.where(found > 0, found, np.maximum(np.abs(finite).max(axis=0, initial=0.0), 1e-300)))
