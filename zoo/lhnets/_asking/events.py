"""What users give of events -> the named arrays that a network takes. Pure functions.

An event network declares in its card what it takes: tensors with shapes, features, padding and
masks, and columns beside them where it has any. Nothing is padded, marked or converted but as the
card says.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets._asking.event_forms import Ragged, name_inputs, to_plain
from lhnets._asking.quantities import knows_emptiness
from lhnets.errors import ParameterError
from lhnets.format import Card, Input

EventInputs: TypeAlias = Any
"""What is given for each tensor by the names of the card's inputs, or for the only one of them
itself: arrays, lists with one array an event, or the particles of another library
(`lhnets._asking.event_forms`)."""

PARAMETERS = "parameters"

Arrays: TypeAlias = dict[str, NDArray[Any]]


class Events(NamedTuple):
    """Arrays by the names of the graph's inputs, how many events they hold, and whether the user
    gave just one."""

    arrays: Arrays
    total: int
    single: bool


class _Given(NamedTuple):
    """One tensor as given: dense, or events of different lengths."""

    array: NDArray[Any] | None
    ragged: Ragged | None

    @property
    def events(self) -> int:
        return len(self.array if self.ragged is None else self.ragged.lengths)  # type: ignore[arg-type]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Entries of each event along the second axis."""
        if self.ragged is not None:
            return self.ragged.lengths
        assert self.array is not None
        return np.full(len(self.array), self.array.shape[1])


def to_events(inputs: EventInputs, card: Card, drawn: Arrays | None = None) -> Events:
    """The arrays that an event network takes.

    Parameters
    ----------
    inputs
        See `EventInputs`. Without their first axis, all of them are one event. A tensor with
        `padding` in the card may hold events of different lengths; its masks are then filled in
        where they are not given.
    card
        Of the network.
    drawn
        Arrays that come from elsewhere: the noise of a generator.

    Raises
    ------
    ParameterError
        Unknown or missing names; shapes, types or lengths that do not fit the card; values that are
        no finite numbers.
    """
    if drawn is None and (ready := _take_ready(inputs, card)) is not None:
        return ready
    inputs = name_inputs(inputs, card)
    if not isinstance(inputs, Mapping):
        raise ParameterError(
            f"{card.identity} takes a mapping of arrays by name ({_signature(card)}), got "
            f"{type(inputs).__name__}"
        )
    drawn = drawn or {}
    _check_names(inputs, card, drawn)
    tensors = {t.name: t for t in card.tensors}
    inputs = {n: to_plain(v, tensors[n], card) if n in tensors else v for n, v in inputs.items()}
    single = _is_single(inputs, card)
    given = {
        t.name: _read(inputs[t.name], t, card, single) for t in card.tensors if t.name in inputs
    }
    count = _count(given, inputs, card, drawn, single)
    axes = _axes(given, card)
    arrays = dict(drawn)
    for tensor in card.tensors:
        if tensor.name in given:
            arrays[tensor.name] = _filled(given[tensor.name], tensor, axes, card)
        elif tensor.name not in drawn:
            arrays[tensor.name] = _mask(tensor, given, axes, card)
    if card.columns:
        arrays[PARAMETERS] = _columns(inputs, card, count)
    for name, array in arrays.items():
        _refuse_non_finite(name, array, card)
    return Events(arrays, count, single)


def _take_ready(inputs: EventInputs, card: Card) -> Events | None:
    """Arrays that are what the graph takes as they are; None if anything has to be looked at."""
    tensors = card.tensors
    if type(inputs) is not dict or len(inputs) != len(tensors) or card.columns:
        return None
    sizes: dict[str, int] = {}
    for tensor in tensors:
        array, shape = inputs.get(tensor.name), tensor.shape or ()
        if (
            type(array) is not np.ndarray
            or array.dtype != tensor.dtype
            or array.ndim != len(shape)
            or not array.flags.c_contiguous
        ):
            return None
        for wanted, got in zip(shape, array.shape, strict=True):
            if (wanted if isinstance(wanted, int) else sizes.setdefault(wanted, got)) != got:
                return None
    for name, array in inputs.items():
        if array.dtype.kind == "f":
            _refuse_non_finite(name, array, card)
    return Events(inputs, len(inputs[tensors[0].name]), False)


