"""How a network's value moves with the sources of uncertainty that its card states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.number import Values, plain
from lhnets._answers.shifts import Move, Moves, Shift, gather
from lhnets.format import (
    Card,
    ConstantVariation,
    InputVariation,
    KnownVariation,
    Output,
    ShareVariation,
)

Array = NDArray[np.float64]


class Predicted(Protocol):
    """Arrays that a network gives."""

    @property
    def value(self) -> Array:
        """Shape (N, k)."""
        ...

    @property
    def uncertainty(self) -> Array:
        """Shape (N, k)."""
        ...


Predicts: TypeAlias = Callable[[Array], Predicted]
"""What a network gives at rows (N, n)."""


@dataclass(frozen=True)
class Evaluated:
    """One output of a network at known points.

    Attributes
    ----------
    value : float or array
        Of the output.
    row : array or list
        All outputs, with one axis more than the value.
    points : array
        What was evaluated, with one axis more than the value.
    predict : callable, optional
        What the network gives at rows (N, n); needed if the card varies inputs.
    """

    card: Card
    output: Output
    value: Values
    row: Any
    points: NDArray[Any]
    predict: Predicts | None = None

    @property
    def moves(self) -> Moves:
        """How the value moves, by source and part."""
        return dict(self._find())

    def _find(self) -> Iterator[tuple[tuple[str, str], Move]]:
        for p in self.card.physics_uncertainty:
            if p.of == self.output.name:
                up, down = p.evaluate(self.value, self._column)
                yield (p.source, ""), Move(up, plain(np.negative(down)))
        for v in self.card.variations_of(self.output.name):
            yield (v.source, v.part), self._vary(v)

    def _vary(self, v: KnownVariation) -> Move:
        match v:
            case ConstantVariation():
                unit = np.abs(self.value) if v.relative else 1.0 + np.multiply(self.value, 0.0)
                return Move(plain(unit * v.up), plain(-unit * v.down))
            case ShareVariation():
                return Move(self._renormalised(v.up), self._renormalised(v.down))
            case InputVariation():
                return self._at_other_inputs(v)
            case _:
                assert_never(v)

    def _renormalised(self, changes: dict[str, float]) -> Values:
        """The change of the value where parts change by fractions and all are normalised again."""
        whole = sum(self._column(o.name) for o in self.card.central_outputs)
        grown = sum(self._column(name) * change for name, change in changes.items()) / whole
        own = changes.get(self.output.name, 0.0)
        moved: Values = plain(self.value * ((1 + own) / (1 + grown) - 1))
        return moved

    def _at_other_inputs(self, v: InputVariation) -> Move:
        """The changes of the value; where an input would leave its range, minus that of the other
        side."""
        number = [i.name for i in self.card.columns].index(v.input)
        column = self.card.columns[number]
        here = self.points[..., number]
        wanted = [here * 0 + x for x in v.values] if v.values else [here + s for s in v.steps or ()]
        changes = [self._changed(number, x) - self.value for x in wanted]
        if v.values:
            return Move(plain(changes[0]), plain(changes[1]))
        low = -np.inf if column.low is None else column.low
        high = np.inf if column.high is None else column.high
        beyond = [(x < low) | (x > high) for x in wanted]
        return Move(
            plain(np.where(beyond[0], np.negative(changes[1]), changes[0])),
            plain(np.where(beyond[1], np.negative(changes[0]), changes[1])),
        )

    def _changed(self, number: int, to: Array) -> Array:
        """The value with the column ``number`` of the inputs replaced."""
        assert self.predict is not None
        points = np.array(self.points)
        points[..., number] = to
        values = self.predict(points.reshape(-1, points.shape[-1])).value
        return values[:, self.card.output_index(self.output.name)].reshape(np.shape(to))

    def _column(self, name: str) -> Values:
        column: Values = plain(np.asarray(self.row)[..., self.card.output_index(name)])
        return column


def find_components(
    card: Card,
    output: Output,
    value: Values,
    row: Any,
    points: NDArray[Any],
    predict: Predicts | None = None,
) -> dict[str, Shift]:
    """The uncertainties of the truth of one output, by their source; arguments as of
    `Evaluated`."""
    return gather(Evaluated(card, output, value, row, points, predict).moves)
