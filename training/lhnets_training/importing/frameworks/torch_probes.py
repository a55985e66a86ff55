"""An exported module of torch against the module itself, at several numbers of events and lengths:
full, short and empty jets, and jets with equal constituents."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets_training.importing.source import BATCH, Arrays, Tensor
from lhnets_training.pipeline.exported import run_arrays
from lhnets_training.pipeline.rounding import (
    TIMES,
    Points,
    allow_rounding,
    largest_rounding,
)

EVENTS = (1, 2, 7, 100)
LENGTHS = (1, 3, 64)
AGREES = 1e-5
"""Largest difference over the largest number of its output, where rounding is no worse."""
_SCALES = (1.0, 30.0)
"""Of the features of one event after the other: of standardised inputs, and of GeV."""

Predict = Callable[[Mapping[str, NDArray[Any]]], Arrays]


@dataclass
class Probed:
    """What was found."""

    largest: float = 0.0
    allowed: float = AGREES
    where: str = ""
    failure: str = ""
    refused: set[str] = field(default_factory=set)
    """Lengths at which the module itself fails."""
    ties: float = 0.0
    """By how much the answer changes with the choice among equal numbers."""
    tried: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the file gives what the module gives."""
        return not self.failure and self.tried > 0

    def describe(self) -> str:
        """One sentence for the author."""
        if self.failure:
            return self.failure
        said = f"largest difference {self.largest:.0e} at {self.where}"
        if self.allowed > AGREES:
            said += f", where the rounding of the module allows {self.allowed:.0e}"
        if self.refused:
            said += f"; the module itself fails at {', '.join(sorted(self.refused))}"
        if self.ties:
            said += (
                f"; torch leaves open which of equal numbers comes first in topk, the file takes "
                f"the first (this changes answers by up to {self.ties:.0e})"
            )
        return said


def probe(
    model: onnx.ModelProto,
    arguments: Sequence[Tensor],
    predict: Predict,
    exact: Predict | None,
    plain: Predict | None,
) -> Probed:
    """Compare ``model`` with what the module gives (``predict``), the same in double precision
    (``exact``), and with any order of equal numbers (``plain``)."""
    found = Probed()
    try:
        run = run_arrays(model)
    except Error as error:
        found.failure = str(error)
        return found
    for where, arrays in probes(arguments):
        expected = _try(predict, arrays)
        if expected is None:
            found.refused.add(where.partition(", ")[2] or where)
            continue
        found.tried += 1
        try:
            answers = run(arrays)
        except Error as error:
            found.failure = f"at {where} {error}"
            return found
        _compare(found, where, expected, answers, _rounding(predict, exact, arrays))
        if found.failure:
            return found
        other = None if plain is None else _try(plain, arrays)
        if other is not None:
            found.ties = max(found.ties, _change(expected, other))
    if not found.tried:
        found.failure = "the module fails at all lengths that were tried"
    return found


def probes(arguments: Sequence[Tensor]) -> Iterator[tuple[str, Arrays]]:
    """Inputs at every number of events and every length of the free axes, and in words at which."""
    free = sorted({a for t in arguments for a in t.shape[1:] if isinstance(a, str)})
    rng = np.random.default_rng(20_261_130)
    for events, length in itertools.product(EVENTS, LENGTHS if free else (0,)):
        lengths = dict.fromkeys(free, length) | {BATCH: events}
        where = f"N = {events}" + "".join(f", {axis} = {length}" for axis in free)
        yield where, _draw(arguments, lengths, rng)


def _draw(
    arguments: Sequence[Tensor], lengths: Mapping[str, int], rng: np.random.Generator
) -> Arrays:
    """Events whose entries end early, some at once; every third has two equal entries."""
    ends: dict[Any, NDArray[np.int64]] = {}
    drawn: Arrays = {}
    for tensor in arguments:
        shape = tuple(lengths[n] if isinstance(n, str) else n for n in tensor.shape)
        axis = _entries(tensor)
        if axis is None:
            drawn[tensor.name] = _numbers(tensor, shape, rng)
            continue
        key = tensor.shape[axis]
        if key not in ends:
            ends[key] = rng.integers(0, shape[axis] + 1, shape[0])
            ends[key][0::4], ends[key][1::4] = shape[axis], np.arange(len(ends[key][1::4])) % 5
        places = np.arange(shape[axis]).reshape([-1 if k == axis else 1 for k in range(len(shape))])
        present = places < ends[key].reshape(-1, *[1] * (len(shape) - 1))
        if tensor.dtype == "bool":
            drawn[tensor.name] = np.broadcast_to(present, shape).copy()
            continue
        values = np.moveaxis(_numbers(tensor, shape, rng), axis, 1)
        values[::3, 1:2] = values[::3, 0:1]
        drawn[tensor.name] = np.where(present, np.moveaxis(values, 1, axis), 0).astype(tensor.dtype)
    return drawn


