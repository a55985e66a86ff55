"""Axes of tensors as models and authors order them, and as cards have them: events, constituents,
features, and masks of two axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input

Shape = tuple[int | str, ...]


@dataclass(frozen=True)
class Turn:
    """From the axes of one tensor to those of another: axes of length 1 are dropped, the others put
    into another order, axes of length 1 inserted."""

    dropped: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    inserted: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.dropped or self.order or self.inserted)

    def array(self, x: NDArray[Any]) -> NDArray[Any]:
        """An array with its axes turned."""
        x = np.squeeze(x, self.dropped) if self.dropped else x
        x = np.transpose(x, self.order) if self.order else x
        return np.expand_dims(x, self.inserted) if self.inserted else x

    def shape(self, shape: Shape) -> Shape:
        """The shape that an array of ``shape`` gets."""
        left = [n for k, n in enumerate(shape) if k not in self.dropped]
        left = [left[k] for k in self.order] if self.order else left
        for axis in self.inserted:
            left.insert(axis, 1)
        return tuple(left)


def turns_between(given: Shape, wanted: Shape) -> Iterator[Turn]:
    """Every turn that makes of a tensor of the shape ``given`` one that fits ``wanted``; none but
    the one that leaves it as it is, if that fits."""
    if fits(wanted, given):
        yield Turn()
        return
    spare = len(wanted) - len(given)
    ones = [k for k, n in enumerate(wanted) if k and n == 1]
    if spare > 0 and len(ones) == spare:
        turn = Turn(inserted=tuple(ones))
        if fits(wanted, turn.shape(given)):
            yield turn
    if spare == 0:
        for order in permutations(range(1, len(given))):
            turn = Turn(order=(0, *order))
            if fits(wanted, turn.shape(given)):
                yield turn


def fits(model: Shape, card: Shape) -> bool:
    """Whether the card promises nothing that the model does not take."""
    return len(model) == len(card) and all(
        isinstance(m, str) or m == c for m, c in zip(model[1:], card[1:], strict=True)
    )


def usual_axes(inputs: Sequence[Input]) -> tuple[tuple[Input, ...], dict[str, Turn]]:
    """Inputs with constituents along the second axis, features along the last and masks of two
    axes; and how the tensors of their author get there, by name, where they have to."""
    turns = {i.name: _usual(i) for i in inputs}
    made = tuple(
        msgspec.structs.replace(i, shape=turns[i.name].shape(i.shape)) if i.shape else i
        for i in inputs
    )
    return made, {n: t for n, t in turns.items() if t}


def _usual(card: Input) -> Turn:
    shape = card.shape or ()
    if card.mask_of and len(shape) > 2:
        ones = tuple(k for k, n in enumerate(shape) if k and n == 1)
        return Turn(dropped=ones) if len(shape) - len(ones) == 2 else Turn()
    if len(shape) != 3:
        return Turn()
    count = len(card.features)
    last = shape[2] == count if count else not _free_last(shape)
    second = shape[1] == count if count else _free_last(shape)
    return Turn(order=(0, 2, 1)) if second and not last else Turn()


def _free_last(shape: Sequence[int | str]) -> bool:
    """Whether only the last axis is free, as in (N, 20, P)."""
    return isinstance(shape[2], str) and isinstance(shape[1], int)
