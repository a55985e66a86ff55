"""What `ml.Likelihood` answers: ln L, and what follows from it along the signal strength mu."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.composition import Sources, combine, differentiate, merge, move_together, take
from lhnets._answers.number import Values
from lhnets._answers.prediction import Prediction
from lhnets._answers.quantity import Composed, Quantity
from lhnets._answers.ray_slopes import best_slopes, cls_slopes, limit_slopes
from lhnets._answers.rays import ASIMOV, OBSERVED, Evaluator, Found, Rays
from lhnets._answers.shifts import Moves
from lhnets._answers.uncertain import ONE_SIGMA
from lhnets._asking.parameters import Parameters
from lhnets.errors import OutsideRegionError, ParameterError
from lhnets.format import Output

Array = NDArray[np.float64]

Slopes = Callable[[Rays, Array], Array]
"""Derivatives (n, N) by the yields of what rays give, of value (N,)."""
BLOCK = 1000
"""Signals at a time: each is scanned at hundreds of strengths."""


class Statement(Prediction):
    """What follows from a likelihood at a signal, such as its CLs: a number with the uncertainty
    that the network's ln L gives it."""

    __slots__ = ()

    @property
    def _calibrated_as(self) -> str:
        return OBSERVED

    @property
    def moves(self) -> Moves:
        """None of its own."""
        return {}


