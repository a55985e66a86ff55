"""A network of parameters with its question settled: a point costs one run and a small object."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.prediction import Prediction
from lhnets._asking.energy import ENERGY_INPUT
from lhnets._asking.parameters import Parameters, explain_points, to_rows
from lhnets._asking.slha import is_slha, unmet, values_from_slha
from lhnets._asking.taken import assumptions_of, inputs_of
from lhnets._running.loaded import LoadedNetwork
from lhnets._running.outside import REACH_TOLERANCE, Outside, treat_outside
from lhnets.errors import ParameterError
from lhnets.format import Input, InputVariation, Output

_CHOOSE_ANOTHER = (
    "Choose another network by network= or order= (`lhnets list` shows them), or pass "
    "outside='nan' or outside='warn' to go on"
)

_SCALARS = frozenset({float, int, np.float64})


class Call:
    """A network with its output, energy and treatment of the outside settled: parameters in,
    prediction out."""

    __slots__ = (
        "_card",
        "_column",
        "_defaults",
        "_differentiate",
        "_energy",
        "_fills",
        "_in_order",
        "_network",
        "_notes",
        "_output",
        "_outside",
        "_pack",
        "_predict",
        "_subject",
        "_with_row",
    )

    def __init__(
        self,
        network: LoadedNetwork,
        output: Output,
        fills: dict[str, float],
        outside: Outside,
        subject: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        card = network.card
        self._subject = subject or output.subject or card.subject
        self._notes = notes
        self._network = network
        self._card = card
        self._output = output
        self._fills = fills
        self._outside = outside
        self._energy = fills.get(ENERGY_INPUT)
        self._column = card.output_index(output.name)
        variations = card.variations_of(output.name)
        self._with_row = bool(variations) or any(
            p.of == output.name for p in card.physics_uncertainty
        )
        varies_inputs = any(isinstance(v, InputVariation) for v in variations)
        self._predict = network.predict if varies_inputs else None
        self._differentiate = network.differentiate
        names = [i.name for i in card.columns]
        self._defaults = {
            i.name: fills.get(i.name, i.default)
            for i in card.columns
            if i.name in fills or i.default is not None
        }
        self._in_order = _pick_in_order(names)
        self._pack = struct.Struct(f"={len(names)}d").pack

    @property
    def network(self) -> LoadedNetwork:
        """The network that is called."""
        return self._network

    @property
    def output(self) -> Output:
        """The output that is asked for."""
        return self._output

    @property
    def fills(self) -> dict[str, float]:
        """Inputs that the energy fills."""
        return self._fills

    def find_broken(self, params: Parameters) -> list[str]:
        """What the network takes for granted and SLHA parameters contradict, in words."""
        return unmet(params, assumptions_of(self._card, self._subject), self._inputs())

    def find_outside(self, params: Parameters) -> list[str]:
        """Which bounds of the region SLHA parameters break, in words. Nothing if they cannot be
        read: the call itself tells that."""
        try:
            rows, _ = to_rows(values_from_slha(params, self._inputs()), self._card, self._fills)
        except ParameterError:
            return []
        reach = self._network.session.run({"parameters": rows})[2]
        beyond = ~(reach <= 1.0 + REACH_TOLERANCE)
        return [explain_points(beyond, rows, reach, self._card)] if beyond.any() else []

    def _inputs(self) -> Sequence[Input]:
        return inputs_of(self._card, self._subject)

    def __call__(self, params: Parameters) -> Prediction:
        """One point by the short path where everything is plain and inside; the thorough one
        otherwise."""
        if type(params) is dict:
            prediction = self._point(params)
            if prediction is not None:
                return prediction
        return self._rows(params)

    def _point(self, params: dict[str, Any]) -> Prediction | None:
        fills = self._fills
        if fills and not fills.keys().isdisjoint(params):
            return None
        merged = {**self._defaults, **params}
        try:
            values = self._in_order(merged)
            packed = self._pack(*values)
        except (KeyError, struct.error, OverflowError):
            return None
        total = sum(values)
        if (
            len(merged) != len(values)
            or total - total != 0.0
            or not _SCALARS.issuperset(map(type, values))
        ):
            return None
        point = self._network.session.point
        point.inputs[:] = packed
        point.run()
        reach = point.reach[0]
        if not reach <= 1.0 + REACH_TOLERANCE:
            return None
        column = self._column
        row = point.value.tolist() if self._with_row else None
        return Prediction(
            point.value[column],
            point.uncertainty[column],
            reach,
            self._card,
            self._output,
            packed,
            self._energy,
            row,
            self._notes,
            self._predict,
            self._differentiate,
            self._network.file,
        )

    def _run(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """What the network gives at rows; NaN for those with a missing value."""
        known = np.isfinite(rows).all(axis=1)
        if known.all():
            return tuple(self._network.session.run({"parameters": rows}))
        found = self._network.session.run({"parameters": rows[known]})
        spread = [np.full((len(rows), *a.shape[1:]), np.nan) for a in found]
        for whole, part in zip(spread, found, strict=True):
            whole[known] = part
        return tuple(spread)

    def _rows(self, params: Parameters) -> Prediction:
        spectra = is_slha(params)
        broken = self.find_broken(params) if spectra else []
        named = values_from_slha(params, self._inputs()) if spectra else params
        skips = self._outside == "nan"
        rows, shape = to_rows(named, self._card, self._fills, allow_missing=skips)
        value, uncertainty, reach = self._run(rows)
        value, uncertainty = treat_outside(
            self._outside,
            np.full(len(rows), bool(broken)),
            value,
            uncertainty,
            lambda: f"{self._card.identity} is not for this spectrum: {'; '.join(broken)}",
            _CHOOSE_ANOTHER,
        )
        beyond = ~(reach <= 1.0 + REACH_TOLERANCE)
        value, uncertainty = treat_outside(
            self._outside,
            beyond,
            value,
            uncertainty,
            lambda: explain_points(beyond, rows, reach, self._card),
        )
        column, k = self._column, len(self._card.outputs)
        row = value.reshape(*shape, k) if self._with_row else None
        parts = [_shaped(a, shape) for a in (value[:, column], uncertainty[:, column], reach)]
        points = rows.reshape(*shape, rows.shape[1])
        return Prediction(
            parts[0],
            parts[1],
            parts[2],
            self._card,
            self._output,
            points,
            self._energy,
            row,
            self._notes,
            self._predict,
            self._differentiate,
            self._network.file,
        )


def _pick_in_order(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """What takes the values of these names out of a mapping, as a tuple."""
    if len(names) == 1:
        return lambda mapping: (mapping[names[0]],)
    return itemgetter(*names)


def _shaped(array: NDArray[np.float64], shape: tuple[int, ...]) -> Any:
    return float(array[0]) if shape == () else np.ascontiguousarray(array).reshape(shape)
