"""What `ml.Likelihood` answers: ln L, and what follows from it along the signal strength mu."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lhnets._answers import asymptotics
from lhnets._answers.composition import Sources, combine, merge, move_together, take
from lhnets._answers.number import Values
from lhnets._answers.prediction import Prediction
from lhnets._answers.quantity import Quantity, propagate
from lhnets._answers.shifts import Moves
from lhnets._answers.theory import Predicted
from lhnets._answers.uncertain import ONE_SIGMA
from lhnets._asking.parameters import Parameters
from lhnets.errors import OutsideRegionError, ParameterError
from lhnets.format import Card

Array = NDArray[np.float64]

OBSERVED, ASIMOV = "ln_l", "ln_l_asimov"
"""Names of the outputs that hold ln L relative to the background alone: of the data, and of the
background's Asimov data."""
STEP = 1e-4
"""Of the box, for derivatives."""
BLOCK = 1000
"""Signals at a time: each is scanned at hundreds of strengths."""


class Evaluator(Protocol):
    """A network as far as a likelihood needs it."""

    @property
    def card(self) -> Card:
        """Everything about it."""
        ...

    def predict(self, array: Array) -> Predicted:
        """Its outputs at rows (N, n)."""
        ...


class LikelihoodPrediction(Prediction):
    """ln L of a signal, with limits if the inputs are signal yields.

    The likelihood of a signal at strength mu is that of the yields times mu, so one network over
    the yields gives all of these. The formulae are those of arXiv:1007.1727 for q-tilde.

    Yields that are predictions themselves bring their uncertainties and components.
    """

    __slots__ = ("_alone", "_inputs", "_network")
    _alone: Prediction
    _inputs: Sources
    _network: Evaluator

    @classmethod
    def of(
        cls, prediction: Prediction, network: Evaluator, params: Parameters
    ) -> LikelihoodPrediction:
        """The answer ``prediction`` of ``network`` to ``params``."""
        made = cls._made_of(prediction, network, {})
        given = params if isinstance(params, Mapping) else {}
        if not any(isinstance(v, Quantity) for v in given.values()):
            return made
        return cls._made_of(prediction, network, made._sources_of_inputs(given))

    @classmethod
    def _made_of(
        cls, alone: Prediction, network: Evaluator, inputs: Sources
    ) -> LikelihoodPrediction:
        """``alone`` with the ``inputs`` that are predictions themselves."""
        p = alone
        made = cls(
            p.value,
            p.uncertainty,
            p.reach,
            p.card,
            p.output,
            p._point,
            p.energy,
            p._row,
            p.notes,
            p._predict,
        )
        made._alone, made._network, made._inputs = alone, network, inputs
        if inputs:
            made.uncertainty = combine(made._sources(), lambda s: s.uncertainty)
        return made

    @property
    def moves(self) -> Moves:
        """Changes of the value in each variation, those of the yields among them."""
        return move_together(self._sources())

    def interval(self, level: float = ONE_SIGMA) -> tuple[Values, Values]:
        """Lower and upper end of the interval at ``level``.

        The calibrated intervals of the network and of yields that are predictions, in quadrature.
        """
        half = combine(self._sources(), lambda s: s.interval(level)[1] - s.value)
        return self.value - half, self.value + half

    def __getitem__(self, index: Any) -> LikelihoodPrediction:
        """The prediction of some of the points."""
        alone = self._alone[index]
        return self._made_of(alone, self._network, take(self._inputs, np.shape(self.value), index))

    def _sources(self) -> Sources:
        return merge((self._alone._sources(), 1.0), (self._inputs, 1.0))

    def cls(self, *, expected: bool = False, sigmas: float = 0.0) -> Values:
        """CLs of the signal at mu = 1, a float or an array of the shape of the parameters.

        Parameters
        ----------
        expected
            Use the data of the background instead of the observed ones.
        sigmas
            By how many standard deviations the expected data fluctuate up; 0 for the median.
        """

        def of(rays: _Rays) -> Array:
            one = np.ones(len(rays))
            q_asimov = -2 * rays.asimov(one[:, None])[:, 0]
            if expected:
                return asymptotics.expected_cls(q_asimov, sigmas)
            return asymptotics.cls(asymptotics.q_tilde(rays.observed, one), q_asimov)

        return self._each(of)

    def upper_limit(
        self, level: float = 0.95, *, expected: bool = False, sigmas: float = 0.0
    ) -> Values:
        """Upper limit on the signal strength mu at a confidence ``level``: CLs is 1 - ``level``
        there.

        Infinite if there is no signal. ``expected`` and ``sigmas`` as in `cls`.

        Raises
        ------
        OutsideRegionError
            If the limit lies beyond the training region.
        """
        if not 0 < level < 1:
            raise ParameterError(
                f"the confidence level must lie between 0 and 1, got {level!r}; use 0.95 for 95 %"
            )

        def of(rays: _Rays) -> Array:
            found = asymptotics.upper_limit(
                rays.observed, rays.asimov, rays.highest, level, expected, sigmas
            )
            beyond = np.isinf(found) & rays.signal
            if beyond.any():
                raise OutsideRegionError(
                    f"an upper limit lies above mu = {rays.highest[int(np.argmax(beyond))]:.4g}, "
                    f"where its signal leaves the training region of {self.network}; give a lower "
                    f"confidence level than {level:g}"
                )
            return found

        return self._each(of)

    def mu_hat(self) -> Values:
        """The signal strength that fits the data best, from 0 to where the signal leaves the
        training region."""
        return self._each(lambda rays: asymptotics.best_strength(rays.observed, rays.highest))

    def _sources_of_inputs(self, params: Mapping[str, Any]) -> Sources:
        """The sources of inputs that are predictions themselves, with the slopes of ln L by
        them."""
        column = self.card.output_index(self.output.name)
        slopes = [self._shaped(s) for s in slopes_at(self._network, self._rows, column)]
        return propagate([params.get(i.name, 0.0) for i in self.card.columns], slopes)

    @property
    def _rows(self) -> Array:
        """The signals as rows (N, n)."""
        return self.points.reshape(-1, len(self.card.columns))

    def _each(self, of: Callable[[_Rays], Array]) -> Values:
        """A function of the signals, `BLOCK` of them at a time, in the shape of the parameters."""
        names = [o.name for o in self.card.outputs]
        if OBSERVED not in names or ASIMOV not in names:
            raise ParameterError(
                f"{self.network} is not a likelihood over signal yields (it gives "
                f"{', '.join(names)}), so it has no signal strength: expected the outputs "
                f"{OBSERVED} and {ASIMOV}"
            )
        rows = self._rows
        blocks = [
            of(_Rays(self._network, rows[start : start + BLOCK]))
            for start in range(0, len(rows), BLOCK)
        ]
        return self._shaped(np.concatenate(blocks) if blocks else np.empty(0))

    def _shaped(self, values: Array) -> Values:
        return (
            float(values[0]) if np.ndim(self.value) == 0 else values.reshape(np.shape(self.value))
        )


