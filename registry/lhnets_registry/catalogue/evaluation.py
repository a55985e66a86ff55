"""What a network gives at export: on the rows of its data set that its figures are computed from,
and along a line."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
from msgspec import Struct
from numpy.typing import NDArray

from lhnets.errors import Error, NetworkFileError, ParameterError
from lhnets.format import Card, Input, Validation
from lhnets.networks import REACH_TOLERANCE, Session
from lhnets_registry.catalogue.tables import bundled_table

Array = NDArray[np.float64]

LINE_POINTS = 161
AGREEMENT = 0.01
"""By how much the mean error on the rows may differ from the card's, relative, for them to be the
card's rows."""

_DIGITS = 3
_WIDE = 20.0
_TINY = 1e-250


class UnseenErrors(Struct, frozen=True):
    """Rows (N) that served for nothing but the card's figures: inputs (N, n), and the signed error
    of the default output."""

    inputs: Array
    residual: Array


class InputLine(Struct, frozen=True):
    """The default output along one input, the others fixed: each array of shape (N,)."""

    x: Array
    value: Array
    uncertainty: Array
    reach: Array


def is_logarithmic(i: Input) -> bool:
    """Whether the range of an input is so wide that it is shown in decades."""
    return (
        i.low is not None
        and i.high is not None
        and i.low > _TINY
        and i.low * _WIDE < i.high < 1 / _TINY
    )


class TableNetwork:
    """A network whose inputs are the columns of one table, in ONNX Runtime."""

    def __init__(self, content: bytes, card: Card) -> None:
        self._card = card
        self._session = Session(content, card)
        self._column = card.output_index(card.default_output)

    def start(self, reference: Array) -> dict[str, float]:
        """A point inside the region to begin with: defaults, else the middle, else the reference
        point next to it.

        Parameters
        ----------
        reference
            Points of shape (N, n) in the region, for regions that do not hold the middle of their
            box.
        """
        columns = self._card.columns
        middle = np.array([_rounded(_middle(i)) for i in columns])
        if self._inside(middle):
            return dict(zip([i.name for i in columns], middle.tolist(), strict=True))
        span = np.array([float(i.high or 0.0) - float(i.low or 0.0) for i in columns])
        nearest = reference[np.argmin((((reference - middle) / span) ** 2).sum(axis=1))]
        rounded = np.array([_rounded(x) for x in nearest])
        chosen = rounded if self._inside(rounded) else nearest
        return dict(zip([i.name for i in columns], chosen.tolist(), strict=True))

    def line(self, point: dict[str, float], along: Input) -> InputLine:
        """The default output along one input, a little beyond both edges of its range."""
        names = [i.name for i in self._card.columns]
        x = _beyond(along)
        rows = np.tile([point[n] for n in names], (len(x), 1))
        rows[:, names.index(along.name)] = x
        value, uncertainty, reach = self._session.run({"parameters": rows})
        return InputLine(x, value[:, self._column], uncertainty[:, self._column], reach)

    def unseen(self) -> UnseenErrors | None:
        """The rows that the card's figures are computed from; None where they are not to be had, or
        cannot be told apart.

        They are drawn again from the card's seed and split, and they are taken for the right ones
        only if the network has the card's mean error on them.
        """
        rows, stated = self._test_rows(), self._card.validation
        if rows is None or not isinstance(stated, Validation):
            return None
        inputs, truth, spread = rows
        value = self._session.run({"parameters": inputs}).value[:, self._column]
        relative = stated.metric == "relative"
        residual = value / truth - 1 if relative else (value - truth) / spread
        if not math.isclose(float(np.abs(residual).mean()), stated.mean, rel_tol=AGREEMENT):
            return None
        return UnseenErrors(inputs, residual)

    def _test_rows(self) -> tuple[Array, Array, float] | None:
        card = self._card
        table = None if card.data is None else bundled_table(card.data.name, card.data.sha256)
        if (
            table is None
            or card.data is None
            or card.training.seed is None
            or not card.data.split.get("test")
        ):
            return None
        wanted = [i.name for i in card.columns]
        if not set(wanted) | {card.default_output} <= set(table.column_names):
            return None
        test = _test_part(table.num_rows, card.data.split, card.training.seed)
        truth = _column(table, card.default_output)
        inputs = np.stack([_column(table, name) for name in wanted], axis=1)
        return np.ascontiguousarray(inputs[test]), truth[test], float(truth.std()) or 1.0

    def _inside(self, point: Array) -> bool:
        found = self._session.run({"parameters": point[None, :]})
        return bool(
            found.reach[0] <= 1 + REACH_TOLERANCE and np.isfinite(found.value[0, self._column])
        )


def evaluation(content: bytes, card: Card) -> TableNetwork | None:
    """The network ready to be run; None for event networks, and where ONNX Runtime refuses it."""
    if card.tensors:
        return None
    try:
        made = TableNetwork(content, card)
        made.line({i.name: _middle(i) for i in card.columns}, card.columns[0])
    except (NetworkFileError, ParameterError, Error):
        return None
    return made


def _test_part(rows: int, split: dict[str, int], seed: int) -> NDArray[np.int64]:
    """The rows for testing, as a random split in validation, calibration, test and training gives
    them."""
    order = np.random.default_rng(seed).permutation(rows)
    start = split.get("validation", 0) + split.get("calibration", 0)
    return np.sort(order[start : start + split["test"]])


def _column(table: pa.Table, name: str) -> Array:
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def _middle(i: Input) -> float:
    low, high = float(i.low or 0.0), float(i.high or 0.0)
    if i.default is not None:
        return i.default
    return math.sqrt(low * high) if is_logarithmic(i) else (low + high) / 2


def _rounded(x: float) -> float:
    return float(f"{x:.{_DIGITS}g}")


def _beyond(i: Input) -> Array:
    low, high = float(i.low or 0.0), float(i.high or 0.0)
    if is_logarithmic(i):
        pad = 0.06 * math.log(high / low)
        return np.geomspace(low * math.exp(-pad), high * math.exp(pad), LINE_POINTS)
    pad = 0.06 * (high - low)
    return np.linspace(max(low - pad, 0.0) if low >= 0 else low - pad, high + pad, LINE_POINTS)
