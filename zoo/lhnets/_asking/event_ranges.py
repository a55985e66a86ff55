"""Which declared ranges an event leaves, in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._asking.event_quantities import measure_events
from lhnets._asking.events import PARAMETERS, Arrays
from lhnets._asking.quantities import quantity_of
from lhnets.format import Card, EventRange, Input, Quantity

_MOMENTUM: tuple[Quantity, ...] = ("energy", "px", "py", "pz")


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
        broken += _outside_event_ranges(tensor, entries, present, card)
    for k, column in enumerate(card.columns):
        x, low, high = float(arrays[PARAMETERS][event, k]), column.low, column.high
        if low is not None and high is not None and not low <= x <= high:
            broken.append(f"{column.name} = {x:g} lies outside [{low:g}, {high:g}]")
    return broken


def _outside_event_ranges(
    tensor: Input, entries: NDArray[Any], present: NDArray[np.bool_] | None, card: Card
) -> list[str]:
    """The ranges of quantities of the event that its momenta leave."""
    ranges = [c for c in card.region if isinstance(c, EventRange) and c.of == tensor.name]
    places = {quantity_of(f): k for k, f in enumerate(tensor.features)}
    if not ranges or not places.keys() >= set(_MOMENTUM):
        return []
    shown = entries if present is None else entries * present[..., None]
    momenta = shown[..., np.array([places[q] for q in _MOMENTUM])]
    broken = []
    for one in ranges:
        found = measure_events(momenta, one.hardest or momenta.shape[1])
        x = float(found[one.quantity][0])
        if one.whole and int(found["multiplicity"][0]) == one.hardest:
            continue
        if not one.low <= x <= one.high:
            unit = "" if one.unit == "1" else f" {one.unit}"
            broken.append(
                f"{one.quantity} of {tensor.name} = {x:.4g}{unit} lies outside [{one.low:g}, "
                f"{one.high:g}] ({one.meaning})"
            )
    return broken


def _present(tensor: Input, arrays: Arrays, event: int, card: Card) -> NDArray[np.bool_] | None:
    """Which entries (1, P) are no padding; None where no mask says so."""
    for mask in card.tensors:
        if tensor.name in mask.mask_of:
            marked = arrays[mask.name][event : event + 1].astype(bool)
            return marked if mask.mask_marks == "entries" else ~marked
    return None
