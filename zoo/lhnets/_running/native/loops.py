"""Statements of a program as loops in C."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhnets._running.native.arrays import C_TYPES
from lhnets._running.native.constants import Constants, literal
from lhnets._running.native.program import (
    Assign,
    Buffer,
    Expression,
    Operand,
    Pick,
    Positions,
    Product,
    Reduction,
    Statement,
    operands_of,
)
from lhnets._running.native.slots import share_slots

COLUMNS_AT_ONCE = 4
"""Columns of a product that are summed side by side, in registers."""


class _Operand(NamedTuple):
    """Where an operand is read: position = base + strides by indices, looked up in a table if there
    is one. A lone number has a text and no name."""

    name: str
    strides: tuple[int, ...]
    base: int = 0
    table: str = ""
    lanes: bool = False
    text: str = ""

    def at(self, *indices: str) -> str:
        """The C that reads or writes it at the indices."""
        if self.text:
            return self.text
        position = _sum_of_terms(self.base, self.strides, indices)
        position = f"{self.table}[{position}]" if self.table else position
        return f"{self.name}[{position}]" + "[l]" * self.lanes


class _Nest(NamedTuple):
    """The loops around a statement, and the operands as they are within."""

    lengths: tuple[int, ...]
    places: tuple[_Operand, ...]

    @property
    def indices(self) -> tuple[str, ...]:
        """The names of the counters."""
        return tuple(f"i{k}" for k in range(len(self.lengths)))

    def texts(self) -> list[str]:
        """The operands at the counters."""
        return [place.at(*self.indices) for place in self.places]


class Body:
    """The statements of a function, for so many points side by side.

    Parameters
    ----------
    lanes : int
        Points that are evaluated at once: the last axis of every buffer; 1 for none.
    constants : Constants
        Where constants are put.
    """

    def __init__(self, lanes: int, constants: Constants) -> None:
        self._lanes = lanes
        self._constants = constants
        self._names: dict[int, str] = {}

    def write(self, statements: Sequence[Statement]) -> list[str]:
        """The declarations of buffers and the loops."""
        slots = share_slots(statements)
        self._names = slots.names
        last = f"[{self._lanes}]" if self._lanes > 1 else ""
        declared = [
            f"{C_TYPES[dtype.name]} {name}[{size}]{last};"
            for name, (dtype, size) in slots.sizes.items()
        ]
        return declared + [line for s in statements for line in self._statement(s)]

    def _statement(self, statement: Statement) -> list[str]:
        if isinstance(statement, Assign):
            return self._assign(statement)
        if isinstance(statement, Product):
            return self._product(statement)
        if isinstance(statement, Pick):
            return self._pick(statement)
        return self._reduction(statement)

    def _assign(self, statement: Assign) -> list[str]:
        nest = self._nest([statement.target, *operands_of(statement)])
        left, *right = nest.texts()
        value = _render(statement.value, iter(right))
        return _loop(nest, self._each_lane([f"{left} = {value};"]))

    def _pick(self, statement: Pick) -> list[str]:
        nest = self._nest([statement.target, statement.chosen, statement.rows], (0, 0, 1))
        target, index, rows = nest.places
        left, chosen = (p.at(*nest.indices) for p in (target, index))
        return _loop(nest, self._each_lane([f"{left} = {rows.at(*nest.indices, chosen)};"]))

    def _reduction(self, statement: Reduction) -> list[str]:
        nest = self._nest([statement.target, statement.rows], (0, 1))
        left = nest.places[0].at(*nest.indices)
        rows, length = nest.places[1], statement.rows.positions.shape[1]
        element, first = rows.at(*nest.indices, "r"), rows.at(*nest.indices, "0")
        if statement.index_of:
            best = rows.at(*nest.indices, f"(int){left}")
            first, step = "0", f"if ({element} {statement.index_of} {best}) {left} = r;"
        else:
            step = f"{left} = {statement.code.format(left, element)};"
        lines = self._each_lane([f"{left} = {first};"])
        if length > 1:
            lines += _repeat("r", 1, length, self._each_lane([step]))
        return _loop(nest, lines)

    def _product(self, statement: Product) -> list[str]:
        target, left, right = statement.target, statement.left, statement.right
        _, rows, inner = left.positions.shape
        columns = right.positions.shape[2]
        across = Operand(
            right.source,
            np.broadcast_to(right.positions[:, None], (len(right.positions), rows, inner, columns)),
        )
        nest = self._nest([target, left, across], (1, 1, 2))
        kind = C_TYPES[statement.target.source.dtype.name]
        product = _ProductText(kind, nest, inner, columns, self._lanes)
        return _loop(nest, product.in_lanes() if self._lanes > 1 else product.of_one_point())

    def _each_lane(self, lines: list[str]) -> list[str]:
        return _repeat("l", 0, self._lanes, lines) if self._lanes > 1 else lines

    def _nest(self, operands: Sequence[Operand], own_axes: Sequence[int] = ()) -> _Nest:
        """The fewest loops over the axes that the operands share: all but the last ones, of which
        each has as many to itself as ``own_axes`` says."""
        places = [self._place(o) for o in operands]
        shape = operands[0].positions.shape
        shared = len(shape) - (own_axes[0] if own_axes else 0)
        return _collapse(shape[:shared], places)

    def _place(self, operand: Operand) -> _Operand:
        source, positions = operand
        strides = _find_strides(positions)
        if not isinstance(source, Buffer):
            return self._place_constant(source, positions, strides)
        name, lanes = self._names.get(id(source), source.name), self._lanes > 1
        if strides is None:
            table = self._constants.name(positions.reshape(-1).astype(np.int32))
            strides = _row_major(positions.shape)
            return _Operand(name, strides, table=table, lanes=lanes)
        return _Operand(name, strides, int(positions.flat[0]), lanes=lanes)

    def _place_constant(
        self, source: NDArray[Any], positions: Positions, strides: tuple[int, ...] | None
    ) -> _Operand:
        values = source[positions]
        if strides is not None and not any(strides):
            return _Operand("", (), text=literal(values.flat[0]))
        if strides is None:
            name = self._constants.name(values.reshape(-1))
            return _Operand(name, _row_major(positions.shape))
        return _Operand(self._constants.name(source), strides, int(positions.flat[0]))


class _ProductText(NamedTuple):
    """A product of matrices in C, within the loops over its rows."""

    kind: str
    nest: _Nest
    inner: int
    columns: int
    lanes: int

    def of_one_point(self) -> list[str]:
        """Row by row of the right matrix, so that the innermost loop has no dependence."""
        target, left, right = self.nest.places
        at = self.nest.indices
        step = [
            f"const {self.kind} a = {left.at(*at, 'k')};",
            *_repeat(
                "j", 0, self.columns, [f"{target.at(*at, 'j')} += a * {right.at(*at, 'k', 'j')};"]
            ),
        ]
        return [
            *_repeat("j", 0, self.columns, [f"{target.at(*at, 'j')} = 0;"]),
            *_repeat("k", 0, self.inner, step),
        ]

    def in_lanes(self) -> list[str]:
        """A few columns at once, each with a sum for every lane."""
        whole = self.columns // COLUMNS_AT_ONCE * COLUMNS_AT_ONCE
        lines = []
        if whole:
            lines += [f"for (int j = 0; j < {whole}; j += {COLUMNS_AT_ONCE}) {{"]
            lines += [*self._columns(COLUMNS_AT_ONCE), "}"]
        if whole < self.columns:
            lines += [f"for (int j = {whole}; j < {self.columns}; j++) {{", *self._columns(1), "}"]
        return lines

    def _columns(self, count: int) -> list[str]:
        target, left, right = self.nest.places
        at = self.nest.indices
        sums = [f"s{q}" for q in range(count)]
        column = ["j" if q == 0 else f"(j + {q})" for q in range(count)]
        add = [
            f"{s}[l] += {left.at(*at, 'k')} * {right.at(*at, 'k', j)};"
            for s, j in zip(sums, column, strict=True)
        ]
        store = [f"{target.at(*at, j)} = {s}[l];" for s, j in zip(sums, column, strict=True)]
        return [
            f"{self.kind} " + ", ".join(f"{s}[{self.lanes}] = {{0}}" for s in sums) + ";",
            *_repeat("k", 0, self.inner, _repeat("l", 0, self.lanes, add)),
            *_repeat("l", 0, self.lanes, store),
        ]


def _render(value: Expression, places: Iterator[str], bare: bool = True) -> str:
    if isinstance(value, Operand):
        return next(places)
    is_call = value.code.endswith(")") and value.code.partition("(")[0].isidentifier()
    text = value.code.format(*[_render(a, places, is_call) for a in value.arguments])
    return text if bare or is_call else f"({text})"


def _loop(nest: _Nest, lines: list[str]) -> list[str]:
    for index, length in reversed(list(zip(nest.indices, nest.lengths, strict=True))):
        lines = _repeat(index, 0, length, lines)
    return lines


def _repeat(counter: str, first: int, end: int, lines: list[str]) -> list[str]:
    head = f"for (int {counter} = {first}; {counter} < {end}; {counter}++)"
    return [f"{head} {lines[0]}"] if len(lines) == 1 else [head + " {", *lines, "}"]


def _find_strides(positions: Positions) -> tuple[int, ...] | None:
    """By how much the position grows along each axis; None if that changes."""
    origin = (0,) * positions.ndim
    base = positions[origin]
    strides = []
    regular = np.asarray(base)
    for axis, length in enumerate(positions.shape):
        second = (*origin[:axis], 1, *origin[axis + 1 :])
        stride = int(positions[second] - base) if length > 1 else 0
        steps = (np.arange(length) * stride).reshape(-1, *(1,) * (positions.ndim - axis - 1))
        regular = regular + steps
        strides.append(stride)
    return tuple(strides) if np.array_equal(regular, positions) else None


def _row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    sizes = np.cumprod((1, *shape[:0:-1]))[::-1]
    return tuple(0 if n == 1 else int(s) for n, s in zip(shape, sizes, strict=True))


def _collapse(shape: tuple[int, ...], places: Sequence[_Operand]) -> _Nest:
    """Shared axes of length 1 dropped, and neighbours joined where all operands walk on evenly."""
    lengths: list[int] = []
    walks: list[tuple[int, ...]] = []
    named = [p for p in places if not p.text]
    for axis, length in enumerate(shape):
        walk = tuple(p.strides[axis] for p in named)
        if length == 1:
            continue
        if walks and walks[-1] == tuple(w * length for w in walk):
            lengths[-1] *= length
            walks[-1] = walk
        else:
            lengths.append(length)
            walks.append(walk)
    walked = iter(zip(*walks, strict=True) if walks else [()] * len(named))
    found = [
        p if p.text else p._replace(strides=(*next(walked), *p.strides[len(shape) :]))
        for p in places
    ]
    return _Nest(tuple(lengths), tuple(found))


def _sum_of_terms(base: int, strides: Sequence[int], indices: Sequence[str]) -> str:
    terms = [i if s == 1 else f"{s} * {i}" for s, i in zip(strides, indices, strict=True) if s]
    return " + ".join(([str(base)] if base or not terms else []) + terms)
