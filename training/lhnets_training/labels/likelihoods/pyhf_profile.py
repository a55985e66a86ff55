"""Profile likelihoods of published HistFactory workspaces over signal yields.

A workspace of background gets a signal: a yield in each signal region, times the signal strength
mu, times the luminosity where the workspace varies it; the yields themselves carry no uncertainty.
pyhf reads and builds the model; the fits use `histfactory` and `profile_fit`, whose likelihood is
held against pyhf's at random parameters. L. Heinrich, M. Feickert, G. Stark, K. Cranmer, JOSS 6
(2021) 2823.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pyhf
from numpy.typing import NDArray

from lhnets_training.labels.likelihoods.histfactory import Expansion, compile_rates
from lhnets_training.labels.likelihoods.profile_fit import (
    Constraints,
    FitData,
    FitError,
    Minimum,
    Objective,
    minimise,
)
from lhnets_training.labels.likelihoods.workspace import Workspace
from lhnets_training.labels.likelihoods.workspace_file import WorkspaceError

Array = NDArray[np.float64]
DataName: TypeAlias = Literal["observed", "asimov"]
DATA_NAMES: tuple[DataName, DataName] = ("observed", "asimov")

CODES = {"normsys": {"interpcode": "code4"}, "histosys": {"interpcode": "code4p"}}
"""The interpolation that ATLAS prescribes for its published workspaces."""
LUMI = "lumi"
MU_RANGE = (0.0, 10.0)
AGREEMENT = 1e-8
SETTLED = 1e-3
"""-2 ln L by which the ends of fits from two starts may differ."""
SMALLEST_RATE = 1e-6
"""Events that each bin expects where the fits begin, at least."""


class Region(NamedTuple):
    """One bin of a workspace that takes signal, with the name that users give its yield."""

    name: str
    channel: str
    bin: int = 0


class Profile:
    """Fits of one workspace with signal in given regions.

    Yields are arrays (regions,) of expected signal events at mu = 1. All fits start at the fit of
    the background alone.
    """

    def __init__(self, workspace: Workspace, regions: Sequence[Region]) -> None:
        self.workspace, self.regions = workspace, tuple(regions)
        self.model = self.pyhf_model(np.ones(len(self.regions)))
        config = self.model.config
        self._slices = {name: config.par_slice(name) for name in config.par_order}
        self._mu = self._slices[workspace.mu].start
        self._lumi = self._slices[LUMI].start if workspace.varies_luminosity else None
        offsets = np.cumsum([0, *(config.channel_nbins[c] for c in config.channels)])
        self._bins = {
            c: slice(int(a), int(b))
            for c, a, b in zip(config.channels, offsets, offsets[1:], strict=False)
        }
        self._place = [self._bins[r.channel].start + r.bin for r in self.regions]
        self._rates = compile_rates(workspace.channels, self._slices, config.npars, self._bins)
        self._constraints, auxiliary = _constraints(self.model, self._slices)
        counts = {o["name"]: o["data"] for o in workspace.observations}
        self.observed = FitData(
            np.concatenate([np.asarray(counts[c], float) for c in config.channels]), auxiliary
        )
        self._low, self._high = np.array(config.suggested_bounds(), dtype=np.float64).T
        self._low[self._mu], self._high[self._mu] = MU_RANGE
        self._start = np.array(config.suggested_init(), dtype=np.float64)
        self._free = ~np.array(config.suggested_fixed(), dtype=bool)
        self._nothing = np.zeros(len(self.regions))
        self._require_rates()

    def pyhf_model(self, yields: Array) -> Any:
        """pyhf's own model of the workspace with these ``yields`` (regions,).

        Raises
        ------
        WorkspaceError
            If pyhf refuses it.
        """
        bins = self.workspace.bins
        data = {r.channel: [0.0] * bins[r.channel] for r in self.regions}
        for region, value in zip(self.regions, yields, strict=True):
            data[region.channel][region.bin] = float(value)
        try:
            return pyhf.Workspace(self.workspace.with_signal(data)).model(
                measurement_name=self.workspace.measurement, modifier_settings=CODES
            )
        except Exception as error:
            told = " ".join(str(error).split())[:300]
            raise WorkspaceError(
                f"pyhf makes no model of the workspace: {type(error).__name__}: {told}"
            ) from error

    @cached_property
    def background(self) -> Minimum:
        """The fit without signal to the observed data."""
        return self._fit(self.observed, self._nothing, self._start, 0.0)

    @cached_property
    def asimov(self) -> FitData:
        """The Asimov data of the background: what the fit without signal expects, auxiliary
        measurements included."""
        theta = self.background.theta
        return FitData(
            self._with_signal(theta, self._nothing).rate, self._constraints.expected(theta)
        )

    @property
    def data_sets(self) -> tuple[FitData, FitData]:
        """The data and the Asimov data."""
        return self.observed, self.asimov

    @property
    def counts(self) -> Array:
        """Those of the data and of the Asimov data, (2, bins)."""
        return np.stack([d.counts for d in self.data_sets])

    @property
    def place(self) -> NDArray[np.int64]:
        """The bin of each region, (regions,)."""
        return np.array(self._place, dtype=np.int64)

    @property
    def constraints(self) -> Constraints:
        """The constraint terms of the parameters."""
        return self._constraints

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Lowest and highest values of the parameters."""
        return self._low, self._high

    def free_parameters(self) -> list[int]:
        """The numbers of the nuisance parameters that are not fixed."""
        return [int(j) for j in np.flatnonzero(self._free) if j != self._mu]

    def moving_parameters(self) -> list[int]:
        """Those of the free ones that move a bin."""
        return [j for j in self.free_parameters() if self._rates.moves(j) or j == self._lumi]

    def is_linear(self, parameter: int, tolerance: float) -> bool:
        """Whether a parameter shifts the counts linearly, by a Gaussian constraint."""
        return (
            parameter != self._lumi
            and self._rates.is_linear(parameter, tolerance)
            and bool(self._constraints.gaussian[parameter])
        )

    def background_expansion(self) -> Expansion:
        """The expected counts and their derivatives at the fit of the background alone."""
        return self._with_signal(self.background.theta, self._nothing)

    def constraint_curvature(self) -> Array:
        """Second derivatives (parameters,) of the constraint terms of -2 ln L there."""
        return self._constraints.terms(self.background.theta, self.asimov.auxiliary)[2]

    @property
    def expected_background(self) -> Array:
        """Counts (regions,) that the fit without signal expects."""
        return self.asimov.counts[self._place]

    def fit(self, yields: Array, data: DataName = "observed", mu: float | None = 1.0) -> Minimum:
        """The fit with signal ``yields`` (regions,) at fixed ``mu``, or with mu free in `MU_RANGE`
        where None."""
        measured = self.observed if data == "observed" else self.asimov
        return self._fit(measured, yields, self.background.theta, mu)

    def settled_ln_l(self, yields: Array, data: DataName) -> float:
        """As `ln_l`, from two starts: NaN if they end in different minima or a fit does not end."""
        measured = self.observed if data == "observed" else self.asimov
        try:
            found = [
                self._fit(measured, yields, start, 1.0).twice_nll
                for start in (self.background.theta, self._start)
            ]
        except FitError:
            return float("nan")
        if abs(found[0] - found[1]) > SETTLED:
            return float("nan")
        return (self._reference[data] - min(found)) / 2 if yields.any() else 0.0

    def ln_l(self, yields: Array, data: DataName = "observed") -> float:
        """ln L at mu = 1 relative to the fit of the background alone to the same data, profiled in
        all others."""
        return (
            (self._reference[data] - self.fit(yields, data).twice_nll) / 2 if yields.any() else 0.0
        )

    def mu_hat(self, yields: Array, data: DataName = "observed") -> float:
        """The signal strength in `MU_RANGE` that fits best."""
        return float(self.fit(yields, data, None).theta[self._mu])

    def verify(self, points: int = 5, seed: int = 0) -> float:
        """The largest difference in -2 ln L between this likelihood and pyhf's at random parameters
        and yields.

        Raises
        ------
        WorkspaceError
            If it exceeds `AGREEMENT`.
        """
        rng = np.random.default_rng(seed)
        worst = 0.0
        for _ in range(points):
            yields = rng.uniform(0, 10, len(self.regions))
            theta = self._start + np.where(self._free, rng.normal(0, 0.5, len(self._start)), 0.0)
            theta = np.clip(theta, np.maximum(self._low, 0.01 * (self._start > 0)), self._high)
            own = self._objective(self.observed, yields).value(theta)
            model = self.pyhf_model(yields)
            data = [*self.observed.counts, *model.config.auxdata]
            worst = max(worst, abs(own + 2 * float(model.logpdf(theta.tolist(), data)[0])))
        if not worst <= AGREEMENT:
            raise WorkspaceError(
                f"the likelihood differs from pyhf's by {worst:.3g} in -2 ln L, expected at most "
                f"{AGREEMENT:g}: the workspace has something that these labels do not treat as "
                "pyhf does"
            )
        return worst

    @cached_property
    def _reference(self) -> dict[DataName, float]:
        return {
            "observed": self.background.twice_nll,
            "asimov": self._fit(self.asimov, self._nothing, self.background.theta, 0.0).twice_nll,
        }

    def _require_rates(self) -> None:
        """Refuse a workspace whose parameters begin where a bin expects nothing."""
        rates = self._rates(self._start).rate
        for channel, where in self._bins.items():
            for b, rate in enumerate(rates[where]):
                if not rate > SMALLEST_RATE:
                    raise WorkspaceError(
                        f"bin {b} of the channel {channel!r} expects {rate:g} events of background "
                        "at the initial values of the parameters, expected more than zero: see the "
                        "inits of its normalisations"
                    )

    def _fit(self, data: FitData, yields: Array, start: Array, mu: float | None) -> Minimum:
        theta, free = start.copy(), self._free.copy()
        theta[self._mu] = 0.5 if mu is None else mu
        free[self._mu] = mu is None
        return minimise(self._objective(data, yields), theta, free)

    def _objective(self, data: FitData, yields: Array) -> Objective:
        return Objective(
            lambda theta: self._with_signal(theta, yields),
            self._constraints,
            data,
            self._low,
            self._high,
        )

    def _with_signal(self, theta: Array, yields: Array) -> Expansion:
        at = self._rates(theta)
        mu, lumi = theta[self._mu], 1.0 if self._lumi is None else theta[self._lumi]
        at.rate[self._place] += mu * lumi * yields
        at.jacobian[self._place, self._mu] += lumi * yields
        if self._lumi is None:
            return at
        at.jacobian[self._place, self._lumi] += mu * yields

        def curvature(weights: Array) -> Array:
            found = at.curvature(weights)
            mixed = weights[self._place] @ yields
            found[self._mu, self._lumi] += mixed
            found[self._lumi, self._mu] += mixed
            return found

        return Expansion(at.rate, at.jacobian, curvature)


def _constraints(model: Any, slices: Mapping[str, slice]) -> tuple[Constraints, Array]:
    count = model.config.npars
    sigma, tau, auxiliary = np.full(count, np.inf), np.zeros(count), np.zeros(count)
    for name, where in slices.items():
        parameters = model.config.param_set(name)
        if not parameters.constrained:
            continue
        auxiliary[where] = parameters.auxdata
        if parameters.pdf_type == "poisson":
            tau[where] = parameters.factors
        else:
            sigma[where] = parameters.width()
    return Constraints(sigma, tau), auxiliary
