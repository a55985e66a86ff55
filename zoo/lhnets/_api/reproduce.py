"""The numbers of a paper, computed again from the lines that `Prediction.reproduce` gave."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
import numpy as np
from msgspec import Struct

from lhnets._answers.reproducing import BEGIN, Line, Numbers, to_array
from lhnets._finding import zoo as _zoo
from lhnets._running.network import Network
from lhnets._running.verify import RELATIVE_TOLERANCE
from lhnets.errors import Error, ParameterError

Verdict: TypeAlias = Literal["same bits", "close", "differs", "another file", "not found", "fails"]

_PASSES = frozenset({"same bits", "close"})


class Reproduced(Struct, frozen=True):
    """What became of one line.

    Attributes
    ----------
    line : int
        Its number in the file, from 1.
    network : str
        NAME@VERSION.
    verdict : str
        ``same bits``; ``close``, within 1e-6, as on another processor; or what is wrong.
    difference : float
        Largest relative difference of value and uncertainty; NaN if nothing was computed.
    reason : str
        What is wrong, in words.
    """

    line: int
    network: str
    verdict: Verdict
    difference: float = float("nan")
    reason: str = ""

    @property
    def passed(self) -> bool:
        """Whether the number is still the same."""
        return self.verdict in _PASSES


def verify_paper(path: Path) -> list[Reproduced]:
    """Compute every number again that a file has a line of `Prediction.reproduce` for.

    Other text is passed over, also before a line, such as the % of a comment in LaTeX.

    Parameters
    ----------
    path : Path
        A text file.

    Raises
    ------
    ParameterError
        If it cannot be read, has no such line, or one is not whole.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ParameterError(f"cannot read {path}: {error.strerror or error}") from error
    found = [_reproduce(number, line) for number, line in _read_lines(content, path)]
    if not found:
        raise ParameterError(
            f"{path} has no line to reproduce: expected lines of prediction.reproduce(), which "
            f"begin with {BEGIN.decode()}"
        )
    return found


def _read_lines(content: bytes, path: Path) -> Iterator[tuple[int, Line]]:
    for number, text in enumerate(content.splitlines(), start=1):
        start = text.find(BEGIN)
        if start < 0:
            continue
        try:
            yield number, msgspec.json.decode(text[start : text.rfind(b"}") + 1], type=Line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ParameterError(
                f"line {number} of {path} is not whole: {error}. Copy the line of "
                "prediction.reproduce() again, unbroken"
            ) from error


def _reproduce(number: int, line: Line) -> Reproduced:
    try:
        network = _zoo.default().load(line.network)
    except LookupError as error:
        return Reproduced(number, line.network, "not found", reason=str(error))
    if network.file.sha256 != line.sha256:
        reason = f"SHA-256 should be {line.sha256}, but is {network.file.sha256}"
        return Reproduced(number, line.network, "another file", reason=reason)
    try:
        return _compare(number, line, network)
    except (Error, ValueError, TypeError) as error:
        return Reproduced(number, line.network, "fails", reason=str(error))


def _compare(number: int, line: Line, network: Network) -> Reproduced:
    params = {name: _given(values) for name, values in line.params.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = network(params, output=line.output, outside="warn")
    pairs = [(line.value, answer.value), (line.uncertainty, answer.uncertainty)]
    if all(_are_same(old, new) for old, new in pairs):
        return Reproduced(number, line.network, "same bits", 0.0)
    largest = max(_difference(old, new) for old, new in pairs)
    close = largest <= RELATIVE_TOLERANCE
    reason = "" if close else f"differs by {largest:.2g} of its size"
    return Reproduced(number, line.network, "close" if close else "differs", largest, reason)


def _given(values: Numbers) -> float | np.ndarray:
    return to_array(values) if isinstance(values, list) else float(to_array(values))


def _known(numbers: Numbers, found: object) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays, without the points that were NaN then: they were outside the region."""
    old, new = to_array(numbers), np.asarray(found, dtype=np.float64)
    if old.shape != new.shape:
        raise ParameterError(f"expected an answer of shape {old.shape}, got {new.shape}")
    return old[~np.isnan(old)], new[~np.isnan(old)]


def _are_same(numbers: Numbers, found: object) -> bool:
    return np.array_equal(*_known(numbers, found))


def _difference(numbers: Numbers, found: object) -> float:
    old, new = _known(numbers, found)
    scale = np.maximum(np.abs(old), np.finfo(np.float64).tiny)
    return float(np.max(np.abs(new - old) / scale, initial=0.0))
