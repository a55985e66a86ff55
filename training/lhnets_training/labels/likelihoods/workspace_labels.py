"""Labels of a workspace at many points: functions that a worker calls with a part of the rows."""

from __future__ import annotations

import functools

import numpy as np
import pyhf
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from lhnets.statistics import LnL, cls, expected_cls, q_tilde, upper_limit
from lhnets_training.labels.likelihoods.pyhf_profile import DATA_NAMES, DataName, Profile, Region
from lhnets_training.labels.likelihoods.workspace import WorkspaceChoice, open_workspace

Array = NDArray[np.float64]

NODES = 48
"""Exact fits along a ray, evenly spaced in the square root of mu; between them a cubic spline."""
LEVEL = 0.95


@functools.cache
def profile(reading: WorkspaceChoice, regions: tuple[Region, ...]) -> Profile:
    """The fits of a workspace, made once a process and held against pyhf."""
    found = Profile(open_workspace(reading), regions)
    found.verify()
    return found


def likelihoods(points: Array, reading: WorkspaceChoice, regions: tuple[Region, ...]) -> Array:
    """ln L observed, ln L of the background's Asimov data, and mu-hat, shape (N, 3), at yields (N,
    regions)."""
    fits = profile(reading, regions)
    return np.array(
        [[fits.ln_l(s), fits.ln_l(s, "asimov"), fits.mu_hat(s) if s.any() else 0.0] for s in points]
    )


def settled(points: Array, reading: WorkspaceChoice, regions: tuple[Region, ...]) -> Array:
    """ln L observed and ln L of the Asimov data, shape (N, 2), at yields (N, regions); NaN where
    fits from two starts do not end in one minimum."""
    fits = profile(reading, regions)
    return np.array([[fits.settled_ln_l(s, name) for name in DATA_NAMES] for s in points])


REFERENCES = ("ln_l", "ln_l_asimov", "mu_hat", "limit", "expected_limit", "cls", "expected_cls",
              "pyhf")  # fmt: skip
"""Columns of `references_along`."""


def references_along(points: Array, reading: WorkspaceChoice, regions: tuple[Region, ...]) -> Array:
    """What a network must reproduce, shape (N, 8), at yields and the largest strength that limits
    are sought to, (N, regions + 1)."""
    fits, one = profile(reading, regions), np.ones(1)
    rows = []
    for s, highest in zip(points[:, :-1], points[:, -1:], strict=True):
        observed, asimov = (ray(fits, s, name, float(highest[0])) for name in DATA_NAMES)
        limits = [
            float(upper_limit(observed, asimov, highest, LEVEL, expected)[0])
            for expected in (False, True)
        ]
        q_asimov = -2 * asimov(one[:, None])[:, 0]
        levels = [
            float(cls(q_tilde(observed, one), q_asimov)[0]),
            float(expected_cls(q_asimov)[0]),
        ]
        found = likelihoods(s[None], reading, regions)[0]
        rows.append([*found, *limits, *levels, ln_l_by_pyhf(fits, s)])
    return np.array(rows)


def references(
    points: Array, reading: WorkspaceChoice, regions: tuple[Region, ...], high: tuple[float, ...]
) -> Array:
    """What a network must reproduce, shape (N, 6), at yields (N, regions).

    The columns of `likelihoods`, the observed and the median expected 95 % CL upper limit on mu,
    and ln L observed by pyhf's own fits. Limits are sought up to yields ``high`` (regions,).
    """
    fits = profile(reading, regions)
    rows = []
    for s, found in zip(points, likelihoods(points, reading, regions), strict=True):
        highest = np.array([np.min(np.asarray(high)[s > 0] / s[s > 0])])
        observed, asimov = (ray(fits, s, name, float(highest[0])) for name in DATA_NAMES)
        limits = [
            float(upper_limit(observed, asimov, highest, LEVEL, expected)[0])
            for expected in (False, True)
        ]
        rows.append([*found, *limits, ln_l_by_pyhf(fits, s)])
    return np.array(rows)


def ray(fits: Profile, yields: Array, data: DataName, highest: float) -> LnL:
    """ln L along mu * ``yields`` for mu up to ``highest``, by exact fits at `NODES` strengths."""
    nodes = np.linspace(0.0, highest**0.5, NODES)
    values = np.array([fits.ln_l(mu * yields, data) for mu in nodes**2])
    curve = CubicSpline(nodes, values)
    return lambda strength: np.asarray(curve(np.sqrt(strength)))


def ln_l_by_pyhf(fits: Profile, yields: Array) -> float:
    """ln L observed at mu = 1 relative to mu = 0, both by pyhf's own fit with numpy and scipy."""
    model = fits.pyhf_model(yields)
    data = [*fits.observed.counts, *model.config.auxdata]
    nothing, signal = (
        float(pyhf.infer.mle.fixed_poi_fit(mu, data, model, return_fitted_val=True)[1])
        for mu in (0.0, 1.0)
    )
    return (nothing - signal) / 2
