"""What of an ONNX graph does nothing in inference, or is no number: Dropout, ZipMap, labels."""

from __future__ import annotations

from collections.abc import Iterable

import onnx
from onnx import TensorProto

from lhnets_training.importing.errors import ModelError

_CLASSES = (TensorProto.INT64, TensorProto.INT32, TensorProto.STRING)


def simplify(model: onnx.ModelProto) -> list[str]:
    """Take out of ``model``, in place, what no number of its answer depends on. Returns what was
    taken out, in words.

    Raises
    ------
    ModelError
        If a Dropout is set to training, so that its numbers are random.
    """
    return [*_remove_dropout(model), *_unpack_zip_maps(model), *_remove_labels(model.graph)]


def _remove_dropout(model: onnx.ModelProto) -> Iterable[str]:
    """A Dropout is the identity in inference."""
    found = [n for n in model.graph.node if n.op_type == "Dropout" and n.domain in ("", "ai.onnx")]
    for node in found:
        if _trains(node, model.graph):
            raise ModelError(
                f"its Dropout {node.name or node.output[0]!r} is in training mode, which draws "
                "random numbers: export the model in evaluation mode (model.eval() in torch, "
                "training=False in Keras)"
            )
        if len(node.output) > 1 and _is_used(node.output[1], model.graph):
            raise ModelError(
                f"the mask of its Dropout {node.name or node.output[0]!r} is used: export the "
                "model in evaluation mode"
            )
        identity = onnx.helper.make_node("Identity", [node.input[0]], [node.output[0]])
        node.CopyFrom(identity)
    return [f"{len(found)} Dropout of inference taken out"] if found else []


def _trains(node: onnx.NodeProto, graph: onnx.GraphProto) -> bool:
    """Whether a Dropout is told to train: by an attribute up to opset 6, by a third input since
    12."""
    if any(a.name == "is_test" and a.i == 0 for a in node.attribute):
        return True
    if len(node.input) < 3 or not node.input[2]:
        return False
    stored = {t.name: t for t in graph.initializer}
    made = {n.output[0]: n for n in graph.node if n.op_type == "Constant"}
    name = node.input[2]
    if name in stored:
        return bool(onnx.numpy_helper.to_array(stored[name]).any())
    if name in made:
        return bool(onnx.numpy_helper.to_array(made[name].attribute[0].t).any())
    return True


def _is_used(name: str, graph: onnx.GraphProto) -> bool:
    return any(name in n.input for n in graph.node) or any(o.name == name for o in graph.output)


def _unpack_zip_maps(model: onnx.ModelProto) -> Iterable[str]:
    """A ZipMap makes a list of dictionaries of a matrix of probabilities: take the matrix."""
    found = [n for n in model.graph.node if n.op_type == "ZipMap"]
    for node in found:
        classes = next((a for a in node.attribute if a.name.startswith("classlabels")), None)
        count = 0 if classes is None else len(classes.ints) or len(classes.strings)
        for output in model.graph.output:
            if output.name == node.output[0]:
                shape = ["N", count or "classes"]
                matrix = onnx.helper.make_tensor_value_info(output.name, TensorProto.FLOAT, shape)
                output.CopyFrom(matrix)
        node.CopyFrom(onnx.helper.make_node("Identity", [node.input[0]], [node.output[0]]))
    return ["its probabilities as a matrix (without the ZipMap)"] if found else []


def _remove_labels(graph: onnx.GraphProto) -> Iterable[str]:
    """Leave out the name or number of the class that scikit-learn's converter gives beside the
    probabilities."""
    kinds = {o.name: o.type.tensor_type.elem_type for o in graph.output}
    labels = [name for name, kind in kinds.items() if kind in _CLASSES]
    if not labels or len(labels) == len(kinds):
        return []
    kept = [o for o in graph.output if o.name not in labels]
    del graph.output[:]
    graph.output.extend(kept)
    remove_unused(graph)
    return [f"the output {', '.join(labels)} (the class, not its probability) left out"]


def remove_unused(graph: onnx.GraphProto) -> None:
    """Drop the nodes that no output depends on."""
    needed = {o.name for o in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))
