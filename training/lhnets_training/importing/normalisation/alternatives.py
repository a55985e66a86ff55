"""Other readings of a normalisation, each with one mistake undone, in the words of a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, permutations

from lhnets_training.importing.normalisation.columns import Log, Normalisation, Then
from lhnets_training.importing.normalisation.sidecar import FORMULAE, Convention, SidecarEntry

FEW = 5
"""Up to so many columns every order is tried, above every exchange of two."""
_LOGS: tuple[Log, ...] = ("none", "ln", "log10")
_THEN: tuple[Then, ...] = ("none", "exp", "10^")
_SAID = {"none": "no logarithm", "ln": "the natural logarithm", "log10": "the decimal logarithm"}
_GIVES = {"none": "{0} itself", "exp": "ln {0}", "10^": "log10 {0}"}
_EVERY = {"exp": "ln", "10^": "log10"}

Alternative = tuple[str, Normalisation]


def alternatives(
    reading: Normalisation,
    inputs: Sequence[SidecarEntry],
    outputs: Sequence[SidecarEntry],
    convention: Convention,
) -> Iterator[Alternative]:
    """What else could be meant; ``inputs`` and ``outputs`` are the entries behind columns and
    heads, or empty."""
    yield from orders(reading)
    yield from _exchanged(reading, inputs, outputs, convention)
    yield from _conventions(reading, inputs, outputs, convention)
    yield from _logarithms(reading)
    yield from _undone(reading)


def orders(reading: Normalisation) -> Iterator[Alternative]:
    """The columns in other orders: the variables alone, or each with its two numbers."""
    count = len(reading.columns)
    if count <= FEW:
        found = [p for p in permutations(range(count)) if p != tuple(range(count))]
    else:
        found = [_transposed(count, i, j) for i, j in combinations(range(count), 2)]
    standardised = any(c.shift or c.width != 1 for c in reading.columns)
    for order in found:
        names = ", ".join(reading.columns[k].name for k in order)
        said = f"the model takes its columns in the order {names}"
        whole = tuple(reading.columns[k] for k in order)
        yield said, replace(reading, columns=whole)
        if standardised:
            alone = tuple(
                replace(c, name=reading.columns[k].name)
                for c, k in zip(reading.columns, order, strict=True)
            )
            yield f"{said}, and the normalisation keeps its own", replace(reading, columns=alone)


def _transposed(count: int, i: int, j: int) -> tuple[int, ...]:
    order = list(range(count))
    order[i], order[j] = order[j], order[i]
    return tuple(order)


def _exchanged(
    reading: Normalisation,
    inputs: Sequence[SidecarEntry],
    outputs: Sequence[SidecarEntry],
    convention: Convention,
) -> Iterator[Alternative]:
    """The two numbers of one variable, or of all, the other way round."""
    whole, count = reading, 0
    for k, entry in enumerate(inputs):
        shift, width = (
            entry.swapped.affine(convention) if not entry.bare and entry.first else (0.0, 0.0)
        )
        if width > 0:
            yield (
                f"{entry.words[0]} and {entry.words[1]} of {reading.columns[k].name} are exchanged "
                f"({entry.words[0]} {entry.second:g}, {entry.words[1]} {entry.first:g})",
                reading.with_column(k, shift=shift, width=width),
            )
            whole, count = whole.with_column(k, shift=shift, width=width), count + 1
    if count > 1:
        yield f"{inputs[0].words[0]} and {inputs[0].words[1]} are exchanged for all inputs", whole
    for k, entry in enumerate(outputs):
        shift, width = (
            entry.swapped.affine(convention) if not entry.bare and entry.first else (0.0, 0.0)
        )
        if width:
            yield (
                f"{entry.words[0]} and {entry.words[1]} of the output {reading.heads[k].name} are "
                "exchanged",
                reading.with_head(k, shift=shift, width=width),
            )


def _conventions(
    reading: Normalisation,
    inputs: Sequence[SidecarEntry],
    outputs: Sequence[SidecarEntry],
    convention: Convention,
) -> Iterator[Alternative]:
    for other in ("subtract-divide", "add-multiply"):
        if other == convention or not any(not e.bare for e in (*inputs, *outputs)):
            continue
        made = reading
        for k, entry in enumerate(inputs):
            shift, width = entry.affine(other)
            made = made.with_column(k, shift=shift, width=width)
        for k, entry in enumerate(outputs):
            shift, width = entry.affine(other)
            made = made.with_head(k, shift=shift, width=width)
        words = next(e.words for e in (*inputs, *outputs) if not e.bare)
        yield (
            f"the normalisation is {FORMULAE[other].format(*words)}, not "
            f"{FORMULAE[convention].format(*words)}",
            made,
        )


def _logarithms(reading: Normalisation) -> Iterator[Alternative]:
    """A logarithm that is missing, or one too many, at an input, an output, or all of them."""
    for k, column in enumerate(reading.columns):
        for log in _LOGS:
            if log != column.log:
                yield (
                    f"the model takes {_SAID[log]} of {column.name}",
                    reading.with_column(k, log=log),
                )
    for k, head in enumerate(reading.heads):
        for then in _THEN:
            if then != head.then and not head.spread:
                yield (
                    f"the model gives {_GIVES[then].format(head.name)}",
                    _giving(reading, [k], then),
                )
    columns, heads = (
        range(len(reading.columns)),
        [k for k, h in enumerate(reading.heads) if not h.spread],
    )
    for log in _LOGS[1:]:
        every = replace(reading, columns=tuple(replace(c, log=log) for c in reading.columns))
        if len(columns) > 1:
            yield f"the model takes {_SAID[log]} of every input", every
        for then in _THEN[1:]:
            said = (
                f"the model takes {_SAID[log]} of every input and gives {_EVERY[then]} of its "
                "outputs"
            )
            yield said, _giving(every, heads, then)
    if len(heads) > 1:
        for then in _THEN[1:]:
            yield (
                f"the model gives {then.replace('exp', 'ln').replace('10^', 'log10')} of every "
                "output",
                _giving(reading, heads, then),
            )


def _giving(reading: Normalisation, heads: Sequence[int], then: Then) -> Normalisation:
    for k in heads:
        reading = reading.with_head(k, then=then)
    return reading


def _undone(reading: Normalisation) -> Iterator[Alternative]:
    """A normalisation that the model does itself, or that belongs to inputs or outputs only."""
    bare = tuple(replace(c, shift=0.0, width=1.0) for c in reading.columns)
    if bare != reading.columns:
        yield (
            "the model takes its inputs as they are: it standardises them itself",
            replace(reading, columns=bare),
        )
    plain = tuple(replace(h, shift=0.0, width=1.0) for h in reading.heads)
    if plain != reading.heads:
        yield (
            "the model gives its outputs as they are: nothing standardised is to be undone",
            replace(reading, heads=plain),
        )
