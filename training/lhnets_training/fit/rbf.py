"""The simple method beside the networks of `lhnets_training.fit.composed`: cubic radial basis functions on the same heads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit.terms import End
from lhnets_training.recipe import BaselineFit

Array = NDArray[np.float64]


def rbf_of_heads(
    features: Callable[[Array], Array], end: End, *, neighbours: int = 64, smoothing: float = 0.0
) -> BaselineFit:
    """Interpolates the heads of ``end`` over standardised ``features(x)`` of all training rows.

    ``smoothing`` is that of scipy's RBFInterpolator, above zero where labels carry noise.
    """

    def interpolate(x: Array, y: Array, x_new: Array) -> tuple[str, Array]:
        from scipy.interpolate import RBFInterpolator

        f = features(x)
        mean, std = f.mean(axis=0), f.std(axis=0)
        fit = RBFInterpolator(
            (f - mean) / std, end.targets(y), kernel="cubic", neighbors=min(neighbours, len(f)), smoothing=smoothing
        )
        smooth = f", smoothing {smoothing:g}" if smoothing else ""
        method = f"cubic RBF on {len(f)} training rows, {neighbours} neighbours{smooth}"
        return method, end.values(np.asarray(fit((features(x_new) - mean) / std)))

    return interpolate
