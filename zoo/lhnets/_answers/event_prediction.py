"""What an event network answers: all its outputs side by side, by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.prediction import Prediction, Values, plus_minus
from lhnets.format import Card, Output

_SHOWN = 5


class EventPrediction(Prediction):
    """All outputs of an event network.

    Attributes
    ----------
    value : array
        Shape (N, k), a column for each of ``names``; (k,) where one event was given.
    uncertainty : array
        One standard deviation (68 %), of the same shape.
    reach : array or float
        Shape (N,): at most 1 inside the training region, above 1 outside.
    """

    __slots__ = ("outputs",)

    def __init__(self, value: Values, uncertainty: Values, reach: Values, card: Card) -> None:
        super().__init__(value, uncertainty, reach, card, card.output(card.default_output))
        self.outputs: tuple[Output, ...] = card.central_outputs

    @property
    def names(self) -> tuple[str, ...]:
        """The outputs, in the order of the columns."""
        return tuple(o.name for o in self.outputs)

    def __getitem__(self, key: Any) -> Prediction:
        """The output of a name, or the prediction for some of the events (a number, slice, mask or index array)."""
        if isinstance(key, str):
            return self._output(key)
        if np.ndim(self.reach) == 0:
            raise TypeError("a prediction for one event has no items but its outputs, by name")
        value, uncertainty, reach = (np.asarray(a)[key] for a in (self.value, self.uncertainty, self.reach))
        return type(self)(value, uncertainty, float(reach) if np.ndim(reach) == 0 else reach, self.card)

    def __len__(self) -> int:
        if np.ndim(self.reach) == 0:
            raise TypeError("a prediction for one event has no length")
        return len(np.asarray(self.reach))

    def interval(self, level: float = 0.68) -> tuple[Values, Values]:
        """Lower and upper ends of the intervals, of the shape of ``value``; see `Prediction.interval`."""
        ends = [self._output(name).interval(level) for name in self.names]
        return np.stack([e[0] for e in ends], axis=-1), np.stack([e[1] for e in ends], axis=-1)

    def _output(self, name: str) -> Prediction:
        if name not in self.names:
            raise KeyError(f"{self.network} has no output {name!r}; it has {', '.join(self.names)}")
        k = self.names.index(name)
        value, uncertainty = (np.asarray(a)[..., k] for a in (self.value, self.uncertainty))
        if np.ndim(self.reach) == 0:
            return Prediction(float(value), float(uncertainty), self.reach, self.card, self.outputs[k])
        return Prediction(value, uncertainty, self.reach, self.card, self.outputs[k])

    def __str__(self) -> str:
        if np.ndim(self.reach) == 0:
            shown = ", ".join(
                f"{n} {plus_minus(float(v), float(u))}"
                for n, v, u in zip(self.names, np.ravel(self.value), np.ravel(self.uncertainty), strict=True)
            )
        else:
            shown = f"{len(self)} events, each {', '.join(self.names[:_SHOWN])}"
            shown += f" and {len(self.names) - _SHOWN} more" if len(self.names) > _SHOWN else ""
        return f"{shown} [{self.network}]"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def _repr_html_(self) -> str:
        import html

        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.names)
        rows = np.atleast_2d(self.value)[:10]
        body = "".join("<tr>" + "".join(f"<td>{x:.4g}</td>" for x in row) + "</tr>" for row in rows)
        more = "" if np.ndim(self.reach) == 0 or len(self) <= 10 else f"<p>and {len(self) - 10} more</p>"
        return f"<table><caption>{html.escape(self.network)}</caption><tr>{head}</tr>{body}</table>{more}"


class ClassPrediction(EventPrediction):
    """Class probabilities: ``value`` (N, k), a column for each of ``names``."""

    __slots__ = ()

    @property
    def likeliest(self) -> NDArray[np.str_]:
        """The name of the likeliest class of each event. Of a single probability: the class where it is at least 1/2."""
        names = np.array(self.names)
        value = np.asarray(self.value)
        if len(names) == 1:
            names, value = np.array([f"not {names[0]}", names[0]]), np.concatenate([1 - value, value], axis=-1)
        found: NDArray[np.str_] = names[np.argmax(value, axis=-1)]
        return found