class LikelihoodPrediction(Prediction):
    """ln L of a signal, with limits if the inputs are signal yields.

    The likelihood of a signal at strength mu is that of the yields times mu, so one network over
    the yields gives all of these. The formulae are those of arXiv:1007.1727 for q-tilde.

    Yields that are predictions themselves bring their uncertainties and components.
    """

    __slots__ = ("_alone", "_inputs", "_network", "_yields")
    _alone: Prediction
    _inputs: Sources
    _network: Evaluator
    _yields: tuple[Sources, ...]

    @classmethod
    def of(
        cls, prediction: Prediction, network: Evaluator, params: Parameters
    ) -> LikelihoodPrediction:
        """The answer ``prediction`` of ``network`` to ``params``."""
        given = params if isinstance(params, Mapping) else {}
        values = [given.get(i.name) for i in network.card.columns]
        uncertain = any(isinstance(v, Quantity) for v in values)
        yields = [v._sources() if isinstance(v, Quantity) else {} for v in values]
        return cls._made_of(prediction, network, tuple(yields) if uncertain else ())

    @classmethod
    def _made_of(
        cls, alone: Prediction, network: Evaluator, yields: tuple[Sources, ...]
    ) -> LikelihoodPrediction:
        """``alone``, where the inputs have these sources; none if all are plain numbers."""
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
            p._differentiate,
            p._file,
        )
        made._alone, made._network, made._yields, made._inputs = alone, network, yields, {}
        if yields:
            column = made.card.output_index(made.output.name)
            made._inputs = made._propagated(network.differentiate(made._rows)[:, :, column])
            made.uncertainty = combine(made._sources(), lambda s: s.uncertainty)
        return made

    def _propagated(self, slopes: Array) -> Sources:
        """The sources of the inputs, with derivatives (n, N) by these carried on to theirs."""
        return merge(*zip(self._yields, map(self._shaped, slopes), strict=True))

    @property
    def moves(self) -> Moves:
        """Changes of the value in each variation, those of the yields among them."""
        return move_together(self._sources())

    @property
    def gradient(self) -> dict[str, Values]:
        """Exact derivatives of ln L by the inputs; for those that are predictions, by theirs."""
        own = super().gradient
        if not self._yields:
            return own
        plain_inputs = {
            i.name: own[i.name]
            for i, sources in zip(self.card.columns, self._yields, strict=True)
            if not sources
        }
        return {**plain_inputs, **differentiate(self._inputs)}

    @property
    def hessian(self) -> dict[str, dict[str, Values]]:
        """Exact second derivatives of ln L by pairs of inputs, each in the shape of the value.

        Minus the inverse of this matrix at the largest ln L is the covariance of the inputs.

        Raises
        ------
        ParameterError
            If inputs are predictions themselves.
        """
        if any(self._yields):
            raise ParameterError(
                f"the second derivatives of {self.network} are there by numbers, and its inputs "
                "are predictions: pass their values, or difference the gradient, which is exact"
            )
        column = self.card.output_index(self.output.name)
        found = self._network.differentiate_twice(self._rows)[..., column]
        missing = np.isnan(np.ravel(self.value))
        names = [i.name for i in self.card.columns]
        return {
            one: {
                other: self._shaped(np.where(missing, np.nan, second))
                for other, second in zip(names, row, strict=True)
            }
            for one, row in zip(names, found, strict=True)
        }

    def interval(self, level: float = ONE_SIGMA) -> tuple[Values, Values]:
        """Lower and upper end of the interval at ``level``.

        The calibrated intervals of the network and of yields that are predictions, in quadrature.
        """
        half = combine(self._sources(), lambda s: s.interval(level)[1] - s.value)
        return self.value - half, self.value + half

    def __getitem__(self, index: Any) -> LikelihoodPrediction:
        """The prediction of some of the points."""
        shape = np.shape(self.value)
        yields = tuple(take(sources, shape, index) for sources in self._yields)
        return self._made_of(self._alone[index], self._network, yields)

    def _sources(self) -> Sources:
        return merge((self._alone._sources(), 1.0), (self._inputs, 1.0))

    def cls(self, *, expected: bool = False, sigmas: float = 0.0) -> Quantity:
        """CLs of the signal at mu = 1, with the uncertainty that the network's ln L gives it.

        Yields that are predictions bring their uncertainties and components.

        Parameters
        ----------
        expected
            Use the data of the background instead of the observed ones.
        sigmas
            By how many standard deviations the expected data fluctuate up; 0 for the median.
        """

        def of(rays: Rays) -> Found:
            return rays.cls(expected, sigmas)

        def slopes(rays: Rays, _: Array) -> Array:
            return cls_slopes(rays, expected, sigmas)

        return self._state(f"CLs{_data(expected, sigmas)}", of, slopes)

    def upper_limit(
        self, level: float = 0.95, *, expected: bool = False, sigmas: float = 0.0
    ) -> Quantity:
        """Upper limit on the signal strength mu at a confidence ``level``: CLs is 1 - ``level``
        there.

        Infinite if there is no signal. Its uncertainty is that of CLs over the slope of CLs.
        ``expected`` and ``sigmas`` as in `cls`.

        Raises
        ------
        OutsideRegionError
            If the limit lies beyond the training region.
        """
        if not 0 < level < 1:
            raise ParameterError(
                f"the confidence level must lie between 0 and 1, got {level!r}; use 0.95 for 95 %"
            )

        def of(rays: Rays) -> Found:
            found = rays.limit(level, expected, sigmas)
            beyond = np.isinf(found.value) & rays.signal
            if beyond.any():
                raise OutsideRegionError(
                    f"an upper limit lies above mu = {rays.highest[int(np.argmax(beyond))]:.4g}, "
                    "where its signal leaves the "
                    f"training region of {self.network}; give a lower confidence level than "
                    f"{level:g}"
                )
            return found

        def slopes(rays: Rays, found: Array) -> Array:
            return limit_slopes(rays, found, expected, sigmas)

        return self._state(f"limit at {level:g}{_data(expected, sigmas)}", of, slopes)

    def mu_hat(self) -> Quantity:
        """The signal strength that fits the data best, from 0 to where the signal leaves the
        training region.

        Its uncertainty is half the range of strengths whose ln L the network cannot tell from the
        largest: it is about the network, not the statistical error of a measurement.
        """
        return self._state("mu_hat", lambda rays: rays.best(), best_slopes)

    @property
    def _symbol(self) -> str:
        return "ln L = "

    @property
    def _statements(self) -> list[str]:
        """CLs and the limit, if this is a likelihood over yields and they lie inside its region."""
        if not {OBSERVED, ASIMOV} <= {o.name for o in self.card.outputs} or np.isnan(self.value):
            return []
        expected = self.cls(expected=True).to_text()
        return [f"CLs = {self.cls().to_text()}, expected {expected}", self._limit_shown]

    @property
    def _limit_shown(self) -> str:
        try:
            limit = self.upper_limit()
        except OutsideRegionError as error:
            return str(error)
        if np.isinf(limit.value):
            return "no upper limit: there is no signal"
        return f"mu < {limit.to_text()} at 95 % confidence level"

    @property
    def _rows(self) -> Array:
        """The signals as rows (N, n)."""
        return self.points.reshape(-1, len(self.card.columns))

    def _state(self, name: str, of: Callable[[Rays], Found], slopes: Slopes) -> Quantity:
        """A function of the signals in the shape of the parameters, with its uncertainties."""
        found = self._each(of)
        value, uncertainty = map(self._shaped, found)
        output = Output(name=name, unit="1", meaning=name)
        made = Statement(value, uncertainty, self.reach, self.card, output, self._point)
        if not self._yields:
            return made
        parts = [
            slopes(rays, part)
            for rays, part in zip(self._rays(), self._in_blocks(found.value), strict=True)
        ]
        propagated = self._propagated(np.concatenate(parts, axis=1))
        return Composed(value, "1", merge((made._sources(), 1.0), (propagated, 1.0)))

    def _each(self, of: Callable[[Rays], Found]) -> Found:
        """A function of the signals (N, n), `BLOCK` of them at a time."""
        names = [o.name for o in self.card.outputs]
        if OBSERVED not in names or ASIMOV not in names:
            raise ParameterError(
                f"{self.network} is not a likelihood over signal yields (it gives "
                f"{', '.join(names)}), so it has no signal strength: expected the outputs "
                f"{OBSERVED} and {ASIMOV}"
            )
        blocks = [of(rays) for rays in self._rays()]
        if not blocks:
            return Found(np.empty(0), np.empty(0))
        return Found(*map(np.concatenate, zip(*blocks, strict=True)))

    def _rays(self) -> Iterator[Rays]:
        for rows in self._in_blocks(self._rows):
            yield Rays(self._network, rows)

    @staticmethod
    def _in_blocks(rows: Array) -> list[Array]:
        return [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]

    def _shaped(self, values: Array) -> Values:
        return (
            float(values[0]) if np.ndim(self.value) == 0 else values.reshape(np.shape(self.value))
        )


def _data(expected: bool, sigmas: float) -> str:
    """Which data, as the name of a statement says it."""
    if not expected:
        return ""
    return f", expected {sigmas:+g} sigma" if sigmas else ", expected"
