"""What an event network answers: all its outputs side by side, by name."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.composition import Sources, merge
from lhnets._answers.display import plus_minus
from lhnets._answers.number import Values, plain
from lhnets._answers.prediction import Prediction
from lhnets._answers.shifts import Move, Moves
from lhnets._answers.uncertain import ONE_SIGMA
from lhnets.errors import ParameterError
from lhnets.extras import import_optional
from lhnets.format import Card, Output

_SHOWN = 5


class EventPrediction(Prediction):
    """All outputs of an event network.

    Arithmetic with all of them at once needs outputs of one unit; choose one by its name otherwise.

    Attributes
    ----------
    value : array
        Shape (N, k), a column for each of ``names``; (k,) if one event was given.
    uncertainty : array
        One standard deviation (68 %), of the same shape.
    reach : array or float
        Shape (N,): at most 1 inside the training region, above 1 outside.
    """

    __slots__ = ("outputs",)

    def __init__(
        self,
        value: Values,
        uncertainty: Values,
        reach: Values,
        card: Card,
        point: NDArray[Any] | Callable[[], NDArray[Any]],
        row: Any = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        default = card.output(card.default_output)
        super().__init__(value, uncertainty, reach, card, default, point, None, row, notes)
        self.outputs: tuple[Output, ...] = card.central_outputs

    @property
    def names(self) -> tuple[str, ...]:
        """The outputs, in the order of the columns."""
        return tuple(o.name for o in self.outputs)

    @property
    def unit(self) -> str:
        """Unit of all outputs; several, separated by commas, if they differ."""
        return ", ".join(dict.fromkeys(o.unit for o in self.outputs))

    @property
    def moves(self) -> Moves:
        """Changes of the values in each variation, of the shape of ``value``.

        Zero for the outputs that have none.
        """
        each = [self._output(name).moves for name in self.names]
        none = Move(0.0, 0.0)
        return {
            source: Move(
                *(self._side_by_side([m.get(source, none)[k] for m in each]) for k in (0, 1))
            )
            for source in dict.fromkeys(source for m in each for source in m)
        }

    def interval(self, level: float = ONE_SIGMA) -> tuple[Values, Values]:
        """Lower and upper ends of the intervals, of the shape of ``value``.

        See `Prediction.interval`.
        """
        ends = [self._output(name).interval(level) for name in self.names]
        return self._side_by_side([e[0] for e in ends]), self._side_by_side([e[1] for e in ends])

    def to_dict(self) -> dict[str, Any]:
        """Everything about it, with the names of its ``outputs``, ready for JSON."""
        return {**super().to_dict(), "outputs": list(self.names)}

    def to_pandas(self) -> Any:
        """A pandas table, a row for each event.

        Columns ``NAME`` and ``NAME uncertainty`` for each output, and ``reach``.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        pandas = import_optional("pandas", "to_pandas")
        columns: dict[str, Any] = {}
        for name in self.names:
            output = self._output(name)
            columns |= {name: output.value, f"{name} uncertainty": output.uncertainty}
        columns["reach"] = self.reach
        return pandas.DataFrame({n: np.atleast_1d(c) for n, c in columns.items()})

    def __getitem__(self, index: Any) -> Prediction:
        """The output of a name, or the prediction for some of the events.

        A number, a slice, a mask or an array of numbers chooses events.
        """
        if isinstance(index, str):
            return self._output(index)
        if np.ndim(self.reach) == 0:
            raise TypeError("a prediction for one event has no items but its outputs, by name")
        value, uncertainty, reach = (
            np.asarray(a)[index] for a in (self.value, self.uncertainty, self.reach)
        )
        return type(self)(
            value,
            uncertainty,
            float(reach) if np.ndim(reach) == 0 else reach,
            self.card,
            self.points[index],
            None if self._row is None else self._row[index],
            self.notes,
        )

    def __len__(self) -> int:
        if np.ndim(self.reach) == 0:
            raise TypeError("a prediction for one event has no length")
        return len(np.asarray(self.reach))

    def _output(self, name: str) -> Prediction:
        if name not in self.names:
            raise KeyError(f"{self.network} has no output {name!r}; it has {', '.join(self.names)}")
        k = self.names.index(name)
        value, uncertainty = (np.asarray(a)[..., k] for a in (self.value, self.uncertainty))
        return Prediction(
            plain(value),
            plain(uncertainty),
            self.reach,
            self.card,
            self.outputs[k],
            self._point,
            row=self._row,
            notes=self.notes,
        )

    def _sources(self) -> Sources:
        """A source for each output, with the derivatives of the columns by it."""
        if len({o.unit for o in self.outputs}) > 1:
            raise ParameterError(
                f"the outputs of {self.network} have different units ({self.unit}): choose one by "
                f"its name, such as prediction[{self.names[0]!r}]"
            )
        columns = np.eye(len(self.names))
        outputs = [self._output(name) for name in self.names]
        return merge(
            *(
                ((o if isinstance(o.value, float) else o[:, np.newaxis])._sources(), column)
                for o, column in zip(outputs, columns, strict=True)
            )
        )

    def _side_by_side(self, columns: list[Values]) -> NDArray[np.float64]:
        """One value or array for each output as the columns of an array of the shape of
        ``value``."""
        return np.stack([np.broadcast_to(c, np.shape(self.reach)) for c in columns], axis=-1)

    def __str__(self) -> str:
        if np.ndim(self.reach) == 0:
            shown = ", ".join(
                f"{n} {plus_minus(float(v), float(u))}"
                for n, v, u in zip(
                    self.names, np.ravel(self.value), np.ravel(self.uncertainty), strict=True
                )
            )
        else:
            shown = f"{len(self)} events, each {', '.join(self.names[:_SHOWN])}"
            hidden = len(self.names) - _SHOWN
            shown += f" and {hidden} more" if hidden > 0 else ""
        return f"{shown} [{self.network}]"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.names)
        rows = np.atleast_2d(self.value)[:10]
        body = "".join("<tr>" + "".join(f"<td>{x:.4g}</td>" for x in row) + "</tr>" for row in rows)
        more = "" if len(np.atleast_1d(self.reach)) <= 10 else f"<p>and {len(self) - 10} more</p>"
        caption = html.escape(self.network)
        return f"<table><caption>{caption}</caption><tr>{head}</tr>{body}</table>{more}"


class ClassPrediction(EventPrediction):
    """Class probabilities: ``value`` (N, k), a column for each of ``names``."""

    __slots__ = ()

    @property
    def likeliest(self) -> NDArray[np.str_]:
        """The name of the likeliest class of each event.

        Of a single probability: the class if it is at least 1/2, else ``not NAME``.
        """
        names = np.array(self.names)
        value = np.asarray(self.value)
        if len(names) == 1:
            names = np.array([f"not {names[0]}", names[0]])
            value = np.concatenate([1 - value, value], axis=-1)
        found: NDArray[np.str_] = names[np.argmax(value, axis=-1)]
        return found
