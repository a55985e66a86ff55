"""Products and sums of network files as one network: sigma = LO x K as one graph with one card.

The inputs are shared by name. Values are multiplied or added; the uncertainties of the factors are
taken for independent: relative ones add in quadrature in a product, absolute ones in a sum. The
region of the card must lie inside that of every factor, so that the reach of the product is the
largest of theirs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray

from lhnets.errors import ParameterError
from lhnets.format import Calibration, Input, NetworkFile, Output, read_path
from lhnets.networks import REACH_TOLERANCE, Network
from lhnets.physics import unit_factor, unit_product
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.limits import Limits
from lhnets_registry.cards.card_file import Draft
from lhnets_training.data.sample import uniform
from lhnets_training.importing.core import CoreGraph
from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.frameworks.onnx import current
from lhnets_training.importing.source import BATCH, Arrays, ConvertedModel, Tensor

Operation: TypeAlias = Literal["product", "sum"]
Array: TypeAlias = NDArray[np.float64]

POINTS = 10_000
"""Points of the card's region at which every factor must know the answer."""
_SEED = 20_261_122
_DEFAULT = Limits()


@dataclass(frozen=True)
class ProductFactor:
    """One network of a product, with the columns of the card that it takes and those of its outputs
    that count."""

    network: Network
    file: NetworkFile
    columns: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return self.file.card.identity

    def __call__(self, x: Array) -> tuple[Array, Array, Array]:
        """Values and uncertainties (N, k) and reach (N,) at points (N, n) of the card."""
        found = self.network.predict(x[:, self.columns])
        return found.value[:, self.outputs], found.uncertainty[:, self.outputs], found.reach


def product(
    paths: Sequence[Path], draft: Draft, operation: Operation = "product", limits: Limits = _DEFAULT
) -> ConvertedModel:
    """The product or sum of network files, as `import_model` takes it.

    Each output of the card is made of the outputs of the same name, or of the only one that a
    factor has.

    Raises
    ------
    AdmissionError
        If a factor is not a network file that a registry would take.
    ModelError
        If factors and card do not fit: names, units, energies, region, or the same network
        twice.
    """
    if len(paths) < 2:
        raise ModelError(f"a {operation} needs at least two network files, got {len(paths)}")
    files = [_admitted(path, limits) for path in paths]
    _require_independent(files, operation)
    factors = [_factor(file, path, draft) for file, path in zip(files, paths, strict=True)]
    _require_all_inputs(factors, draft)
    _require_units(factors, draft, operation)
    _require_energies(factors, draft)
    _require_region(factors, draft)
    inputs = (Tensor("parameters", "float64", (BATCH, len(draft.columns))),)
    outputs = tuple(
        Tensor(name, "float64", (BATCH, len(draft.outputs))) for name in ("value", "uncertainty")
    )
    named = " and ".join(f.identity for f in factors)
    return ConvertedModel(
        model=_graph(factors, operation).model(inputs, outputs),
        predict=_PredictProduct(factors, operation),
        inputs=inputs,
        outputs=outputs,
        framework="lhnets",
        version="network files",
        method=f"{operation} of {named}",
        columns=tuple(i.name for i in draft.columns),
        spreads=("uncertainty",),
        calibration=_calibration(factors, draft),
        note="uncertainties of the factors in quadrature, as if they were independent",
    )


