"""Which declared ranges an event leaves, in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lhnets._asking.events import PARAMETERS, Arrays
from lhnets.format import Card, Input


def outside_ranges(arrays: Arrays, event: int, card: Card) -> list[str]:
    """Which declared ranges the entries of one event leave, for messages."""
    broken = []
    for tensor in card.tensors:
        entries = arrays[tensor.name][event : event + 1]
        present = _present(tensor, arrays, event, card)
        features = [
            (f"{tensor.name}.{f.name}", f.low, f.high, entries[..., k])
            for k, f in enumerate(tensor.features)
        ]
        for name, low, high, values in [(tensor.name, tensor.low, tensor.high, entries), *features]:
            if low is None or high is None:
                continue
            seen = values[present] if present is not None else values
            bad = seen[(seen < low) | (seen > high)]
            if bad.size:
                broken.append(f"{name} = {float(bad.flat[0]):g} lies outside [{low:g}, {high:g}]")
    for k, column in enumerate(card.columns):
        x, low, high = float(arrays[PARAMETERS][event, k]), column.low, column.high
        if low is not None and high is not None and not low <= x <= high:
            broken.append(f"{column.name} = {x:g} lies outside [{low:g}, {high:g}]")
    return broken


def _present(tensor: Input, arrays: Arrays, event: int, card: Card) -> NDArray[np.bool_] | None:
    """Which entries (1, P) are no padding; None where no mask says so."""
    for mask in card.tensors:
        if tensor.name in mask.mask_of:
            marked = arrays[mask.name][event : event + 1].astype(bool)
            return marked if mask.mask_marks == "entries" else ~marked
    return None
