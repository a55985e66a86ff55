"""Changes of reference events that must show in a network's answer, or must not: beyond a range,
behind a mask, more padding."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Card, Input
from lhnets.networks import PARAMETERS
from lhnets_registry.admission import region

_STEPS = (1e-2, 1.0)
"""How far beyond a range to look, in its widths."""
_MORE = 3
"""Entries of padding that are appended."""

Arrays = dict[str, NDArray[Any]]


def beyond(card: Card, reference: Arrays) -> list[tuple[str, Arrays]]:
    """The reference events with one number beyond its declared range, by little and by much, with
    the name of that range."""
    made = []
    for tensor in card.tensors:
        if tensor.noise or tensor.dtype == "bool":
            continue
        for name, place, low, high in _ranges(tensor):
            for step in _STEPS:
                for bound, sign in ((low, -1.0), (high, 1.0)):
                    value = bound + sign * step * (high - low)
                    made.append((name, _with_first(card, reference, tensor, place, value)))
    if card.columns:
        few = reference[PARAMETERS]
        outside = region.outside(card, few)
        rows = np.arange(len(outside)) % len(few)
        made.append(
            ("a parameter", {**{k: a[rows] for k, a in reference.items()}, PARAMETERS: outside})
        )
    return [(name, arrays) for name, arrays in made if len(next(iter(arrays.values())))]


def hidden(card: Card, reference: Arrays) -> Arrays | None:
    """The reference events with other numbers in the entries that a mask hides; None where no mask
    hides any."""
    changed = dict(reference)
    for mask in card.tensors:
        present = _present(mask, reference)
        for name in mask.mask_of:
            array = changed[name]
            inner = (1,) * (array.ndim - 2)
            first = np.take_along_axis(
                array, np.argmax(present, axis=1).reshape(-1, 1, *inner), axis=1
            )
            changed[name] = np.where(present.reshape(*present.shape, *inner), array, first)
    return None if all(np.array_equal(changed[n], a) for n, a in reference.items()) else changed


def lengthened(card: Card, reference: Arrays) -> Arrays | None:
    """The reference events with more padding; None where no tensor on a free axis has any."""
    free = {
        t.shape[1]
        for t in card.tensors
        if t.padding is not None and t.shape and isinstance(t.shape[1], str)
    }
    longer = dict(reference)
    for tensor in card.tensors:
        if (tensor.shape or ())[1] not in free:
            continue
        padding = (tensor.mask_marks == "padding") if tensor.mask_of else tensor.padding
        if padding is None:
            return None
        array = reference[tensor.name]
        more = np.full((len(array), _MORE, *array.shape[2:]), padding, dtype=array.dtype)
        longer[tensor.name] = np.concatenate([array, more], axis=1)
    return longer if free else None


def _ranges(tensor: Input) -> list[tuple[str, int | None, float, float]]:
    """Name, place on the last axis (None: anywhere), low and high of each declared range."""
    places: list[tuple[str, int | None, float | None, float | None]] = [
        (tensor.name, None, tensor.low, tensor.high)
    ]
    places += [(f"{tensor.name}.{f.name}", k, f.low, f.high) for k, f in enumerate(tensor.features)]
    return [
        (name, k, low, high)
        for name, k, low, high in places
        if low is not None and high is not None
    ]


def _with_first(
    card: Card, reference: Arrays, tensor: Input, place: int | None, value: float
) -> Arrays:
    """The events that have an entry, with one number of their first entry set to ``value``."""
    array = reference[tensor.name].copy()
    marked = [_present(m, reference) for m in card.tensors if tensor.name in m.mask_of]
    present = marked[0] if marked else np.ones(array.shape[:2], dtype=bool)
    where: list[Any] = [np.arange(len(array)), np.argmax(present, axis=1)] + [0] * (array.ndim - 2)
    if place is not None:
        where[-1] = place
    array[tuple(where)] = value
    kept = present.any(axis=1)
    return {name: (array if name == tensor.name else a)[kept] for name, a in reference.items()}


def _present(mask: Input, arrays: Arrays) -> NDArray[np.bool_]:
    marked = arrays[mask.name].astype(bool)
    return marked if mask.mask_marks == "entries" else ~marked
