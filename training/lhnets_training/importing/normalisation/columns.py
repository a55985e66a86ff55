"""How physical numbers become what a model takes, and what it gives becomes physical: one settled
reading of it.

A column of the model takes z = (u - shift) / width, with u the input itself or its logarithm. A
head gives f(v width + shift) times a factor, with f nothing, an exponential, and so on. Which
numbers of a file are shifts and widths is settled elsewhere
(`lhnets_training.importing.normalisation.settle`); nothing here guesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Log: TypeAlias = Literal["none", "ln", "log10"]
Then: TypeAlias = Literal["none", "exp", "10^", "square", "sigmoid"]

LN10 = float(np.log(10.0))


@dataclass(frozen=True, kw_only=True)
class ModelColumn:
    """One column that the model takes."""

    name: str
    """The input of the card."""
    log: Log = "none"
    shift: float = 0.0
    width: float = 1.0
    mask: float | None = None
    """The physical value that stands for "there is none", such as -999."""
    masked: float = 0.0
    """What the model takes in its place."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """One column that the model gives."""

    name: str
    """The output of the card."""
    shift: float = 0.0
    width: float = 1.0
    then: Then = "none"
    times: float = 1.0
    spread: bool = False
    """The model's own standard deviation of that output, in the same standardised coordinate;
    ``shift`` plays no part."""


@dataclass(frozen=True)
class Normalisation:
    """All columns in the order of the model, and all heads in the order of the model."""

    columns: tuple[ModelColumn, ...]
    heads: tuple[Head, ...]

    def prepared(self, x: Array, inputs: Sequence[str]) -> Array:
        """What the model takes, shape (N, columns), at physical points (N, n) whose columns are
        ``inputs``."""
        picked = x[:, [list(inputs).index(c.name) for c in self.columns]]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(picked)
        factor = np.array(
            [{"none": 0.0, "ln": 1.0, "log10": 1 / LN10}[c.log] for c in self.columns]
        )
        u = np.where(factor == 0, picked, logs * factor)
        z = (u - np.array([c.shift for c in self.columns])) / np.array(
            [c.width for c in self.columns]
        )
        for k, column in enumerate(self.columns):
            if column.mask is not None:
                z[:, k] = np.where(picked[:, k] == column.mask, column.masked, z[:, k])
        return np.asarray(z)

    def physical(self, v: Array, outputs: Sequence[str]) -> tuple[Array, Array | None]:
        """Values (N, k) in the order of ``outputs``, and the model's own standard deviations where
        it has them.

        ``v`` (N, heads) is what the model gives, as float64.
        """
        values = [self._value(v, name) for name in outputs]
        spreads = [self._spread(v, name, values[k]) for k, name in enumerate(outputs)]
        found = [s for s in spreads if s is not None]
        whole = np.stack(found, axis=1) if len(found) == len(outputs) else None
        return np.stack(values, axis=1), whole

    def head(self, name: str, *, spread: bool = False) -> int | None:
        """The number of the head that gives an output, or its standard deviation."""
        return next(
            (k for k, h in enumerate(self.heads) if h.name == name and h.spread == spread), None
        )

    def with_column(self, k: int, **changes: object) -> Normalisation:
        """The same with column ``k`` changed."""
        columns = list(self.columns)
        columns[k] = replace(columns[k], **changes)  # type: ignore[arg-type]
        return replace(self, columns=tuple(columns))

    def with_head(self, k: int, **changes: object) -> Normalisation:
        """The same with head ``k`` changed."""
        heads = list(self.heads)
        heads[k] = replace(heads[k], **changes)  # type: ignore[arg-type]
        return replace(self, heads=tuple(heads))

    def _value(self, v: Array, name: str) -> Array:
        k = self.head(name)
        assert k is not None
        head = self.heads[k]
        y = v[:, k] * head.width + head.shift
        with np.errstate(over="ignore"):
            if head.then == "exp":
                y = np.exp(y)
            elif head.then == "10^":
                y = np.exp(y * LN10)
            elif head.then == "square":
                y = y * y
            elif head.then == "sigmoid":
                y = 1 / (1 + np.exp(-y))
        return np.asarray(y * head.times)

    def _spread(self, v: Array, name: str, value: Array) -> Array | None:
        """By the slope of the transform at the value: that of exp is the value itself."""
        k = self.head(name, spread=True)
        if k is None:
            return None
        head = self.heads[k]
        sigma = np.abs(v[:, k] * head.width)
        if head.then in ("exp", "10^"):
            return np.asarray(sigma * np.abs(value) * (LN10 if head.then == "10^" else 1.0))
        return np.asarray(sigma * abs(head.times))
