"""A likelihood along the strength of its signal: CLs, limits and best fit, each with what the
network's uncertainty of ln L makes of it.

The network errs at two strengths independently, which is cautious: its errors at points close to
each other are alike. A shift of ln L by its uncertainty is carried through the formulae of
`asymptotics` in both directions, and the larger change counts, since CLs goes with the root of a
difference of ln L.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lhnets._answers import asymptotics
from lhnets._answers.theory import Predicted
from lhnets.format import Card, Depth

Array = NDArray[np.float64]

OBSERVED, ASIMOV = "ln_l", "ln_l_asimov"
"""Names of the outputs that hold ln L relative to the background alone: of the data, and of the
background's Asimov data."""
STEP = 0.01
"""Relative, of a strength, for the slope of CLs."""
HALVINGS = 40
"""Of the strengths between which the edge of the region is sought."""


class Located(Predicted, Protocol):
    """Arrays that a network gives, with where the rows lie."""

    @property
    def reach(self) -> Array:
        """Shape (N,)."""
        ...


class Evaluator(Protocol):
    """A network as far as a likelihood needs it."""

    @property
    def card(self) -> Card:
        """Everything about it."""
        ...

    def predict(self, array: Array) -> Located:
        """Its outputs at rows (N, n)."""
        ...

    def differentiate(self, array: Array) -> Array:
        """The derivatives of its outputs by its inputs at rows (N, n), shape (n, N, k)."""
        ...

    def differentiate_twice(self, array: Array) -> Array:
        """The second derivatives, shape (n, n, N, k)."""
        ...


class Found(NamedTuple):
    """Values and their uncertainties from the network, both (N,)."""

    value: Array
    uncertainty: Array


class Rays:
    """Signals of yields (N, regions) at any strength: ln L at strengths (N, M), shape (N, M)."""

    def __init__(self, network: Evaluator, yields: Array) -> None:
        self._network, self.yields = network, yields
        high = np.array([i.high for i in network.card.columns], dtype=np.float64)
        self.signal = (yields > 0).any(axis=1)
        with np.errstate(divide="ignore"):
            highest = np.where(yields > 0, high / yields, np.inf).min(axis=1)
        self.highest = np.where(self.signal, highest, 1.0)
        if any(isinstance(c, Depth) for c in network.card.region):
            self.highest = self._find_edge(self.highest)
        names = [o.name for o in network.card.outputs]
        self._observed, self._asimov = names.index(OBSERVED), names.index(ASIMOV)

    def __len__(self) -> int:
        return len(self.yields)

    def _find_edge(self, beyond: Array) -> Array:
        """The largest strengths (N,) inside the region, up to ``beyond``."""
        low, high = np.zeros(len(self)), np.where(self.signal, beyond, 1.0)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            inside = self._network.predict(middle[:, None] * self.yields).reach <= 1
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        return np.where(self.signal, low, 1.0)

    def observed(self, strength: Array) -> Array:
        """ln L of the data."""
        return self._evaluate(strength, self._observed).value

    def asimov(self, strength: Array) -> Array:
        """ln L of the background's Asimov data."""
        return self._evaluate(strength, self._asimov).value

    def differentiate(self, strength: Array, *, asimov: bool = False) -> Array:
        """Derivatives (n, N) of ln L, of the data or the Asimov data, by the coordinates of the
        points at strengths (N,)."""
        column = self._asimov if asimov else self._observed
        return self._network.differentiate(strength[:, None] * self.yields)[:, :, column]

    def differentiate_twice(self, strength: Array) -> Array:
        """Second derivatives (n, n, N) of ln L of the data, at strengths (N,)."""
        points = strength[:, None] * self.yields
        return self._network.differentiate_twice(points)[..., self._observed]

    def cls(self, expected: bool, sigmas: float) -> Found:
        """CLs at strength 1."""
        one = np.ones(len(self))
        return self._cls_at(one, asymptotics.best_strength(self.observed, one), expected, sigmas)

    def limit(self, level: float, expected: bool, sigmas: float) -> Found:
        """The upper limit on the strength; infinite where it lies beyond `highest`."""
        found = asymptotics.upper_limit(
            self.observed, self.asimov, self.highest, level, expected, sigmas
        )
        at = np.where(np.isfinite(found), found, self.highest)
        best = asymptotics.best_strength(self.observed, self.highest)
        here, below = (
            self._cls_at(mu, np.minimum(best, mu), expected, sigmas) for mu in (at, at / (1 + STEP))
        )
        slope = np.maximum(
            (below.value - here.value) / (at - at / (1 + STEP)), np.finfo(float).tiny
        )
        error = np.where(np.isfinite(found), here.uncertainty / slope, 0.0)
        return Found(found, error)

    def best(self) -> Found:
        """The strength that fits the data best.

        Its uncertainty is half the range of strengths whose ln L the network cannot tell from the
        largest.
        """
        found = asymptotics.best_strength(self.observed, self.highest)
        top = self._evaluate(found[:, None], self._observed)
        strengths = asymptotics.strengths_up_to(self.highest)
        lacking = top.value - self.observed(strengths) - np.sqrt(2.0) * top.uncertainty
        inside = lacking <= 0
        rows, last = np.arange(len(self)), strengths.shape[1] - 1
        first = np.where(inside.any(axis=1), inside.argmax(axis=1), 0)
        end = np.where(inside.any(axis=1), last - inside[:, ::-1].argmax(axis=1), last)
        low = np.where(inside.any(axis=1), strengths[rows, first], found)
        high = np.where(inside.any(axis=1), strengths[rows, end], found)
        return Found(found, np.maximum(np.maximum(high, found) - np.minimum(low, found), 0.0) / 2)

    def _cls_at(self, strength: Array, best: Array, expected: bool, sigmas: float) -> Found:
        asimov = self._evaluate(strength[:, None], self._asimov)
        q_asimov, asimov_error = -2 * asimov.value[:, 0], 2 * asimov.uncertainty[:, 0]
        if expected:
            return _carry(lambda q: asymptotics.expected_cls(q, sigmas), q_asimov, asimov_error)
        both = self._evaluate(np.stack([best, strength], axis=1), self._observed)
        q = np.maximum(2 * (both.value[:, 0] - both.value[:, 1]), 0.0)
        error = np.where(best < strength, 2 * np.hypot(*both.uncertainty.T), 0.0)
        by_data = _carry(lambda x: asymptotics.cls(x, q_asimov), q, error)
        by_asimov = _carry(lambda x: asymptotics.cls(q, x), q_asimov, asimov_error)
        return Found(by_data.value, np.hypot(by_data.uncertainty, by_asimov.uncertainty))

    def _evaluate(self, strength: Array, column: int) -> Found:
        points = (strength[:, :, None] * self.yields[:, None, :]).reshape(-1, self.yields.shape[1])
        found = self._network.predict(points)
        return Found(
            *(
                np.asarray(a[:, column].reshape(strength.shape))
                for a in (found.value, found.uncertainty)
            )
        )


def _carry(function: asymptotics.Function, at: Array, error: Array) -> Found:
    """A function at ``at`` (N,), and its larger change where that moves up or down by ``error``."""
    value = function(at)
    moved = [np.abs(function(np.maximum(at + s * error, 0.0)) - value) for s in (1, -1)]
    return Found(value, np.maximum(*moved))
