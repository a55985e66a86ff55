"""Events of decay chains with unknown masses, by flat phase space: what an event variable learns
from.

The topologies of D. Kim, K. Kong, K. Matchev, M. Park and P. Shyamsundar, arXiv:2105.10126. All
visible particles are massless. Momenta are (E, px, py, pz) in GeV, the beam is along z.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LIGHTEST, HEAVIEST = 100.0, 500.0
"""Of the particle that decays, in GeV."""
GAP = 50.0
"""Smallest difference of masses in a decay with an invisible particle, in GeV."""
MOST_ENERGY = 1500.0
"""Of a particle that is produced alone, in GeV."""
RISE = 0.4
"""Mean of s_hat^(1/2)/(2 m) - 1 for a pair."""
RAPIDITY = 1.0
"""Standard deviation of the boost of a pair along the beam."""


@dataclass(frozen=True)
class Cascades:
    """Events of a decay chain: visible particles (N, p, 4), missing transverse momentum (N, 2) and
    the masses (N, k) of the chain."""

    visible: Array
    missing: Array
    masses: Array


Draw = Callable[[int, np.random.Generator], Cascades]


def two_visible(rows: int, rng: np.random.Generator) -> Cascades:
    """A -> b c, both seen; A flies in any direction."""
    mass = rng.uniform(LIGHTEST, HEAVIEST, rows)
    parent = _alone(mass, _direction(rows, rng), rng)
    first, second = _decay(parent, mass, np.zeros(rows), rng)
    return Cascades(np.stack([first, second], 1), np.zeros((rows, 2)), mass[:, None])


def one_invisible(rows: int, rng: np.random.Generator) -> Cascades:
    """A -> b C, C not seen; A flies along the beam."""
    mass = rng.uniform(2 * LIGHTEST, HEAVIEST, rows)
    dark = rng.uniform(0, mass - GAP)
    beam = np.zeros((rows, 3))
    beam[:, 2] = rng.choice([-1.0, 1.0], rows)
    seen, unseen = _decay(_alone(mass, beam, rng), mass, dark, rng)
    return Cascades(seen[:, None], unseen[:, 1:3], np.stack([mass, dark], 1))


def pair_of_invisible(rows: int, rng: np.random.Generator) -> Cascades:
    """A A -> (b C) (b C), both C not seen; the pair has no transverse momentum."""
    mass = rng.uniform(2 * LIGHTEST, HEAVIEST, rows)
    dark = rng.uniform(0, mass - GAP)
    energy = mass * (1 + rng.exponential(RISE, rows))
    momentum = np.sqrt(energy**2 - mass**2)[:, None] * _direction(rows, rng)
    tanh = np.tanh(rng.normal(0, RAPIDITY, rows))
    along = np.stack([np.zeros(rows), np.zeros(rows), tanh], 1)
    seen, missing = [], np.zeros((rows, 2))
    for sign in (1, -1):
        parent = _boost(np.concatenate([energy[:, None], sign * momentum], 1), along)
        one, unseen = _decay(parent, mass, dark, rng)
        seen.append(one)
        missing += unseen[:, 1:3]
    return Cascades(np.stack(seen, 1), missing, np.stack([mass, dark], 1))


def two_steps(rows: int, rng: np.random.Generator) -> Cascades:
    """A -> b B, B -> c C, C not seen; A flies in any direction, and what is missing is not
    measured."""
    mass = rng.uniform(2 * LIGHTEST, HEAVIEST, rows)
    middle = rng.uniform(GAP, mass - GAP)
    dark = rng.uniform(0, np.maximum(middle - GAP, 0.0))
    first, between = _decay(_alone(mass, _direction(rows, rng), rng), mass, middle, rng)
    second, _ = _decay(between, middle, dark, rng)
    visible = np.stack([first, second], 1)
    return Cascades(visible, np.zeros((rows, 2)), np.stack([mass, middle, dark], 1))


def _alone(mass: Array, direction: Array, rng: np.random.Generator) -> Array:
    """A particle with an energy up to `MOST_ENERGY` along ``direction``."""
    energy = rng.uniform(mass, MOST_ENERGY)
    momentum = np.sqrt(energy**2 - mass**2)[:, None] * direction
    return np.concatenate([energy[:, None], momentum], 1)


def _decay(
    parent: Array, mass: Array, dark: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """An isotropic decay into a massless particle and one of mass ``dark``."""
    q = ((mass**2 - dark**2) / (2 * mass))[:, None] * _direction(len(mass), rng)
    size = np.linalg.norm(q, axis=1)
    boost = parent[:, 1:] / parent[:, :1]
    light = np.concatenate([size[:, None], q], 1)
    heavy = np.concatenate([np.sqrt(size**2 + dark**2)[:, None], -q], 1)
    return _boost(light, boost), _boost(heavy, boost)


def _boost(p: Array, velocity: Array) -> Array:
    """Momenta (N, 4) in a frame that moves with minus the velocity (N, 3)."""
    squared = (velocity**2).sum(1)
    gamma = 1 / np.sqrt(1 - squared)
    along = (velocity * p[:, 1:]).sum(1)
    factor = np.where(squared > 0, (gamma - 1) / np.maximum(squared, 1e-12), 0.0)
    space = p[:, 1:] + (factor * along + gamma * p[:, 0])[:, None] * velocity
    return np.concatenate([(gamma * (p[:, 0] + along))[:, None], space], 1)


def _direction(rows: int, rng: np.random.Generator) -> Array:
    cosine, phi = rng.uniform(-1, 1, rows), rng.uniform(0, 2 * np.pi, rows)
    sine = np.sqrt(1 - cosine**2)
    return np.stack([sine * np.cos(phi), sine * np.sin(phi), cosine], 1)