def _entries(tensor: Tensor) -> int | None:
    """The axis of the constituents: the free one, else the second of three or more, or of a
    mask."""
    free = [k for k, n in enumerate(tensor.shape) if k and isinstance(n, str)]
    if free:
        return free[0]
    is_mask = tensor.dtype == "bool" and len(tensor.shape) == 2
    return 1 if len(tensor.shape) > 2 or is_mask else None


def _numbers(tensor: Tensor, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
    if tensor.dtype.startswith("int") or tensor.dtype == "bool":
        return rng.integers(0, 2, shape).astype(tensor.dtype)
    values: NDArray[Any] = rng.normal(size=shape)
    if len(shape) == 3 and shape[-1] >= 4:
        values[..., 0] = np.linalg.norm(values[..., 1:4], axis=-1) + 0.1
    values *= np.resize(_SCALES, (shape[0], *[1] * (len(shape) - 1)))
    return values.astype(tensor.dtype)


def _try(predict: Predict, arrays: Points) -> Arrays | None:
    """What a module gives; None where it fails, as for fewer constituents than neighbours."""
    try:
        return predict(arrays)
    except Exception:  # noqa: BLE001 - the module is the author's code, and raises what it likes
        return None


def _rounding(
    predict: Predict, exact: Predict | None, arrays: Arrays
) -> Callable[[str], NDArray[np.float64]]:
    """Of each number of an output, over its largest, flat; none where the module does not run in
    double precision."""

    def of(name: str) -> NDArray[np.float64]:
        def off(points: Points) -> NDArray[np.float64]:
            single = None if exact is None else _try(predict, points)
            double = None if exact is None else _try(exact, points)
            if single is None or double is None:
                return np.zeros(1)
            return _difference(double[name], single[name])

        return largest_rounding(off, arrays)

    return of


def _compare(
    found: Probed,
    where: str,
    expected: Arrays,
    answers: Arrays,
    rounding: Callable[[str], NDArray[np.float64]],
) -> None:
    for name, wanted in expected.items():
        given = answers[name]
        if given.shape != wanted.shape:
            found.failure = f"at {where} {name} has shape {given.shape} instead of {wanted.shape}"
            return
        difference = _difference(wanted, given)
        allowed = np.full(difference.shape, AGREES)
        if (difference > AGREES).any():
            allowed = np.maximum(allowed, allow_rounding(rounding(name)))
        worst = int(np.argmax(difference / allowed)) if difference.size else 0
        if difference.size and difference[worst] >= found.largest:
            found.largest, found.where = float(difference[worst]), where
            found.allowed = float(allowed[worst])
        if difference.size and difference[worst] > allowed[worst]:
            found.failure = (
                f"at {where} {name} differs by {difference[worst]:.1e} of its largest number, "
                f"expected at most {allowed[worst]:.0e} ({AGREES:g}, or {TIMES:g} times the "
                "rounding of the module)"
            )
            return


def _difference(expected: NDArray[Any], given: NDArray[Any]) -> NDArray[np.float64]:
    """Of each number, over the largest of its output, flat; 0 where both are the same NaN or
    infinity."""
    a, b = (x.astype(np.float64).reshape(-1) for x in (expected, given))
    finite = np.abs(a[np.isfinite(a)])
    scale = float(finite.max(initial=0.0)) or 1.0
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        found = np.where(same, 0.0, np.abs(a - b) / scale)
    return np.nan_to_num(found, nan=np.inf)


def _change(expected: Arrays, other: Arrays) -> float:
    parts = [_difference(a, other[name]) for name, a in expected.items()]
    return max((float(p.max(initial=0.0)) for p in parts if (p > AGREES).any()), default=0.0)
