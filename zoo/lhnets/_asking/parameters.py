"""What users give as parameters -> the array that a network takes. An SLHA file is the only thing
read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets._asking.slha import is_slha, values_from_slha
from lhnets.errors import ParameterError
from lhnets.format import Card, HalfSpace, Input, UnitVector

Parameters: TypeAlias = Any
"""Mapping of scalars or broadcastable arrays, 2-D array, structured array, table or one of its rows
(pandas, polars, also lazy, pyarrow), SLHA path or document."""


def named(params: Parameters, wanted: Sequence[Input] | None = None) -> Mapping[str, Any] | None:
    """The parameters by name; None for a bare array, whose columns have no names.

    Parameters
    ----------
    params
        See `Parameters`.
    wanted
        The inputs to look up in an SLHA document; without them such a document gives None.

    Raises
    ------
    ParameterError
        for anything else.
    """
    if is_slha(params):
        return None if wanted is None else values_from_slha(params, wanted)
    if isinstance(params, Mapping):
        return params
    params = collect(params)
    fields = getattr(getattr(params, "dtype", None), "names", None)
    if fields:  # a structured array
        return {name: params[name] for name in fields}
    if callable(getattr(params, "keys", None)) and getattr(params, "ndim", None) == 1:  # a series
        return {str(name): params[name] for name in params.keys()}  # noqa: SIM118
    columns = getattr(params, "column_names", None) or getattr(params, "columns", None)
    if columns is not None and hasattr(params, "__getitem__"):
        return {str(c): np.asanyarray(params[c]) for c in columns}
    if isinstance(params, (np.ndarray, list, tuple)):
        return None
    raise ParameterError(
        f"cannot read parameters of type {type(params).__name__}: expected a mapping such as "
        "{'m_go': 2000.0}, a 2-D array in card order, a structured array, a table with named "
        "columns or one of its rows, or an SLHA file (path or parsed by pyslha)"
    )


def collect(params: Parameters) -> Parameters:
    """The parameters, those of a lazy table computed."""
    return params.collect() if callable(getattr(params, "collect", None)) else params


def to_rows(
    params: Parameters, card: Card, fills: Mapping[str, float], *, allow_missing: bool = False
) -> tuple[NDArray[np.float64], tuple[int, ...]]:
    """The array (N, n) of a network's `parameters`, and the shape that its answers shall have.

    The array shares no memory with ``params``.

    Parameters
    ----------
    params
        See `Parameters`; arrays in a mapping are broadcast against each other.
    card
        Of the network.
    fills
        Values for inputs that come from elsewhere, such as ``sqrt_s`` from ``energy=``.
    allow_missing
        Keep values that are not finite; masked entries of a mapping become NaN.

    Raises
    ------
    ParameterError
        Unknown, missing or misspelt names; shapes that do not broadcast; values that are not finite
        numbers.
    """
    mapping = named(params, card.columns)
    if mapping is None:
        rows = _array(params, card, fills)
        shape: tuple[int, ...] = (len(rows),)
    else:
        check_names(set(mapping), card, fills)
        values = [mapping.get(i.name, fills.get(i.name, i.default)) for i in card.columns]
        arrays = [_numbers(v, i, allow_missing) for v, i in zip(values, card.columns, strict=True)]
        try:
            broadcast = np.broadcast_arrays(*arrays)
        except ValueError:
            shapes = ", ".join(
                f"{i.name} {a.shape}" for i, a in zip(card.columns, arrays, strict=True)
            )
            raise ParameterError(
                f"the parameters of {card.identity} do not broadcast to one shape: {shapes}"
            ) from None
        shape = broadcast[0].shape
        rows = np.stack([b.reshape(-1) for b in broadcast], axis=1)
    if not allow_missing:
        _refuse_non_finite(rows, card)
    return np.ascontiguousarray(rows), shape


def check_names(names: set[str], card: Card, fills: Mapping[str, float]) -> None:
    """Refuse unknown and missing names, and values given twice."""
    inputs = {i.name: i for i in card.columns}
    if unknown := sorted(names - set(inputs)):
        raise ParameterError(_unknown(unknown, list(inputs), card))
    if twice := sorted(names & set(fills)):
        raise ParameterError(
            f"{', '.join(twice)} of {card.identity} is given twice: by energy= and among the "
            "parameters"
        )
    missing = [
        n for n, i in inputs.items() if n not in names and n not in fills and i.default is None
    ]
    if missing:
        wanted = "; ".join(f"{n} ({inputs[n].meaning}, {inputs[n].unit})" for n in missing)
        energy = " Give the energy as energy='13 TeV'." if "sqrt_s" in missing else ""
        raise ParameterError(
            f"{card.identity} misses {wanted}. It takes {', '.join(inputs)}.{energy}"
        )


def outside_message(row: NDArray[np.float64], reach: float, card: Card) -> str:
    """Which bounds a point breaks, for the error and the warning."""
    broken = [
        text for i, x in zip(card.columns, row, strict=True) if (text := _broken_bound(i, float(x)))
    ]
    point = {i.name: float(x) for i, x in zip(card.columns, row, strict=True)}
    for half_space in card.half_spaces:
        if sum(c * point[n] for n, c in half_space.coefficients.items()) > half_space.bound:
            given = ", ".join(f"{n} = {point[n]:g}" for n in half_space.coefficients)
            broken.append(f"{half_space.meaning} does not hold for {given}")
    for vector in (c for c in card.region if isinstance(c, UnitVector)):
        total = sum(point[n] ** 2 for n in vector.inputs)
        if abs(total - 1) > vector.tolerance:
            broken.append(f"the squares of {', '.join(vector.inputs)} add to {total:.6g}, not to 1")
    if not broken:
        others = (c for c in card.region if not isinstance(c, HalfSpace | UnitVector))
        broken = [f"what its card says does not hold: {c.meaning}" for c in others]
    return (
        f"outside the training region of {card.identity} (reach {reach:.4g}, inside it is at most "
        "1): " + ("; ".join(broken) or _tell_edge(card))
    )


def _tell_edge(card: Card) -> str:
    """The constraints that only the graph evaluates."""
    told = "; ".join(c.meaning for c in card.region if c not in card.half_spaces)
    return "the point lies beyond its edge" + (f": {told}" if told else "")


def explain_points(
    beyond: NDArray[np.bool_], rows: NDArray[np.float64], reach: NDArray[np.float64], card: Card
) -> str:
    """Which of the points ``rows`` lie outside the region, and which bounds the first of them
    breaks."""
    first = int(np.argmax(beyond))
    message = outside_message(rows[first], float(reach[first]), card)
    if len(rows) == 1:
        return message
    return f"{int(beyond.sum())} of {len(rows)} points, the first of them point {first}: {message}"


def _unknown(unknown: list[str], inputs: list[str], card: Card) -> str:
    hints = [
        f"{n!r} (did you mean {m[0]!r}?)"
        if (m := difflib.get_close_matches(n, inputs, 1))
        else repr(n)
        for n in unknown
    ]
    return f"{card.identity} has no parameter {', '.join(hints)}. It takes {', '.join(inputs)}"


def _numbers(value: Any, i: Input, allow_missing: bool) -> NDArray[np.float64]:
    if allow_missing and np.ma.isMaskedArray(value):
        value = np.ma.filled(value.astype(np.float64), np.nan)
    if np.ma.is_masked(value):
        raise ParameterError(
            f"{i.name} has {int(np.sum(np.ma.getmaskarray(value)))} masked entries: expected "
            "numbers. Leave these points out, with array.compressed() or a mask of your own"
        )
    value = _without_unit(value, i)
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise ValueError
        return array.astype(np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            f"{i.name} must be a number or an array of numbers in {i.unit}, got {value!r}"
        ) from None


def _without_unit(value: Any, i: Input) -> Any:
    """The number of a quantity of pint or astropy in the unit of the input; others as they are.

    Raises
    ------
    ParameterError
        If its unit measures something else.
    """
    unit = "" if i.unit == "1" else i.unit
    try:
        if hasattr(value, "magnitude") and hasattr(value, "to"):
            return value.to(unit).magnitude
        return value.to_value(unit) if hasattr(value, "to_value") else value
    except (TypeError, ValueError, AttributeError) as error:
        raise ParameterError(
            f"{i.name} is in {i.unit}, got {value}: {error}. Convert it, or give the plain number"
        ) from error


def _array(params: Any, card: Card, fills: Mapping[str, float]) -> NDArray[np.float64]:
    names = [i.name for i in card.columns]
    if np.ma.is_masked(params):
        raise ParameterError(
            f"an array for {card.identity} has masked entries: expected numbers, leave these rows "
            "out"
        )
    try:
        rows = np.array(params, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            f"an array for {card.identity} must hold numbers, one column each for {names}"
        ) from None
    if fills and rows.ndim == 2 and rows.shape[1] == len(names):
        raise ParameterError(
            f"{', '.join(fills)} of {card.identity} is given twice: by energy= and as a column"
        )
    if rows.ndim == 2 and rows.shape[1] == len(names) - len(fills):
        given = iter(rows.T)
        rows = np.stack(
            [np.full(len(rows), fills[n]) if n in fills else next(given) for n in names], axis=1
        )
    if rows.ndim != 2 or rows.shape[1] != len(names):
        raise ParameterError(
            f"an array for {card.identity} must have shape (N, {len(names)}), columns "
            f"{', '.join(names)}; got {rows.shape}"
        )
    return rows


def _refuse_non_finite(rows: NDArray[np.float64], card: Card) -> None:
    finite = np.isfinite(rows)
    if not finite.all():
        row, column = (int(k) for k in np.argwhere(~finite)[0])
        where = f" at point {row}" if len(rows) > 1 else ""
        raise ParameterError(
            f"{card.columns[column].name} of {card.identity} is {rows[row, column]}{where}: "
            "expected finite numbers"
        )


def _broken_bound(i: Input, x: float) -> str | None:
    low, high = float(i.low or 0.0), float(i.high or 0.0)
    if low <= x <= high:
        return None
    hint = ""
    if i.unit == "GeV" and low <= 1000 * x <= high:
        hint = ", was it meant in TeV? It is taken in GeV"
    unit = "" if i.unit == "1" else f" {i.unit}"
    return f"{i.name} = {x:g}{unit} lies outside [{low:g}, {high:g}]{hint}"
