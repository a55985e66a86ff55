"""Exact kinematic variables of events, vectorised: what learnt ones are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def invariant_mass(momenta: ArrayLike) -> Array:
    """The invariant mass of all particles of each event.

    Parameters
    ----------
    momenta
        (E, px, py, pz), shape (N, p, 4); any unit.

    Returns
    -------
    array
        Shape (N,), in the same unit.
    """
    total = np.asarray(momenta, dtype=np.float64).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(axis=1), 0.0)))


def transverse_mass(momentum: ArrayLike, missing: ArrayLike, invisible: float = 0.0) -> Array:
    """The transverse mass of a visible particle and the missing transverse momentum.

    Parameters
    ----------
    momentum
        (E, px, py, pz) of the visible particle, shape (N, 4).
    missing
        (px, py), shape (N, 2), in the same unit.
    invisible
        Assumed mass of what is not seen.

    Returns
    -------
    array
        Shape (N,).
    """
    p, lost = np.asarray(momentum, dtype=np.float64), np.asarray(missing, dtype=np.float64)
    mass = np.maximum(p[:, 0] ** 2 - (p[:, 1:] ** 2).sum(axis=1), 0.0)
    energy = np.sqrt(mass + (p[:, 1:3] ** 2).sum(axis=1))
    other = np.sqrt(invisible**2 + (lost**2).sum(axis=1))
    squared = mass + invisible**2 + 2 * (energy * other - (p[:, 1:3] * lost).sum(axis=1))
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


def stransverse_mass_massless(momenta: ArrayLike) -> Array:
    """m_T2 of two massless visible particles that recoil against the invisible ones alone, for
    massless invisible particles: its closed form.

    Without other transverse momentum m_T2^2 = 2 (p_T1 p_T2 + p_T1 . p_T2), C. Lester,
    arXiv:1103.5682.

    Parameters
    ----------
    momenta
        (E, px, py, pz), shape (N, 2, 4).

    Returns
    -------
    array
        Shape (N,), in the same unit.
    """
    p = np.asarray(momenta, dtype=np.float64)[:, :, 1:3]
    size = np.linalg.norm(p, axis=2)
    dot = (p[:, 0] * p[:, 1]).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(2 * (size[:, 0] * size[:, 1] + dot), 0.0)))
