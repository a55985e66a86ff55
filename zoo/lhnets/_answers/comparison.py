"""Answers of several networks to the same question, side by side."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from lhnets._answers.number import Values
from lhnets._answers.prediction import Prediction
from lhnets._answers.quantity import Composed, divide
from lhnets._answers.uncertain import listed
from lhnets._asking import units
from lhnets.errors import ParameterError
from lhnets.extras import import_optional


@dataclass(frozen=True)
class Comparison:
    """What networks answer at the same points, and how far each is from the first.

    Attributes
    ----------
    predictions : tuple of Prediction
        At least two, of the same shape and kind of unit.
    left_out : mapping
        Networks that could not answer, by name, with the reason.
    """

    predictions: tuple[Prediction, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.predictions) < 2:
            found = ", ".join(p.network for p in self.predictions) or "none"
            reasons = "".join(f"; {name}: {why}" for name, why in self.left_out.items())
            raise ParameterError(
                f"a comparison needs two networks that answer, got {found}{reasons}"
            )
        for one, other in pairwise(self.predictions):
            units.factor(one.unit, other.unit)

    def __len__(self) -> int:
        return len(self.predictions)

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.predictions)

    @cached_property
    def ratios(self) -> tuple[Composed, ...]:
        """Each of the answers over the first, with its uncertainty; sources that move both move
        the ratio only by what differs."""
        first = self.predictions[0]
        return tuple(divide(p.to(first.unit), first) for p in self.predictions)

    @property
    def differences(self) -> tuple[Values, ...]:
        """Each of the answers over the first, minus one."""
        return tuple(r.value - 1 for r in self.ratios)

    @property
    def labels(self) -> tuple[str, ...]:
        """Network and what it computed, a line for each."""
        return tuple(f"{p.network} ({p.conditions or p.output.name})" for p in self.predictions)

    def to_dict(self) -> dict[str, Any]:
        """Everything about it, ready for JSON."""
        rows = [
            {
                **p.to_dict(),
                "difference": listed(r.value - 1),
                "ratio_uncertainty": listed(r.uncertainty),
            }
            for p, r in zip(self.predictions, self.ratios, strict=True)
        ]
        return {"networks": rows, "left_out": dict(self.left_out)}

    def to_pandas(self) -> Any:
        """A pandas table, a row for each point: for each network its value, ``… uncertainty``, and
        ``… difference`` to the first, relative.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        pandas = import_optional("pandas", "to_pandas")
        columns: dict[str, Any] = {}
        for p, difference in zip(self.predictions, self.differences, strict=True):
            columns[p.network] = p.value
            columns[f"{p.network} uncertainty"] = p.uncertainty
            columns[f"{p.network} difference"] = difference
        shape = np.shape(self.predictions[0].value)
        return pandas.DataFrame(
            {n: np.ravel(np.broadcast_to(c, shape)) for n, c in columns.items()}
        )

    def plot(self, over: str | None = None) -> Any:
        """Draw the values over the input that varies; below, each over the first, with bands of
        its own sources.

        Parameters
        ----------
        over
            The input on the axis; needed if several vary.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ParameterError
            If there is a single point, or several inputs vary and none is named.
        MissingExtraError
            If matplotlib is not installed.
        """
        from lhnets._answers.drawing import draw_comparison, find_axis

        params = {n: v for p in self.predictions for n, v in p.params.items()}
        named = {i.name: i.unit for p in self.predictions for i in p.card.columns}
        return draw_comparison(self.predictions, find_axis(params, over, named))

    def __str__(self) -> str:
        lines = [f"{label}: {text}" for label, text in zip(self.labels, self._texts, strict=True)]
        return "\n".join([*lines, *self._reasons])

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(p.network for p in self.predictions)}>"

    def _repr_html_(self) -> str:
        body = "".join(
            f"<tr><td>{html.escape(label)}</td><td>{html.escape(text)}</td></tr>"
            for label, text in zip(self.labels, self._texts, strict=True)
        )
        reasons = "".join(f"<p>{html.escape(r)}</p>" for r in self._reasons)
        return f"<table><tr><th>network</th><th>answer</th></tr>{body}</table>{reasons}"

    @property
    def _reasons(self) -> list[str]:
        return [f"left out: {name}: {why}" for name, why in self.left_out.items()]

    @property
    def _texts(self) -> Iterator[str]:
        first = True
        for p, difference in zip(self.predictions, self.differences, strict=True):
            beside = "" if first else f", {_write_difference(difference)} to the first"
            yield f"{p.to_text()}{beside}"
            first = False


def _write_difference(difference: Values) -> str:
    """A relative difference, or its range, in per cent.

    >>> _write_difference(0.0123)
    '+1.2 %'
    """
    known = np.ravel(difference)[np.isfinite(np.ravel(difference))]
    if not known.size:
        return "no common point"
    ends = dict.fromkeys(f"{100 * x:+.2g} %" for x in (known.min(), known.max()))
    return " to ".join(ends)