class _PredictProduct:
    """The factors one by one, multiplied or added with NumPy."""

    def __init__(self, factors: Sequence[ProductFactor], operation: Operation) -> None:
        self._factors = factors
        self._operation = operation

    def __call__(self, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        x = np.asarray(arrays["parameters"], dtype=np.float64)
        found = [factor(x) for factor in self._factors]
        values, spreads = [v for v, _, _ in found], [u for _, u, _ in found]
        if self._operation == "sum":
            return {
                "value": np.sum(values, axis=0),
                "uncertainty": np.sqrt(np.sum(np.square(spreads), axis=0)),
            }
        total = np.prod(values, axis=0)
        others = [
            np.prod([v for j, v in enumerate(values) if j != k], axis=0) for k in range(len(values))
        ]
        return {
            "value": total,
            "uncertainty": np.sqrt(sum((u * o) ** 2 for u, o in zip(spreads, others, strict=True))),
        }


def _admitted(path: Path, limits: Limits) -> NetworkFile:
    return admit(read_path(path).content, limits).require(path.name)


def _require_independent(files: Sequence[NetworkFile], operation: Operation) -> None:
    for first, second in combinations(files, 2):
        if first.sha256 == second.sha256:
            raise ModelError(
                f"{first.card.identity} enters the {operation} twice: its errors are then the same "
                "and do not add in quadrature. Train or import a network of the power itself"
            )


def _factor(file: NetworkFile, path: Path, draft: Draft) -> ProductFactor:
    names = [i.name for i in draft.columns]
    card = file.card
    if any(i.shape is not None for i in card.inputs):
        raise ModelError(
            f"{card.identity} takes tensors; a product is made of networks with parameters only"
        )
    missing = [i.name for i in card.columns if i.name not in names]
    if missing:
        raise ModelError(
            f"{card.identity} takes {', '.join(missing)}, which the card lacks; it has "
            f"{', '.join(names)}. List every input of every factor in the card, and call what is "
            "the same quantity by the same name in all of them"
        )
    for own in card.columns:
        _require_same(own, draft.columns[names.index(own.name)], card.identity)
    chosen = tuple(_output(file, output) for output in draft.outputs)
    return ProductFactor(
        Network(file.content, path), file, tuple(names.index(i.name) for i in card.columns), chosen
    )


def _require_same(own: Input, stated: Input, identity: str) -> None:
    """The same unit, and a range of the card within that of the factor."""
    if own.unit != stated.unit:
        raise ModelError(
            f"{own.name} is in {own.unit} in {identity} and in {stated.unit} in the card; write "
            f"the card in {own.unit}, or retrain the factor whose unit differs from the others"
        )
    assert own.low is not None and own.high is not None  # noqa: PT018
    assert stated.low is not None and stated.high is not None  # noqa: PT018
    if stated.low < own.low or stated.high > own.high:
        raise ModelError(
            f"the card has {own.name} from {stated.low:g} to {stated.high:g}, but {identity} knows "
            f"it from {own.low:g} to {own.high:g} only; a product holds where all of its factors "
            f"do. Write low: {max(own.low, stated.low):g}, high: {min(own.high, stated.high):g}"
        )


def _output(file: NetworkFile, output: Output) -> int:
    names = [o.name for o in file.card.outputs]
    if output.name in names:
        return names.index(output.name)
    if len(names) == 1:
        return 0
    raise ModelError(
        f"which output of {file.card.identity} belongs to {output.name!r} of the card? It has "
        f"{', '.join(names)}; call the output of the card like one of them"
    )


def _require_all_inputs(factors: Sequence[ProductFactor], draft: Draft) -> None:
    used = {k for factor in factors for k in factor.columns}
    idle = [i.name for k, i in enumerate(draft.columns) if k not in used]
    if idle:
        raise ModelError(f"no factor depends on {', '.join(idle)}; leave it out of the card")


def _require_units(factors: Sequence[ProductFactor], draft: Draft, operation: Operation) -> None:
    for number, output in enumerate(draft.outputs):
        units = [f.file.card.outputs[f.outputs[number]].unit for f in factors]
        found = units[0]
        for unit in units[1:]:
            if operation == "product":
                found = unit_product(found, unit)
            elif unit != found:
                raise ModelError(
                    f"the terms of {output.name!r} have the units {', '.join(units)}; a sum needs "
                    "one unit"
                )
        if not _same_unit(found, output.unit):
            raise ModelError(
                f"the {operation} for {output.name!r} is in {found} ({' and '.join(units)}), but "
                f"the card says {output.unit}; write unit: {found}"
            )


def _same_unit(found: str, stated: str) -> bool:
    try:
        return math.isclose(unit_factor(found, stated), 1.0, rel_tol=1e-12)
    except ParameterError:
        return False


def _require_energies(factors: Sequence[ProductFactor], draft: Draft) -> None:
    stated = {f.identity: f.file.card.conditions.energy for f in factors} | {
        "the card": draft.conditions.energy
    }
    known = {who: energy for who, energy in stated.items() if energy is not None}
    if len(set(known.values())) > 1:
        listed = ", ".join(f"{who} at {energy:g} GeV" for who, energy in known.items())
        raise ModelError(f"the energies differ: {listed}. A product is made at one energy")


def _require_region(factors: Sequence[ProductFactor], draft: Draft) -> None:
    """Every factor must reach the whole region of the card."""
    points = uniform(draft.columns, POINTS, _SEED, draft.half_spaces)
    for factor in factors:
        outside = factor(points)[2] > 1 + REACH_TOLERANCE
        if outside.any():
            first = points[int(np.argmax(outside))]
            where = ", ".join(
                f"{i.name} = {v:.4g}" for i, v in zip(draft.columns, first, strict=True)
            )
            rules = "; ".join(h.meaning for h in factor.file.card.region) or "see its card"
            raise ModelError(
                f"{int(outside.sum())} of {POINTS:,} points of the card's region are outside that "
                f"of {factor.identity}, such as {where}. Add its region to the card's: {rules}"
            )


def _graph(factors: Sequence[ProductFactor], operation: Operation) -> CoreGraph:
    graph = CoreGraph()
    values, spreads = [], []
    for factor in factors:
        given = _picked(graph, "parameters", factor.columns)
        found = graph.inline(
            current(onnx.load_from_string(factor.file.content)).graph, {"parameters": given}
        )
        values.append(_picked(graph, found["value"], factor.outputs))
        spreads.append(_picked(graph, found["uncertainty"], factor.outputs))
    if operation == "product":
        spreads = [
            _multiplied(graph, [u, *values[:k], *values[k + 1 :]]) for k, u in enumerate(spreads)
        ]
    squares = [graph.node("Mul", u, u) for u in spreads]
    graph.node(
        "Identity",
        _multiplied(graph, values) if operation == "product" else graph.node("Sum", *values),
        output="value",
    )
    graph.node("Sqrt", graph.node("Sum", *squares), output="uncertainty")
    return graph


def _picked(graph: CoreGraph, x: str, columns: Sequence[int]) -> str:
    return graph.node("Gather", x, graph.constant(np.array(columns, dtype=np.int64)), axis=1)


def _multiplied(graph: CoreGraph, parts: Sequence[str]) -> str:
    found = parts[0]
    for part in parts[1:]:
        found = graph.node("Mul", found, part)
    return found


def _calibration(factors: Sequence[ProductFactor], draft: Draft) -> Calibration:
    """How wide an interval must be where no table of the product says it: as wide as that of the
    widest factor."""
    stated = [f.file.card.calibration for f in factors]
    levels = tuple(v for v in stated[0].levels if all(v in c.levels for c in stated))

    def widest(number: int, level: float) -> float:
        return max(
            c.factors[f.file.card.outputs[f.outputs[number]].name][c.levels.index(level)]
            for f, c in zip(factors, stated, strict=True)
        )

    return Calibration(
        rows=min(c.rows for c in stated),
        method="of the factors: the widest of theirs at each level",
        levels=levels,
        factors={
            o.name: tuple(widest(k, level) for level in levels) for k, o in enumerate(draft.outputs)
        },
    )