def _signature(card: Card) -> str:
    tensors = [
        f"{t.name} ({', '.join(map(str, t.shape or ()))}) {t.dtype}"
        for t in card.tensors
        if not t.noise
    ]
    return ", ".join([*tensors, *(c.name for c in card.columns)]) or "nothing"


def _check_names(inputs: EventInputs, card: Card, drawn: Arrays) -> None:
    known = [i.name for i in card.inputs if not i.noise]
    unknown = [str(n) for n in inputs if n not in known]
    if unknown:
        hints = [
            f"{n!r} (did you mean {m[0]!r}?)"
            if (m := difflib.get_close_matches(n, known, 1))
            else repr(n)
            for n in unknown
        ]
        raise ParameterError(
            f"{card.identity} has no input {', '.join(hints)}. It takes {_signature(card)}"
        )
    missing = [
        i
        for i in card.inputs
        if i.name not in inputs and i.name not in drawn and i.default is None and not i.mask_of
    ]
    if missing:
        wanted = "; ".join(f"{i.name} ({i.meaning}, {i.unit})" for i in missing)
        raise ParameterError(f"{card.identity} misses {wanted}. It takes {_signature(card)}")


def _is_single(inputs: EventInputs, card: Card) -> bool:
    """Whether what is given is one event without its first axis: the first tensor settles it."""
    for tensor in card.tensors:
        if tensor.name in inputs:
            return _rank(inputs[tensor.name]) == len(tensor.shape or ()) - 1
    return (
        all(np.ndim(inputs[c.name]) == 0 for c in card.columns if c.name in inputs)
        if inputs
        else False
    )


def _rank(value: Any) -> int:
    """Number of axes, looking only at the first entries of lists."""
    if isinstance(value, np.ndarray):
        return value.ndim
    if isinstance(value, Ragged):
        return value.flat.ndim + 1
    dims = 0
    while isinstance(value, (list, tuple)) or (
        dims == 0 and not hasattr(value, "shape") and _has_items(value)
    ):
        dims += 1
        if len(value) == 0:
            return dims
        value = value[0]
    return dims + np.ndim(value)


def _has_items(value: Any) -> bool:
    return (
        hasattr(value, "__len__")
        and hasattr(value, "__getitem__")
        and not isinstance(value, (str, bytes, dict))
    )


def _read(value: Any, tensor: Input, card: Card, single: bool) -> _Given:
    if isinstance(value, Ragged):
        flat = _typed(value.flat, tensor, card)
        _check_shape((len(value.lengths), 1, *flat.shape[1:]), tensor, card, ragged=True)
        return _Given(None, Ragged(flat, value.lengths))
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        array = _typed(np.asarray(value), tensor, card)
        array = array[None] if single else array
        _check_shape(array.shape, tensor, card)
        return _Given(array, None)
    if not _has_items(value):
        raise ParameterError(
            f"{tensor.name} of {card.identity} must be an array of shape "
            f"({', '.join(map(str, tensor.shape or ()))}) or a list of events, got "
            f"{type(value).__name__}"
        )
    parts = [_event(part, tensor, card, k) for k, part in enumerate([value] if single else value)]
    return _Given(None, _join(parts, tensor, card))


def _join(parts: Sequence[NDArray[Any]], tensor: Input, card: Card) -> Ragged:
    """Events of a list one after the other."""
    full = [p for p in parts if len(p)]
    for axis, symbol in enumerate((tensor.shape or ())[2:], start=1):
        lengths = sorted({p.shape[axis] for p in full})
        if len(lengths) > 1:
            listed = ", ".join(f"{tensor.name}[{n}] {n}" for n in lengths)
            raise ParameterError(
                f"the axis {symbol} of {card.identity} has different lengths: {listed}"
            )
    empty = [s if isinstance(s, int) else 0 for s in (tensor.shape or ())[2:]]
    flat = np.concatenate(full) if full else np.empty((0, *empty), dtype=tensor.dtype)
    return Ragged(flat, np.array([len(p) for p in parts], dtype=np.int64))


