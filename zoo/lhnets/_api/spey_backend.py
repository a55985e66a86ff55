"""A likelihood network as a statistical model of spey: `spey.get_backend("lhnets.likelihood")`.

spey (https://spey.readthedocs.io) finds it through an entry point. The network gives ln L profiled
in all nuisance parameters, of the data and of the Asimov data of the background, so that spey has
one parameter left: the strength mu of the signal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spey import BackendBase, ExpectationType
from spey.base.model_config import ModelConfig

from lhnets._answers.rays import ASIMOV, OBSERVED, Rays
from lhnets._api.analyses import Likelihood
from lhnets._finding import zoo as _zoo
from lhnets.errors import OutsideRegionError, ParameterError

_Q_BEYOND = 9.0
"""-2 ln L over its minimum at the edge of the region, from which on no limit at 95 % can lie
further out."""


class LikelihoodBackend(BackendBase):  # type: ignore[misc]
    """The likelihood of a search, as a network of lhnets gives it.

    Parameters
    ----------
    likelihood : str
        What `lhnets.Likelihood` is asked for, such as ``"atlas-susy-2018-04"``.
    signal_yields : mapping
        Expected signal events by signal region, at mu = 1.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.

    Raises
    ------
    NetworkNotFoundError, ParameterError
        As `lhnets.Likelihood`; and if it is not a likelihood over signal yields.
    """

    name = "lhnets.likelihood"
    version = metadata.version("lhnets")
    author = "The lhnets developers"
    spey_requires = ">=0.2.7,<0.3"
    doi: tuple[str, ...] = ()
    arXiv: tuple[str, ...] = ()  # noqa: N815

    def __init__(
        self, likelihood: str, signal_yields: Mapping[str, float], network: str | None = None
    ) -> None:
        answer = Likelihood(likelihood, dict(signal_yields), network=network, outside="nan")
        names = {o.name for o in answer.card.outputs}
        if not {OBSERVED, ASIMOV} <= names or answer.points.ndim != 1:
            raise ParameterError(
                f"{answer.network} gives {', '.join(sorted(names))}; expected one signal of a "
                f"likelihood over signal yields, with {OBSERVED} and {ASIMOV}"
            )
        self.network = _zoo.default().load(answer.network)
        self._rays = Rays(self.network, answer.points[None, :])

    @property
    def is_alive(self) -> bool:
        """Whether there is a signal."""
        return bool(np.any(self._rays.signal))

    @property
    def highest(self) -> float:
        """The strength at which the signal leaves the region of the network."""
        return float(self._rays.highest[0])

    def config(
        self, allow_negative_signal: bool = True, poi_upper_bound: float = 10.0
    ) -> ModelConfig:
        """The strength alone, from 0: the network knows no negative signal."""
        bound = (0.0, min(poi_upper_bound, self.highest))
        return ModelConfig(0, 0.0, [min(1.0, self.highest)], [bound], parameter_names=["mu"])

    def get_logpdf_func(
        self, expected: ExpectationType = ExpectationType.observed, data: Any = None
    ) -> Callable[[NDArray[np.float64]], float]:
        """Ln L of the data along mu, over that of the background alone.

        Raises
        ------
        NotImplementedError
            For data other than the observed ones, which the network does not know.
        OutsideRegionError
            When it is called outside the region of the network, and a limit may be there.
        """
        if data is not None:
            raise NotImplementedError("a likelihood network knows the observed data only")
        _require_post_fit(expected)
        return lambda pars: -self._at(self._rays.observed, float(pars[0]))

    def asimov_negative_loglikelihood(
        self,
        poi_test: float = 1.0,
        expected: ExpectationType = ExpectationType.observed,
        test_statistics: str = "qtilde",
        **kwargs: Any,
    ) -> float:
        """Minus ln L of the Asimov data of the background, at a strength."""
        _require_post_fit(expected)
        _require_exclusion(test_statistics)
        return self._at(self._rays.asimov, float(poi_test))

    def minimize_asimov_negative_loglikelihood(
        self,
        expected: ExpectationType = ExpectationType.observed,
        test_statistics: str = "qtilde",
        **kwargs: Any,
    ) -> tuple[float, float]:
        """The best strength, and the least minus ln L, of the Asimov data of the background: there
        is no signal in them."""
        _require_post_fit(expected)
        _require_exclusion(test_statistics)
        return 0.0, self._at(self._rays.asimov, 0.0)

    def _at(self, ln_l: Callable[[NDArray[np.float64]], NDArray[np.float64]], mu: float) -> float:
        """Minus ln L. Beyond the region it goes on in a straight line if no limit can be there."""
        if not 0 <= mu <= self.highest:
            return self._beyond(ln_l, mu)
        return -float(ln_l(np.array([[mu]]))[0, 0])

    def _beyond(
        self, ln_l: Callable[[NDArray[np.float64]], NDArray[np.float64]], mu: float
    ) -> float:
        edge = self.highest
        inner, outer = -ln_l(np.array([[0.99 * edge, edge]]))[0]
        least = min(-float(ln_l(np.array([[0.0]]))[0, 0]), float(inner))
        if mu < 0 or 2 * (outer - least) < _Q_BEYOND:
            raise OutsideRegionError(
                f"mu = {mu:.4g} is outside the region of {self.network.name}: expected 0 to "
                f"{edge:.4g} for this signal"
            )
        return float(outer + max(outer - inner, 0.0) / (0.01 * edge) * (mu - edge))


def _require_post_fit(expected: ExpectationType) -> None:
    if expected == ExpectationType.apriori:
        raise NotImplementedError(
            "a likelihood network knows the data and the Asimov data of the background after the "
            "fit: use expected=observed or aposteriori"
        )


def _require_exclusion(test_statistics: str) -> None:
    if test_statistics == "q0":
        raise NotImplementedError(
            "a likelihood network has no Asimov data with a signal: q0 cannot be computed"
        )
