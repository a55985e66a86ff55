"""Flavour observables in Wilson coefficients of the weak effective theory, from flavio.

D. Straub, arXiv:1810.08132. Coefficients are new-physics shifts in flavio's basis at 4.8 GeV;
parameters (form factors, CKM elements, decay constants) at their central values.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error

Array = NDArray[np.float64]

SCALE = 4.8
UNIT = 1e-20
"""GeV^2, in which the integrals over angular coefficients are given."""
ONE_AT_A_TIME = Lock()
"""flavio keeps caches that no two threads may fill at once."""


class FlavioError(Error, RuntimeError):
    """flavio is absent."""


@dataclass(frozen=True)
class Observable:
    """The label of points (N, n): one observable of flavio, with its arguments such as a bin in
    q^2."""

    name: str
    coefficients: tuple[str, ...]
    arguments: tuple[float, ...] = ()

    def __call__(self, points: Array) -> Array:
        """Shape (N, 1)."""
        flavio = load()
        with ONE_AT_A_TIME:
            found = [
                flavio.np_prediction(self.name, wilson(self.coefficients, p), *self.arguments)
                for p in points
            ]
        return np.array(found, dtype=np.float64)[:, None]


@dataclass(frozen=True)
class OptimisedAngular:
    """The label of points (N, n): P5' of B0 -> K*0 mu mu in a bin of q^2, and the three integrals
    that it is made of.

    P5' = s5 / (2 sqrt(-s2s s2c)) with the CP-averaged angular coefficients integrated over the bin;
    each integral is a quadratic form in the Wilson coefficients. S. Descotes-Genon, T. Hurth, J.
    Matias, J. Virto, JHEP 05 (2013) 137.
    """

    coefficients: tuple[str, ...]
    low: float
    high: float

    def __call__(self, points: Array) -> Array:
        """Columns P5', s5, s2s, s2c, shape (N, 4)."""
        flavio = load()
        from flavio.physics.bdecays.bvll import observables as bvll

        par = flavio.default_parameters.get_central_all()
        rows = []
        with ONE_AT_A_TIME:
            for point in points:
                coefficients = flavio.physics.eft.WilsonCoefficients()
                coefficients.set_initial(
                    dict(zip(self.coefficients, point, strict=True)), SCALE, "WET", "flavio"
                )
                made = bvll.BVll_int_pprime(
                    lambda j, bar: bvll.S_experiment_num(j, bar, 5),
                    self.low, self.high, "B0", "K*0", "mu", coefficients, par,
                )  # fmt: skip
                s5, s2s, s2c = (
                    bvll.nintegrate_pole(
                        f, made.q2min_allowed, made.q2max_allowed, epsrel=made.epsrel
                    )
                    / UNIT
                    for f in (made.obs_num, made.obs_2s, made.obs_2c)
                )
                rows.append([s5 / (2 * np.sqrt(-s2s * s2c)), s5, s2s, s2c])
        return np.array(rows, dtype=np.float64)


def wilson(names: tuple[str, ...], values: Array) -> Any:
    """The Wilson coefficients as flavio takes them."""
    from wilson import Wilson

    return Wilson(
        dict(zip(names, map(float, values), strict=True)), scale=SCALE, eft="WET", basis="flavio"
    )


def version() -> str:
    """Of flavio."""
    return str(load().__version__)


def load() -> Any:
    """The package flavio, imported when first needed (several seconds).

    Raises
    ------
    FlavioError
        If it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import flavio
    except ImportError as error:
        raise FlavioError(
            'flavio is not installed; install it with pip install "lhnets[training]"'
        ) from error
    return flavio