def _event(part: Any, tensor: Input, card: Card, number: int) -> NDArray[Any]:
    """One event of a list; an empty list is an event without entries."""
    shape = tensor.shape or ()
    try:
        array = np.asarray(part)
    except ValueError:
        raise ParameterError(
            f"event {number} of {tensor.name} of {card.identity} is not a regular array"
        ) from None
    if array.size == 0:
        return np.empty(
            (0, *(s if isinstance(s, int) else 0 for s in shape[2:])), dtype=tensor.dtype
        )
    array = _typed(array, tensor, card)
    if array.ndim != len(shape) - 1 or any(
        isinstance(w, int) and w != g for w, g in zip(shape[2:], array.shape[1:], strict=False)
    ):
        wanted = ", ".join(map(str, shape[1:]))
        raise ParameterError(
            f"event {number} of {tensor.name} of {card.identity} has shape {array.shape}, expected "
            f"({wanted})"
        )
    return array


def _typed(array: NDArray[Any], tensor: Input, card: Card) -> NDArray[Any]:
    """``array`` in the declared type, where that changes no value but by the rounding of real
    numbers."""
    where = f"{tensor.name} of {card.identity}"
    if array.dtype.kind not in "fiub":
        raise ParameterError(f"{where} must hold numbers ({tensor.dtype}), got {array.dtype}")
    if array.dtype == tensor.dtype:
        return array
    with np.errstate(all="ignore"):
        cast = array.astype(tensor.dtype)
        real = cast.dtype.kind == "f" and array.dtype.kind in "fiub"
        kept = (
            np.isfinite(cast) | ~np.isfinite(array) if real else cast.astype(array.dtype) == array
        )
    if not kept.all():
        first = tuple(int(k) for k in np.argwhere(~kept)[0])
        raise ParameterError(
            f"{where} is {array[first]} at {first}, which {tensor.dtype} cannot hold: give "
            f"{tensor.dtype}, or numbers that keep their values in it"
        )
    return cast


def _check_shape(got: tuple[int, ...], tensor: Input, card: Card, *, ragged: bool = False) -> None:
    shape = tensor.shape or ()
    fixed = [(w, g) for w, g in zip(shape[1:], got[1:], strict=False) if isinstance(w, int)]
    shorter = (
        (tensor.padding is not None or ragged)
        and len(got) > 1
        and isinstance(shape[1], int)
        and got[1] < shape[1]
    )
    fits = all(w == g for w, g in (fixed[1:] if shorter else fixed))
    if len(got) != len(shape) or not fits:
        seen = f"(N, P, {', '.join(map(str, got[2:]))})" if ragged else got
        raise ParameterError(
            f"{tensor.name} of {card.identity} has shape {seen}, expected "
            f"({', '.join(map(str, shape))})"
        )


def _count(
    given: dict[str, _Given], inputs: EventInputs, card: Card, drawn: Arrays, single: bool
) -> int:
    counts = {name: g.events for name, g in given.items()} | {
        name: len(a) for name, a in drawn.items()
    }
    if not single:
        counts |= {
            c.name: len(v) for c in card.columns if np.ndim(v := inputs.get(c.name, 0.0)) == 1
        }
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} {n}" for name, n in counts.items())
        raise ParameterError(
            f"the inputs of {card.identity} hold different numbers of events: {listed}"
        )
    return next(iter(counts.values()), 1)


def _axes(given: dict[str, _Given], card: Card) -> dict[str, int]:
    """The length of each free axis, such as P: that of the arrays given, else of the longest
    event."""
    found: dict[str, dict[str, int]] = {}
    ragged: dict[str, int] = {}
    for tensor in card.tensors:
        g = given.get(tensor.name)
        for axis, symbol in enumerate(tensor.shape or ()):
            if g is None or axis == 0 or not isinstance(symbol, str):
                continue
            if g.array is not None:
                found.setdefault(symbol, {})[tensor.name] = g.array.shape[axis]
            elif axis == 1:
                ragged[symbol] = max(ragged.get(symbol, 1), *g.lengths.tolist(), 1)
            elif g.ragged is not None and len(g.ragged.flat):
                found.setdefault(symbol, {})[tensor.name] = g.ragged.flat.shape[axis - 1]
    for symbol, by_name in found.items():
        if len(set(by_name.values())) > 1:
            listed = ", ".join(f"{name} {n}" for name, n in by_name.items())
            raise ParameterError(
                f"the axis {symbol} of {card.identity} has different lengths: {listed}"
            )
    return ragged | {symbol: next(iter(by_name.values())) for symbol, by_name in found.items()}


