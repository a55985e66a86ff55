"""Coordinates of small tables in which cross sections are smooth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TanhMap:
    """Coordinates tanh(log x @ weights + bias) (N, p), with weights (n, p) and bias (p,).

    A ratio of masses saturates where a particle decouples.
    """

    weights: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        """The coordinates of points (N, n)."""
        return np.asarray(np.tanh(np.log(x) @ self.weights + self.bias))

    @classmethod
    def mass_and_ratio(cls, middle: float, *steep: float) -> TanhMap:
        """For two masses m and M: tanh(0.3 log(m / ``middle``)), tanh(log(m / M)), and tanh(s log(m / M)) for further s.

        A coordinate that is ``steep`` resolves a ridge or step at equal masses.
        """
        powers = np.array([1.0, *steep])
        weights = np.stack([np.append(0.3, powers), np.append(0.0, -powers)])
        return cls(weights, np.append(-0.3 * np.log(middle), np.zeros(len(powers))))
