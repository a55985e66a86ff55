"""Which buffers of a program may share memory, as they are never needed at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lhnets._running.native.program import Buffer, Statement, operands_of


class Slots(NamedTuple):
    """Arrays of C for the buffers."""

    names: dict[int, str]
    """The array of each buffer, by its id."""
    sizes: dict[str, tuple[np.dtype[Any], int]]
    """Element type and length of each array."""


def share_slots(statements: Sequence[Statement]) -> Slots:
    """An array for each buffer without a name; one is used again when its buffer is read no
    more."""
    last_use = {
        id(o.source): k
        for k, s in enumerate(statements)
        for o in (s.target, *operands_of(s))
        if isinstance(o.source, Buffer)
    }
    slots = Slots({}, {})
    free: list[str] = []
    for k, statement in enumerate(statements):
        target = statement.target.source
        if isinstance(target, Buffer) and not target.name and id(target) not in slots.names:
            slots.names[id(target)] = _take(target, free, slots)
        free += {
            slots.names[id(o.source)]: None
            for o in (statement.target, *operands_of(statement))
            if id(o.source) in slots.names and last_use[id(o.source)] == k
        }
    return slots


def _take(buffer: Buffer, free: list[str], slots: Slots) -> str:
    """The free array of this type whose length fits best, made longer if it must be; else a new
    one."""
    fitting = [name for name in free if slots.sizes[name][0] == buffer.dtype]
    if not fitting:
        name = f"b{len(slots.sizes)}"
        slots.sizes[name] = (buffer.dtype, buffer.size)
        return name
    name = min(fitting, key=lambda n: (abs(slots.sizes[n][1] - buffer.size), n))
    free.remove(name)
    slots.sizes[name] = (buffer.dtype, max(buffer.size, slots.sizes[name][1]))
    return name
