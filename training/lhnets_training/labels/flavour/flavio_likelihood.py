"""Likelihoods of flavour measurements in Wilson coefficients: flavio's FastLikelihood, its parts
kept as tables.

D. Straub, arXiv:1810.08132. Predictions are compared with measurements by one multivariate
Gaussian, whose covariance is that of the measurements plus that of the Standard Model predictions
under random parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.flavour.flavio_observables import ONE_AT_A_TIME, SCALE, load

Array = NDArray[np.float64]
Observable = tuple[str, float, float] | str
"""As flavio names it: with a bin in q^2, or a name alone."""
DRAWS = 100_000
"""Of the measurements: their covariance is good to half a per cent."""


@dataclass(frozen=True)
class Predictions:
    """The label of points (N, n): all observables, shape (N, m), at the central values of the
    parameters."""

    observables: tuple[Observable, ...]
    coefficients: tuple[str, ...]

    def __call__(self, points: Array) -> Array:
        """Predictions of flavio."""
        par = load().default_parameters.get_central_all()
        with ONE_AT_A_TIME:
            return np.array([_predict(self.observables, par, self._wilson(p)) for p in points])

    def _wilson(self, point: Array) -> Any:
        made = load().WilsonCoefficients()
        made.set_initial(
            dict(zip(self.coefficients, map(float, point), strict=True)), SCALE, "WET", "flavio"
        )
        return made


@dataclass(frozen=True)
class Variations:
    """The label of seeds (N, 1): all observables in the Standard Model, shape (N, m), at random
    parameters."""

    observables: tuple[Observable, ...]

    def __call__(self, seeds: Array) -> Array:
        """Predictions of flavio; the same seed gives the same parameters."""
        flavio, rows = load(), []
        with ONE_AT_A_TIME:
            for seed in seeds[:, 0]:
                np.random.seed(int(seed))
                par = flavio.default_parameters.get_random_all()
                rows.append(_predict(self.observables, par, flavio.WilsonCoefficients()))
        return np.array(rows)


@dataclass(frozen=True)
class Measurements:
    """Measurements that flavio ships, by name, each of ``observables`` in exactly one of them."""

    names: tuple[str, ...]
    observables: tuple[Observable, ...]

    def sample(self, seed: int) -> tuple[Array, Array]:
        """Central values (m,) and covariance (m, m), from `DRAWS` draws of every measurement."""
        flavio, m = load(), len(self.observables)
        central, covariance = np.zeros(m), np.zeros((m, m))
        for name in self.names:
            with ONE_AT_A_TIME:
                np.random.seed(seed)
                drawn = flavio.Measurement[name].get_random_all(size=DRAWS)
            own = [k for k, o in enumerate(self.observables) if o in drawn]
            values = np.array([drawn[self.observables[k]] for k in own])
            central[own] = values.mean(axis=1)
            covariance[np.ix_(own, own)] = np.cov(values)
        return central, covariance

    def ln_l(self, predictions: Array, central: Array, measured: Array, theory: Array) -> Array:
        """ln L by flavio's FastLikelihood, up to a constant, shape (N,), of predictions (N, m).

        ``central`` (m,) and ``measured`` (m, m) are those of `sample`, ``theory`` (m, m) the
        covariance of the predictions.
        """
        from flavio.statistics.likelihood import FastLikelihood

        names = list(self.observables)
        with ONE_AT_A_TIME:
            fast = FastLikelihood(
                "lhnets", observables=names, include_measurements=list(self.names)
            )
            fast.exp_covariance.load_dict(
                {"observables": names, "central": central, "covariance": measured}
            )
            fast.sm_covariance.load_dict({"observables": names, "covariance": theory})
            fast.make_measurement(N=100)
            likelihood = fast.likelihood.measurement_likelihood
            found = [
                likelihood.log_likelihood_pred(dict(zip(names, row, strict=True)))
                for row in predictions
            ]
            load().statistics.likelihood.FastLikelihood.del_instance("lhnets")
            load().Measurement.del_instance(fast.pseudo_measurement.name)
        return np.array(found, dtype=np.float64)


def _predict(
    observables: tuple[Observable, ...], par: dict[str, float], coefficients: Any
) -> Array:
    flavio, found = load(), []
    for observable in observables:
        given = flavio.Observable.argument_format(observable, "dict")
        found.append(
            flavio.Observable[given.pop("name")].prediction_par(par, coefficients, **given)
        )
    return np.array(found, dtype=np.float64)