def _filled(given: _Given, tensor: Input, axes: dict[str, int], card: Card) -> NDArray[Any]:
    """The tensor as one array, padded where its events are shorter than its second axis."""
    shape = tuple(s if isinstance(s, int) else axes.get(s, 1) for s in (tensor.shape or ())[1:])
    lengths = given.lengths
    if not (lengths != shape[0]).any():
        dense = given.array if given.ragged is None else given.ragged.flat
        return np.ascontiguousarray(np.reshape(dense, (given.events, *shape)))  # type: ignore[arg-type]
    where = f"{tensor.name} of {card.identity}"
    longest = int(lengths.max())
    if longest > shape[0]:
        raise ParameterError(
            f"{where} has {longest} entries in event {int(lengths.argmax())}, it takes at most "
            f"{shape[0]}: keep those that the card's description names (usually the hardest)"
        )
    padding = _padding(tensor)
    if padding is None:
        raise ParameterError(
            f"{where} has {int(lengths.min())} to {longest} entries an event, expected {shape[0]} "
            "in each: its card declares no padding, so nothing is filled in"
        )
    whole = np.full((given.events, *shape), padding, dtype=tensor.dtype)
    if given.ragged is None:
        whole[:, :longest] = given.array
    elif len(given.ragged.flat):
        whole[np.arange(shape[0]) < lengths[:, None]] = given.ragged.flat
    return whole


def _padding(tensor: Input) -> float | bool | None:
    return (tensor.mask_marks == "padding") if tensor.mask_of else tensor.padding


def _mask(mask: Input, given: dict[str, _Given], axes: dict[str, int], card: Card) -> NDArray[Any]:
    """A mask that was not given: from the lengths of events, else from entries of zeros that can
    only be padding."""
    marked = [
        tensor for tensor in card.tensors if tensor.name in mask.mask_of and tensor.name in given
    ]
    listed = [t.name for t in marked if given[t.name].ragged is not None]
    if not listed:
        return _mask_of_dense(mask, marked, given, card)
    lengths = given[listed[0]].lengths
    for name in listed[1:]:
        if (given[name].lengths != lengths).any():
            event = int(np.argmax(given[name].lengths != lengths))
            raise ParameterError(
                f"event {event} has {lengths[event]} entries in {listed[0]} and "
                f"{given[name].lengths[event]} in {name}, which share the mask {mask.name} of "
                f"{card.identity}"
            )
    axis = (mask.shape or ())[1]
    present = np.arange(axis if isinstance(axis, int) else axes[axis]) < lengths[:, None]
    marks: NDArray[Any] = present if mask.mask_marks == "entries" else ~present
    return marks.astype(mask.dtype)


def _mask_of_dense(
    mask: Input, marked: Sequence[Input], given: Mapping[str, _Given], card: Card
) -> NDArray[Any]:
    sure = next((t for t in marked if knows_emptiness(t)), None)
    if sure is None:
        names = " or ".join(mask.mask_of)
        raise ParameterError(
            f"{card.identity} misses {mask.name} ({mask.meaning}): give it, or give {names} as a "
            "list with one array an event, whose lengths then say it"
        )
    present = (np.asarray(given[sure.name].array) != 0).any(axis=-1)
    width = (mask.shape or ())[1]
    if isinstance(width, int) and present.shape[1] < width:
        present = np.pad(present, ((0, 0), (0, width - present.shape[1])))
    marks: NDArray[Any] = present if mask.mask_marks == "entries" else ~present
    return marks.astype(mask.dtype)


def _columns(inputs: EventInputs, card: Card, count: int) -> NDArray[np.float64]:
    columns = []
    for column in card.columns:
        try:
            value = np.asarray(inputs.get(column.name, column.default), dtype=np.float64)
        except (TypeError, ValueError):
            raise ParameterError(
                f"{column.name} of {card.identity} must be a number or one number an event in "
                f"{column.unit}"
            ) from None
        if value.ndim > 1:
            raise ParameterError(
                f"{column.name} of {card.identity} has shape {value.shape}, expected () or "
                f"({count},)"
            )
        columns.append(np.broadcast_to(value, count))
    return np.stack(columns, axis=1)


def _refuse_non_finite(name: str, array: NDArray[Any], card: Card) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        event, *entry = (int(k) for k in np.argwhere(~finite)[0])
        raise ParameterError(
            f"{name} of {card.identity} is {array[(event, *entry)]} in event {event}, entry "
            f"{tuple(entry)}: expected finite numbers"
        )
