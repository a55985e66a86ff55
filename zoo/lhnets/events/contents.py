"""What a file of events holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, Any]
"""Arrays by name; jagged ones are awkward arrays."""


class EventFile(NamedTuple):
    """The events of a file.

    Attributes
    ----------
    inputs : mapping
        What `Classify` and its like take: columns of momenta by their names, or arrays by the names
        of a network's inputs.
    labels : array of shape (N,), optional
        The truth, if the file says it: 1 for signal, 0 for background.
    """

    inputs: Columns
    labels: NDArray[np.int64] | None = None
