"""Edges of the region and kinks: those that authors name, and those that the rows of a table
show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, permutations
from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from lhnets.format import HalfSpace, Input, UnitVector
from lhnets_training.data.sample import uniform
from lhnets_training.fit.kinks import Form, Kink
from lhnets_training.own_tables.errors import TableDataError

Array = NDArray[np.float64]

CUT = 0.05
"""Share of the box that an edge between two inputs of one unit must cut off to count as one."""
SEED = 0
LONGEST = 6
"""Elements of a unit vector that is looked for among the inputs."""
OFF_UNIT = 1e-3
"""Largest distance of a sum of squares to one for a unit vector, and the least tolerance of one."""


def edges(x: Array, inputs: Sequence[Input]) -> tuple[HalfSpace, ...]:
    """Edges a - b <= bound of the rows (N, n), between inputs of one unit, where they cut off a
    part of the box."""
    found = []
    for i, j in permutations(range(len(inputs)), 2):
        first, second = inputs[i], inputs[j]
        if first.unit != second.unit:
            continue
        bound = float((x[:, i] - x[:, j]).max())
        points = uniform((first, second), 4000, SEED)
        if (points[:, 0] - points[:, 1] > bound).mean() > CUT:
            text = (
                f"{first.name} - {second.name} <= {bound:g} {first.unit}, beyond which the "
                "table has no rows"
            )
            found.append(
                HalfSpace(
                    coefficients={first.name: 1.0, second.name: -1.0}, bound=bound, meaning=text
                )
            )
    return tuple(found)


def unit_vectors(x: Array, inputs: Sequence[Input]) -> tuple[UnitVector, ...]:
    """Inputs of no unit whose squares add to one in every row (N, n), as mixing elements do."""
    left = [k for k, i in enumerate(inputs) if i.unit == "1"]
    found: list[UnitVector] = []
    for size in range(2, min(len(left), LONGEST) + 1):
        for chosen in combinations(left, size):
            off = float(np.abs((x[:, chosen] ** 2).sum(axis=1) - 1).max())
            if off > OFF_UNIT or not set(chosen) <= set(left):
                continue
            names = tuple(inputs[k].name for k in chosen)
            text = f"{' + '.join(f'{n}^2' for n in names)} = 1, as in every row of the table"
            tolerance = float(f"{max(OFF_UNIT, 2 * off):.3g}")
            found.append(UnitVector(inputs=names, tolerance=tolerance, meaning=text))
            left = [k for k in left if k not in chosen]
    return tuple(found)


def half_space(text: str, inputs: Sequence[str]) -> HalfSpace:
    """An inequality such as ``m_a <= 2 m_b - 10``, linear in the ``inputs``.

    Raises
    ------
    TableDataError
        If it is none.
    """
    try:
        sign = "<=" if "<=" in text else ">="
        left, right = (_linear(side, inputs) for side in text.split(sign))
        larger, smaller = (right, left) if sign == "<=" else (left, right)
        coefficients, bound = _standing(smaller, larger)
        return HalfSpace(coefficients=coefficients, bound=bound, meaning=text.strip())
    except ValueError:
        raise TableDataError(
            f"cannot read {text!r}: expected an inequality such as 'm_a - m_b <= 10' in the inputs "
            f"{', '.join(inputs)}"
        ) from None


def kink(text: str, inputs: Sequence[str]) -> Kink:
    """A surface such as ``m_a = 2 m_b``, linear in the ``inputs``, and after a colon what happens
    there: slope, root or jump.

    Raises
    ------
    TableDataError
        If it is none.
    """
    surface, _, told = text.partition(":")
    form = told.strip() or "slope"
    try:
        if form not in get_args(Form):
            raise ValueError
        left, right = (_linear(side, inputs) for side in surface.split("="))
        coefficients, bound = _standing(left, right)
        return Kink(coefficients, bound, cast(Form, form), f"{surface.strip()} ({form})")
    except ValueError:
        raise TableDataError(
            f"cannot read {text!r}: expected a surface such as 'm_a - 2 m_b = 0' in the inputs "
            f"{', '.join(inputs)}, and where more than a slope breaks, ': root' or ': jump' after "
            "it"
        ) from None


_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_TERM = re.compile(
    rf"\s*([+-]?)\s*(?:({_NUMBER})(?=\s*(?:[+-]|$))|(?:({_NUMBER})\s*\*?\s*)?([A-Za-z_]\w*))\s*",
    re.IGNORECASE,
)


def _linear(text: str, inputs: Sequence[str]) -> dict[str, float]:
    """Coefficients by the names of the inputs in a sum of terms; the constant under the empty
    name."""
    found: dict[str, float] = {}
    position = 0
    while position < len(text) or not found:
        match = _TERM.match(text, position)
        if match is None or (position and not match.group(1)):
            raise ValueError(text)
        sign, constant, factor, name = match.groups()
        if name is not None and name not in inputs:
            raise ValueError(name)
        found[name or ""] = found.get(name or "", 0.0) + float(f"{sign}{constant or factor or 1}")
        position = match.end()
    return found


def _standing(left: dict[str, float], right: dict[str, float]) -> tuple[dict[str, float], float]:
    """Coefficients and bound of left - right with all inputs on the left and the constants on the
    right."""
    difference = {n: left.get(n, 0.0) - right.get(n, 0.0) for n in {**left, **right}}
    bound = 0.0 - difference.pop("", 0.0)
    coefficients = {n: c for n, c in difference.items() if c}
    if not coefficients:
        raise ValueError(left)
    return coefficients, bound