def slopes_at(network: Evaluator, rows: Array, column: int) -> Array:
    """Derivatives (n, N) of one output by the inputs at rows (N, n), by differences within the
    box."""
    low, high = (
        np.array([getattr(i, end) for i in network.card.columns], dtype=np.float64)
        for end in ("low", "high")
    )
    found = []
    for number, step in enumerate(STEP * (high - low)):
        below, above = rows.copy(), rows.copy()
        below[:, number] = np.maximum(rows[:, number] - step, low[number])
        above[:, number] = np.minimum(rows[:, number] + step, high[number])
        width = above[:, number] - below[:, number]
        values = network.predict(np.concatenate([below, above])).value[:, column].reshape(2, -1)
        found.append((values[1] - values[0]) / width)
    return np.array(found)


class _Rays:
    """Signals of yields (N, regions) at any strength: ln L at strengths (N, M), shape (N, M)."""

    def __init__(self, network: Evaluator, yields: Array) -> None:
        self._network, self._yields = network, yields
        high = np.array([i.high for i in network.card.columns], dtype=np.float64)
        self.signal = (yields > 0).any(axis=1)
        with np.errstate(divide="ignore"):
            highest = np.where(yields > 0, high / yields, np.inf).min(axis=1)
        self.highest = np.where(self.signal, highest, 1.0)
        names = [o.name for o in network.card.outputs]
        self._observed, self._asimov = names.index(OBSERVED), names.index(ASIMOV)

    def __len__(self) -> int:
        return len(self._yields)

    def observed(self, strength: Array) -> Array:
        return self._evaluate(strength, self._observed)

    def asimov(self, strength: Array) -> Array:
        return self._evaluate(strength, self._asimov)

    def _evaluate(self, strength: Array, column: int) -> Array:
        points = (strength[:, :, None] * self._yields[:, None, :]).reshape(
            -1, self._yields.shape[1]
        )
        return np.asarray(self._network.predict(points).value[:, column].reshape(strength.shape))
