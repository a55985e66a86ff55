"""Weights of events: what an unfolding gives must be fit to be summed."""

from __future__ import annotations

import numpy as np

from lhnets._answers.prediction import Prediction
from lhnets.errors import WeightError


def require_weights(prediction: Prediction) -> Prediction:
    """The prediction, if all its values are weights.

    Raises
    ------
    WeightError
        for the first value that is negative, infinite or not a number.
    """
    values = np.atleast_1d(prediction.value)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise WeightError(
            f"{prediction.network} gives {int(wrong.sum())} of {len(values)} events no weight, the "
            f"first of them event {first} with {values[first]:g}: expected finite numbers from 0 "
            "on. Leave these events out, and tell the authors of the network"
        )
    return prediction
