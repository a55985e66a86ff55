"""The region of a network as the prior of a sampler."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhnets._running.outputs import Arrays
from lhnets._running.outside import REACH_TOLERANCE
from lhnets.errors import ParameterError
from lhnets.format import Card

MOST_DRAWN = 10_000_000
"""Points of the box that are drawn before the region counts as too small a part of it."""
_AT_ONCE = 10_000


class Prior:
    """A prior that is flat in the inputs of a network and vanishes outside its region.

    Attributes
    ----------
    names : tuple of str
        The inputs in card order.
    low, high : array of shape (n,)
        The box around the region, in the units of the card.
    """

    def __init__(self, card: Card, predict: Callable[[NDArray[np.float64]], Arrays]) -> None:
        if card.tensors:
            raise ParameterError(
                f"{card.identity} takes events: a prior is for networks of parameters"
            )
        self.names = tuple(i.name for i in card.columns)
        self.low, self.high = np.array([[i.low, i.high] for i in card.columns], np.float64).T
        self._identity = card.identity
        self._predict = predict

    def log_density(self, points: ArrayLike) -> NDArray[np.float64]:
        """0 inside the region, minus infinity outside or where a number is not finite.

        Parameters
        ----------
        points
            Shape (..., n), in card order.

        Returns
        -------
        array
            Shape (...,). It is not normalised: the volume of the region is left out.
        """
        given = np.asarray(points, dtype=np.float64)
        rows = given.reshape(-1, given.shape[-1])
        inside = self._predict(rows).reach <= 1 + REACH_TOLERANCE
        inside &= np.isfinite(rows).all(axis=1)
        return np.where(inside, 0.0, -np.inf).reshape(given.shape[:-1])

    def transform(self, cube: ArrayLike) -> NDArray[np.float64]:
        """From the unit cube to the box, for nested samplers: shape (..., n) to (..., n).

        Where the region is not the whole box, add `log_density` to the log likelihood.
        """
        points: NDArray[np.float64] = self.low + np.asarray(cube) * (self.high - self.low)
        return points

    def draw(self, count: int, seed: int | np.random.Generator = 0) -> NDArray[np.float64]:
        """Independent points of the region, shape (count, n): the starts of walkers.

        Raises
        ------
        ParameterError
            If the region is so small a part of its box that they are not found.
        """
        rng, kept, tried = np.random.default_rng(seed), [np.empty((0, len(self.names)))], 0
        while (found := sum(map(len, kept))) < count:
            if tried >= MOST_DRAWN and not found:
                raise ParameterError(
                    f"none of {tried} points of the box lie in the region of {self._identity}: "
                    "give starting points of your own"
                )
            rows = self.transform(rng.uniform(size=(_AT_ONCE, len(self.names))))
            kept.append(rows[np.isfinite(self.log_density(rows))])
            tried += _AT_ONCE
        return np.concatenate(kept)[:count]
