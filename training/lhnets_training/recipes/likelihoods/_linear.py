"""A workspace's likelihood with linear nuisances: the workspace itself, if it has one nuisance
whose shifts are linear, as simplified workspaces have; else an approximation of it.

The numbers behind it are a data set of their own, so that a network is made again without the
workspace.
"""

from __future__ import annotations

import numpy as np

from lhnets_training.data.table import column
from lhnets_training.fit.linear_profile import LinearProfile
from lhnets_training.labels.likelihoods.pyhf_profile import Profile
from lhnets_training.recipe import Array, Rows

LINEAR = 1e-9
"""Relative difference of the shifts up and down that counts as none."""
WEAK = 1e-6
"""Share of the information of the bins below which a direction of the nuisances is left out."""
RIDGE = 1e-9
FREE = 1e3
"""Bound of nuisances that have none, in standard deviations."""
QUANTITIES = ("place", "background", "shifts", "counts", "centre", "low", "high")
TABLES = frozenset({"shifts", "counts", "centre"})
"""Those with two indices."""
COLUMN_NAMES = ("quantity", "first", "second", "value")
COLUMNS = (
    column(
        "quantity",
        "1",
        "place of each region, background, counts of data and Asimov data, shifts by one standard "
        "deviation of each nuisance, and its auxiliary measurements and bounds",
        "label",
    ),
    column("first", "1", "first index: region, bin, nuisance, or data and Asimov data", "other"),
    column("second", "1", "second index, or 0", "other"),
    column("value", "1", "events, or standard deviations of a nuisance", "other"),
)


def exact_profile(fits: Profile) -> LinearProfile | None:
    """The likelihood itself, if at most one free parameter moves any bin, and that linearly."""
    moving = fits.moving_parameters()
    if len(moving) > 1 or not all(fits.is_linear(j, LINEAR) for j in moving):
        return None
    at = fits.background_expansion()
    scale = np.array([fits.constraints.sigma[j] for j in moving])
    shifts = at.jacobian[:, moving].T * scale[:, None]
    centre = np.stack(
        [(d.auxiliary[moving] - fits.background.theta[moving]) / scale for d in fits.data_sets]
    )
    low, high = ((b[moving] - fits.background.theta[moving]) / scale for b in fits.bounds)
    if not moving:
        bins = len(at.rate)
        shifts, centre = np.zeros((1, bins)), np.zeros((2, 1))
        low, high = -np.ones(1), np.ones(1)
    return LinearProfile(fits.place, at.rate, shifts, fits.counts, centre, low, high)


def linearised_profile(fits: Profile) -> LinearProfile:
    """The likelihood with the expected counts linear in the nuisances around the fit of the
    background alone.

    Bins without signal and the constraints become one covariance of the backgrounds of the signal
    regions; its eigenvectors are the nuisances.
    """
    at, free = fits.background_expansion(), fits.free_parameters()
    jacobian, place = at.jacobian[:, free], fits.place
    rest = np.setdiff1d(np.arange(len(at.rate)), place)
    known = np.diag(fits.constraint_curvature()[free] / 2)
    known = known + (jacobian[rest].T / at.rate[rest]) @ jacobian[rest]
    known = known + RIDGE * np.diag(np.diag(known) + RIDGE)
    here, background = jacobian[place], at.rate[place]
    covariance = here @ np.linalg.solve(known, here.T)
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    strengths, turned = np.linalg.eigh((root.T / background) @ root)
    shifts = (root @ turned[:, strengths > WEAK * max(strengths.max(), 1.0)]).T
    shifts = shifts if len(shifts) else np.zeros((1, len(place)))
    counts = fits.counts[:, place]
    wide = np.full(len(shifts), FREE)
    centre = (1 - counts / background) @ shifts.T
    bins = np.arange(len(place))
    return LinearProfile(bins, background, shifts, counts, centre, -wide, wide)


def to_rows(profile: LinearProfile) -> Rows:
    """The numbers of the profile as a table, each with the indices that it has."""
    parts = []
    for name in QUANTITIES:
        values = np.asarray(getattr(profile, name), dtype=np.float64)
        first, second = np.indices((*values.shape, 1)[:2]).reshape(2, -1)
        parts.append((np.full(values.size, name), first, second, values.ravel()))
    quantity, first, second, value = (np.concatenate(p) for p in zip(*parts, strict=True))
    return {"quantity": quantity, "first": first, "second": second, "value": value}


def from_rows(rows: Rows) -> LinearProfile:
    """The profile in a table of `to_rows`."""

    def read(name: str) -> Array:
        own = rows["quantity"] == name
        first, second, value = (np.asarray(rows[c])[own] for c in COLUMN_NAMES[1:])
        table = np.zeros((int(first.max()) + 1, int(second.max()) + 1))
        table[first, second] = value
        return table if name in TABLES else table[:, 0]

    place, background, shifts, counts, centre, low, high = (read(name) for name in QUANTITIES)
    return LinearProfile(place.astype(np.int64), background, shifts, counts, centre, low, high)
