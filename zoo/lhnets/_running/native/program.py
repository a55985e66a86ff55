"""A network as a straight program: what is computed, element by element, in which order.

A buffer holds numbers of one type in a row. Reshaping, slicing, transposing and broadcasting cost
nothing: they only change at which positions a buffer is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Positions: TypeAlias = NDArray[np.intp]

LONGEST_EXPRESSION = 12
"""Operations written in one line of C."""


@dataclass(eq=False, frozen=True)
class Buffer:
    """Numbers of one type in a row. The name is given where others know it: inputs and outputs."""

    dtype: np.dtype[Any]
    size: int
    name: str = ""


class Operand(NamedTuple):
    """What an operation reads or writes: a buffer or a constant of one axis, and the positions."""

    source: Buffer | NDArray[Any]
    positions: Positions

    def flatten_batch(self) -> Operand:
        """The same with all axes before the last two as one."""
        return self._replace(positions=self.positions.reshape(-1, *self.positions.shape[-2:]))


class Apply(NamedTuple):
    """An expression: C with a place in braces for each argument."""

    code: str
    arguments: tuple[Apply | Operand, ...]


Expression: TypeAlias = Apply | Operand


class Assign(NamedTuple):
    """Every element of the target becomes the value of the expression. All positions have the
    same shape."""

    target: Operand
    value: Expression


class Product(NamedTuple):
    """Products of matrices: target (B, I, J) = left (B, I, K) by right (B, K, J)."""

    target: Operand
    left: Operand
    right: Operand


class Reduction(NamedTuple):
    """Target (M,) = rows of the operand (M, R) reduced: C that takes what was found so far and the
    next element; of which ``code`` is empty where the index of the first extreme is wanted."""

    target: Operand
    rows: Operand
    code: str
    index_of: str = ""


class Pick(NamedTuple):
    """Target (M,) = the element of each row of ``rows`` (M, R) at ``chosen`` (M,)."""

    target: Operand
    rows: Operand
    chosen: Operand


Statement: TypeAlias = Assign | Product | Reduction | Pick


def operands_of(statement: Statement) -> Iterator[Operand]:
    """What a statement reads."""
    if isinstance(statement, Assign):
        yield from _leaves(statement.value)
    elif isinstance(statement, Product):
        yield from (statement.left, statement.right)
    elif isinstance(statement, Pick):
        yield from (statement.rows, statement.chosen)
    else:
        yield statement.rows


def simplify(statements: Sequence[Statement], outputs: Sequence[Buffer]) -> list[Statement]:
    """Without what no output needs, and with results that are used once written where they are
    used."""
    return _merge(_drop_unused(statements, outputs))


def _drop_unused(statements: Sequence[Statement], outputs: Sequence[Buffer]) -> list[Statement]:
    needed: set[int] = {id(b) for b in outputs}
    kept: list[Statement] = []
    for statement in reversed(statements):
        if id(statement.target.source) in needed:
            needed.update(id(o.source) for o in operands_of(statement))
            kept.append(statement)
    return kept[::-1]


def _merge(statements: Sequence[Statement]) -> list[Statement]:
    reads = Counter(id(o.source) for s in statements for o in operands_of(s))
    writes = Counter(id(s.target.source) for s in statements)
    held: dict[int, Assign] = {}
    merged: list[Statement] = []
    for statement in statements:
        merged += [held.pop(key) for key in _needed_before(statement, held)]
        if isinstance(statement, Assign):
            statement = statement._replace(value=_substitute(statement.value, held))
            if _can_move(statement, reads, writes):
                held[id(statement.target.source)] = statement
                continue
        merged.append(statement)
    return merged


def _needed_before(statement: Statement, held: dict[int, Assign]) -> list[int]:
    """Which held results must stand in a buffer: those read often, or not element by element."""
    return [
        id(o.source)
        for o in operands_of(statement)
        if id(o.source) in held
        and not (isinstance(statement, Assign) and o.positions.size <= o.source.size)
    ]


def _can_move(statement: Assign, reads: Counter[int], writes: Counter[int]) -> bool:
    source, positions = statement.target
    return (
        isinstance(source, Buffer)
        and not source.name
        and reads[id(source)] == 1
        and writes[id(source)] == 1
        and positions.size == source.size
        and _length(statement.value) < LONGEST_EXPRESSION
    )


def _substitute(value: Expression, held: dict[int, Assign]) -> Expression:
    if isinstance(value, Apply):
        return value._replace(arguments=tuple(_substitute(a, held) for a in value.arguments))
    found = held.pop(id(value.source), None)
    return value if found is None else _read_at(found, value.positions)


def _read_at(statement: Assign, positions: Positions) -> Expression:
    """The expression of a statement at some positions of its target."""
    written = statement.target.positions.reshape(-1)
    element = np.empty(written.size, np.intp)
    element[written] = np.arange(written.size)
    return _reposition(statement.value, element[positions])


def _reposition(value: Expression, elements: Positions) -> Expression:
    if isinstance(value, Apply):
        return value._replace(arguments=tuple(_reposition(a, elements) for a in value.arguments))
    return value._replace(positions=value.positions.reshape(-1)[elements])


def _length(value: Expression) -> int:
    return 1 + sum(map(_length, value.arguments)) if isinstance(value, Apply) else 0


def _leaves(value: Expression) -> Iterator[Operand]:
    if isinstance(value, Operand):
        yield value
    else:
        for argument in value.arguments:
            yield from _leaves(argument)
