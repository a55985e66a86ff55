"""Quantities of an event from the momenta of its entries, as a card's `EventRange` names them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TINY = 1e-6
"""Below any momentum that matters, in GeV."""
HARD = 1.0
"""Entries below this p_T in GeV do not say how wide an event is."""


def measure_events(momenta: NDArray[Any], hardest: int) -> dict[str, Array]:
    """Each quantity of events, shape (N,), from (E, px, py, pz) of their entries (N, P, 4) in GeV.

    Entries of zeros count for nothing. ``kept_pt`` is that of the ``hardest`` entries. Distances
    are sqrt(2 cosh(dy) - 2 cos(dphi)), which is the usual one where it is small.
    """
    p = np.asarray(momenta, dtype=np.float64)
    energy, px, py, pz = np.moveaxis(p, -1, 0)
    transverse, size = np.hypot(px, py), np.sqrt(px**2 + py**2 + pz**2)
    order = np.argsort(-transverse, axis=1, kind="stable")[:, :hardest]
    kept = np.take_along_axis(p, order[..., None], axis=1).sum(axis=1)
    total = p.sum(axis=1)
    y = _rapidity(total[:, 0], total[:, 3])
    apart = np.cosh(_rapidity(energy, pz) - y[:, None])
    along = px * total[:, None, 1] + py * total[:, None, 2]
    size_along = transverse * np.hypot(total[:, None, 1], total[:, None, 2])
    distance = np.sqrt(np.maximum(2 * (apart - along / (size_along + TINY)), 0.0))
    squared = total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(axis=1)
    excess = (size - energy) / (size + np.abs(energy) + TINY)
    return {
        "multiplicity": (energy > 0).sum(axis=1).astype(np.float64),
        "pt": np.hypot(total[:, 1], total[:, 2]),
        "kept_pt": np.hypot(kept[:, 1], kept[:, 2]),
        "rapidity": y,
        "mass": np.sqrt(np.maximum(squared, TINY)),
        "radius": np.where(transverse > HARD, distance, 0.0).max(axis=1, initial=0.0),
        "excess": excess.max(axis=1, initial=0.0),
    }


def _rapidity(energy: Array, pz: Array) -> Array:
    forward, backward = np.maximum(energy + pz, TINY), np.maximum(energy - pz, TINY)
    return np.asarray(0.5 * (np.log(forward) - np.log(backward)))
