"""What every network gives, whatever runs it."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

OUTPUTS = ("value", "uncertainty", "reach")


class Arrays(NamedTuple):
    """What a network gives: ``value`` and ``uncertainty`` of shape (N, k) in the units of the
    outputs, ``reach`` (N,)."""

    value: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    reach: NDArray[np.float64]


class Runs(Protocol):
    """A network that is ready to run."""

    def run(self, inputs: dict[str, NDArray[Any]]) -> Arrays:
        """Evaluate arrays by the names of the network's inputs, first axis the points."""
        ...
