"""A flow of pairs of particles: from mass, rapidity and direction to the unit cube and back, and
the momenta that follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lhnets_training.fit.flows.splines import Flow

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class PairSpace:
    """The range of the coordinates, and how they become numbers between 0 and 1.

    The square of the mass goes by the arctangent of its distance from ``centre``, over ``scale``
    (both GeV^2), as a resonance does; the rapidity over its kinematic limit ln(sqrt_s/m).
    """

    least: float
    most: float
    centre: float
    scale: float
    particle_mass: float
    energies: tuple[float, float]
    """Range of sqrt_s, in GeV."""

    @property
    def edges(self) -> tuple[float, float]:
        """The arctangents at both ends of the mass."""
        low, high = ((m**2 - self.centre) / self.scale for m in (self.least, self.most))
        return float(np.arctan(low)), float(np.arctan(high))

    def scaled_energy(self, sqrt_s: Array) -> Array:
        """Between -1 and 1."""
        low, high = self.energies
        return np.asarray((2 * sqrt_s - low - high) / (high - low))

    def to_cube(self, x: Array, sqrt_s: Array) -> Array:
        """The first three coordinates (N, 3) in the unit cube; the azimuth is flat."""
        low, high = self.edges
        mass = (np.arctan((x[:, 0] ** 2 - self.centre) / self.scale) - low) / (high - low)
        limit = np.log(sqrt_s / x[:, 0])
        return np.stack([mass, (x[:, 1] / limit + 1) / 2, (x[:, 2] + 1) / 2], 1)

    def from_cube(self, u: Array, sqrt_s: Array) -> Array:
        """Mass, rapidity, cosine and azimuth (N, 4) from numbers in the unit cube (N, 4)."""
        low, high = self.edges
        mass = np.sqrt(self.centre + self.scale * np.tan(low + u[:, 0] * (high - low)))
        limit = np.log(sqrt_s / mass)
        return np.stack(
            [mass, limit * (2 * u[:, 1] - 1), 2 * u[:, 2] - 1, np.pi * (2 * u[:, 3] - 1)], 1
        )

    def log_volume(self, x: Array, sqrt_s: Array) -> Array:
        """The logarithm of the volume (N,) in the cube of a unit of all four coordinates."""
        low, high = self.edges
        t = (x[:, 0] ** 2 - self.centre) / self.scale
        mass = 2 * x[:, 0] / (self.scale * (1 + t**2) * (high - low))
        return np.asarray(np.log(mass / (8 * np.pi * np.log(sqrt_s / x[:, 0]))))

    def momenta(self, x: Array) -> Array:
        """(E, px, py, pz) of the first and of the second particle (N, 8)."""
        mass, y, cosine, phi = x.T
        energy = mass / 2
        p = np.sqrt(energy**2 - self.particle_mass**2)
        along, across = p * cosine, p * np.sqrt(np.maximum(1 - cosine**2, 0.0))
        cosh, sinh = np.cosh(y), np.sinh(y)
        return np.stack(
            [
                component
                for sign in (1.0, -1.0)
                for component in (
                    energy * cosh + sign * along * sinh,
                    sign * across * np.cos(phi),
                    sign * across * np.sin(phi),
                    energy * sinh + sign * along * cosh,
                )
            ],
            1,
        )


@dataclass(frozen=True)
class PairFlow:
    """A fitted flow with its space."""

    flow: Flow
    space: PairSpace

    def sample(self, noise: Array, sqrt_s: Array) -> Array:
        """Coordinates and momenta (N, 12) from noise (N, 4)."""
        given = torch.tensor(self.space.scaled_energy(sqrt_s))[:, None]
        with torch.no_grad():
            cube = self.flow.invert(torch.tensor(noise[:, :3]), given).numpy()
        x = self.space.from_cube(np.concatenate([cube, noise[:, 3:]], 1), sqrt_s)
        return np.concatenate([x, self.space.momenta(x)], 1)

    def log_density(self, x: Array, sqrt_s: Array) -> Array:
        """The logarithm of the density (N,) at coordinates (N, 4) within their kinematic limits."""
        given = torch.tensor(self.space.scaled_energy(sqrt_s))[:, None]
        with torch.no_grad():
            logs = self.flow(torch.tensor(self.space.to_cube(x, sqrt_s)), given)[1].numpy()
        return np.asarray(logs + self.space.log_volume(x, sqrt_s))
