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
    def mass_and_ratio(cls, middle: float) -> TanhMap:
        """For two masses m and M: tanh(0.3 log(m / ``middle``)) and tanh(log(m / M))."""
        return cls(np.array([[0.3, 1.0], [0.0, -1.0]]), np.array([-0.3 * np.log(middle), 0.0]))
