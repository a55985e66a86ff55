"""A static look at what makes values switch: the operators between the inputs of a network of plain
parameters and its values.

Rounding, remainders and tests for equality serve grids and single points, and no function of
physics: they are refused. Comparisons and trees are counted, and left to the search for jumps. The
path to the reach is the region's own.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from lhnets.format import Card
from lhnets_registry.admission.bounds import columns_of, find_bounds
from lhnets_registry.report import Finding, judged, not_applicable

ITEM = "switches"
_PARAMETERS = "parameters"
_REFUSED = frozenset(
    {"ArgMax", "ArgMin", "Binarizer", "Ceil", "Floor", "Hardmax", "IsInf", "IsNaN", "Mod"}
    | {"QuantizeLinear", "Round"}
)
_COMPARISONS = frozenset({"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"})
_LOGICAL = frozenset({"And", "Not", "Or", "Xor"})
_COUNTED = _COMPARISONS | _LOGICAL | {"Sign", "Where", "TopK", "TreeEnsemble"}
_WHOLE = frozenset(
    {TensorProto.BOOL, TensorProto.INT8, TensorProto.INT16, TensorProto.INT32, TensorProto.INT64}
    | {TensorProto.UINT8, TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64}
)


def switches(model: onnx.ModelProto, card: Card) -> Finding:
    """Whether an operator between the parameters and the values serves grids or single points."""
    if any(i.shape is not None for i in card.inputs):
        return not_applicable([ITEM], "event networks choose their entries by comparisons")[0]
    graph = model.graph
    known = {t.name: t for t in graph.initializer}
    whole: set[str] = set()
    problems, counted = [], Counter[str]()
    on_path = _find_path(graph)
    never = _find_never_true(graph, known, card)
    for node in graph.node:
        if node.op_type in _COMPARISONS | _LOGICAL:
            whole.update(node.output)
        if not on_path.intersection(node.output):
            continue
        if node.op_type in _COUNTED or node.op_type.startswith("TreeEnsemble"):
            counted[node.op_type] += 1
        problem = "" if never & {*node.output} else _find_problem(node, known, whole, card)
        if problem:
            problems.append(f"{node.op_type} {node.name[:60]!r} {problem}")
    found = ", ".join(f"{n} {count}" for n, count in sorted(counted.items()))
    return judged(
        ITEM,
        problems,
        f"{found}: left to the search for jumps" if found else "none",
        "no rounding, remainder or test for equality between the parameters and the values",
        "Write the function without it; of an input that stands for 'absent', choose a number "
        "outside its range.",
    )


def find_absent(model: onnx.ModelProto, card: Card) -> NDArray[np.float64]:
    """The number of each input (n,) that stands for "there is none", NaN where there is no such
    number: it lies at an edge of the range, or outside."""
    known = {t.name: t for t in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Equal" and _is_absence(node, known, card):
            (constant,) = (known[n] for n in node.input if n in known)
            return np.ravel(numpy_helper.to_array(constant)).astype(np.float64)
    return np.full(len(card.columns), np.nan)


def _find_path(graph: onnx.GraphProto) -> set[str]:
    """Tensors that depend on the parameters and on which values or uncertainties depend."""
    after = {_PARAMETERS}
    for node in graph.node:
        if after.intersection(node.input):
            after.update(node.output)
    before = {"value", "uncertainty"}
    for node in reversed(graph.node):
        if before.intersection(node.output):
            before.update(node.input)
    return after & before


def _find_never_true(graph: onnx.GraphProto, known: dict[str, TensorProto], card: Card) -> set[str]:
    """What tests for equality give with numbers that parameters within their ranges never reach,
    and what is cast to whole numbers for these tests alone: the masks of Keras."""
    bounds = find_bounds(graph, card)
    never: set[str] = set()
    for node in graph.node:
        if node.op_type != "Equal":
            continue
        compared = [n for n in node.input if n in bounds]
        constants = [columns_of(known[n], len(card.columns)) for n in node.input if n in known]
        if len(compared) != 1 or len(constants) != 1 or constants[0] is None:
            continue
        if bounds[compared[0]].exclude(constants[0]):
            never.update(node.output)
    ends = {o.name for o in graph.output}
    for node in graph.node:
        if node.op_type == "Cast" and not ends.intersection(node.output):
            readers = [n for n in graph.node if node.output[0] in n.input]
            if readers and all(never.intersection(n.output) for n in readers):
                never.update(node.output)
    return never


def _find_problem(
    node: onnx.NodeProto, known: dict[str, TensorProto], whole: set[str], card: Card
) -> str:
    """What a node on the path does that it must not, in words."""
    if node.op_type in _REFUSED:
        return "makes steps of what depends on the parameters"
    if node.op_type == "Cast" and node.input[0] not in whole:
        kind = next((a.i for a in node.attribute if a.name == "to"), None)
        return "drops the digits of what depends on the parameters" if kind in _WHOLE else ""
    if node.op_type == "Equal" and not _is_absence(node, known, card):
        return "picks single values of what depends on the parameters"
    return ""


def _is_absence(node: onnx.NodeProto, known: dict[str, TensorProto], card: Card) -> bool:
    """Whether ``Equal`` compares the parameters with numbers that are not between the edges of
    their ranges: what imports write for masked inputs."""
    constants = [np.ravel(numpy_helper.to_array(known[n])) for n in node.input if n in known]
    if len(constants) != 1 or constants[0].size != len(card.columns):
        return False
    return not any(i.low < c < i.high for i, c in zip(card.columns, constants[0], strict=True))
