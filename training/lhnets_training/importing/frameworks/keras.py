"""Keras models: `.keras` archives, `.h5` files of any age, an architecture as `.json` with its
weights, models in Python.

Keras 3 reads what it can; files of Keras 1 and 2, whose layer configurations it refuses, are read
by tf_keras. The model is frozen as one TensorFlow function (which holds Normalization layers as
well) and converted by tf2onnx.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from lhnets.networks import rows_at_once
from lhnets_training.importing.errors import ModelError, UntrustedFormatError
from lhnets_training.importing.formats.keras_config import code_in_config
from lhnets_training.importing.frameworks.onnx import current, require_plain
from lhnets_training.importing.source import Arrays, ConvertedModel, Tensor, framework, tensors
from lhnets_training.onnx.builder import OPSET


def from_file(path: Path, *rest: Any, trust: bool = False) -> ConvertedModel:
    """The model in a `.keras` or `.h5` file, or of an architecture (`.json`) and its weights
    (`.h5`).

    Raises
    ------
    UntrustedFormatError
        If the architecture runs code and ``trust`` is not given.
    ModelError
        If neither Keras 3 nor tf_keras can read it.
    """
    *further, wanted = rest
    files = [path, *further]
    weights = next((f for f in files if _is_hdf5(f)), None)
    text = next((f.read_text() for f in files if f.read_bytes()[:1] == b"{"), None)
    if text is None and weights is not None:
        text = _stored_architecture(weights)
    code = code_in_config(text) if text is not None else ""
    if code and not trust:
        raise UntrustedFormatError(f"{code}. If it is your own, pass --trust")
    if weights is None and text is not None:
        raise ModelError(
            "an architecture without weights: give both, `lhnets import model.json weights.h5 "
            "--card card.yaml`"
        )
    if weights is not None and text is None:
        raise ModelError(
            "an HDF5 file of weights without an architecture: give the .json as well "
            "(model.to_json()), `lhnets import model.json weights.h5 --card card.yaml`, or save "
            "the whole model: model.save('model.keras')"
        )
    return from_object(_first_that_reads(path, weights, text, len(files) == 2, trust), wanted)


def from_object(model: Any, wanted: Sequence[Tensor]) -> ConvertedModel:
    """A Keras model in Python, of Keras 3 on TensorFlow or of tf_keras."""
    tf = _tensorflow()
    if not getattr(model, "built", True) or not getattr(model, "inputs", None):
        _build(model, wanted)
    _unroll(model)
    inputs = _unique([_plain_name(t.name, f"input_{k}") for k, t in enumerate(model.inputs)])
    signature = [
        tf.TensorSpec(t.shape, t.dtype, name=f"input_{k}") for k, t in enumerate(model.inputs)
    ]
    single = len(signature) == 1

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def function(*given: Any) -> list[Any]:
        answer = model(given[0] if single else list(given), training=False)
        return _flat(tf, answer)

    outputs = _unique(_output_names(model))
    core = _converted(tf, function, inputs, outputs)
    package = type(model).__module__.partition(".")[0]
    version = framework("tf_keras" if package == "tf_keras" else "keras").__version__

    def predict(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        rows = len(next(iter(arrays.values())))
        parts = []
        chunk = rows_at_once(arrays)
        for start in range(0, rows, chunk):
            given = [
                tf.constant(arrays[n][start : start + chunk], s.dtype)
                for n, s in zip(inputs, signature, strict=True)
            ]
            parts.append(
                [
                    np.asarray(y)
                    for y in _flat(tf, model(given[0] if single else given, training=False))
                ]
            )
        return {name: np.concatenate([p[k] for p in parts]) for k, name in enumerate(outputs)}

    return ConvertedModel(
        model=core,
        predict=predict,
        inputs=tensors(core.graph.input),
        outputs=tensors(core.graph.output),
        framework="keras",
        version=version,
        method=_method(model),
        note=_normalisation_note(model),
    )


def _first_that_reads(
    path: Path, weights: Path | None, text: str | None, apart: bool, trust: bool
) -> Any:
    """The model by Keras 3, or else by tf_keras."""
    problems = []
    for name in ("keras", "tf_keras"):
        _tensorflow()
        keras = framework(name)
        try:
            return _read(keras, path, weights, text, apart, trust)
        except Exception as error:  # noqa: BLE001 - what Keras raises for a file it cannot read has no common base
            problems.append(f"{name} {keras.__version__}: {' '.join(str(error).split())[:300]}")
    raise ModelError(
        f"cannot be read. {'; '.join(problems)}. Load it where it was made, and save it as .keras "
        "or ONNX"
    )


def _read(
    keras: Any, path: Path, weights: Path | None, text: str | None, apart: bool, trust: bool
) -> Any:
    if apart:
        model = keras.models.model_from_json(text)
        model.load_weights(str(weights))
        return model
    return keras.models.load_model(str(path), compile=False, safe_mode=not trust)


def _converted(
    tf: Any, function: Any, inputs: Sequence[str], outputs: Sequence[str]
) -> onnx.ModelProto:
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    convert = framework("tf2onnx.convert", "tf2onnx")
    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    given, made = [t.name for t in frozen.inputs], [t.name for t in frozen.outputs]
    try:
        model, _ = convert._convert_common(
            frozen.graph.as_graph_def(),
            name="core",
            opset=OPSET,
            input_names=given,
            output_names=made,
        )
    except Exception as error:
        raise ModelError(
            f"tf2onnx cannot convert it: {' '.join(str(error).split())[:400]}. Replace the layer "
            "that it names, or export the model to ONNX yourself and import that"
        ) from error
    _write_erfc(model.graph)
    _rename(model.graph, dict(zip((*given, *made), (*inputs, *outputs), strict=True)))
    model = current(model)
    require_plain(model)
    return model


def _write_erfc(graph: onnx.GraphProto) -> None:
    """Erfc, which the exact GELU of Keras becomes and ONNX lacks, as 1 - Erf."""
    if not any(n.op_type == "Erfc" for n in graph.node):
        return
    nodes = list(graph.node)
    del graph.node[:]
    graph.initializer.append(
        onnx.numpy_helper.from_array(np.array(1.0, dtype=np.float32), "erfc_one")
    )
    for node in nodes:
        if node.op_type != "Erfc":
            graph.node.append(node)
            continue
        (x,), (y,) = node.input, node.output
        graph.node.append(onnx.helper.make_node("Erf", [x], [f"{y}_erf"]))
        graph.node.append(onnx.helper.make_node("Sub", ["erfc_one", f"{y}_erf"], [y]))


def _rename(graph: onnx.GraphProto, names: Mapping[str, str]) -> None:
    """New names for the inputs and outputs, and whatever else had these names out of the way."""
    taken = set(names.values()) - set(names)
    for node in graph.node:
        for field in (node.input, node.output):
            for k, name in enumerate(field):
                field[k] = names.get(name, f"{name}_inner" if name in taken else name)
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = names.get(
            value.name, f"{value.name}_inner" if value.name in taken else value.name
        )


def _stored_architecture(path: Path) -> str | None:
    h5py = framework("h5py")
    try:
        with h5py.File(path, "r") as file:
            found = file.attrs.get("model_config")
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise ModelError(f"a damaged HDF5 file: {error}") from error
    return found.decode() if isinstance(found, bytes) else found


def _build(model: Any, wanted: Sequence[Tensor]) -> None:
    """A model that never saw a point learns its shape from the card."""
    if len(wanted) != 1:
        raise ModelError(
            "the Keras model was never built; call it once on an array before it is imported"
        )
    model.build((None, *wanted[0].shape[1:]))
    if not getattr(model, "inputs", None):
        raise ModelError(
            "a subclassed Keras model has no inputs of its own: wrap it, keras.Model(x, model(x)) "
            "with keras.Input"
        )


def _unroll(model: Any) -> None:
    """Write recurrent layers out step by step: a loop is control flow, which no network file holds.

    Raises
    ------
    ModelError
        If the length of a sequence is free, so that there is no number of steps.
    """
    for layer in model._flatten_layers(include_self=False, recursive=False):
        for inner in layer._flatten_layers():
            if hasattr(inner, "unroll"):
                _unroll_layer(inner, _input_shape(inner) or _input_shape(layer))


def _unroll_layer(layer: Any, shape: tuple[int | None, ...]) -> None:
    if len(shape) < 2 or shape[1] is None:
        raise ModelError(
            f"the recurrent layer {layer.name!r} takes sequences of any length; expected a fixed "
            "one, keras.Input((steps, features)), which the network file writes out step by step"
        )
    layer.unroll = True
    for fused in ("use_cudnn", "_could_use_gpu_kernel"):
        if hasattr(layer, fused):
            setattr(layer, fused, False)


def _input_shape(layer: Any) -> tuple[int | None, ...]:
    """The shape of what a layer was called on, the points first; empty if it never was."""
    try:
        return tuple(layer.input.shape)
    except (AttributeError, ValueError):
        return ()


def _tensorflow() -> Any:
    """TensorFlow, quiet, as the backend of Keras."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    return framework("tensorflow", "tensorflow-cpu")


def _is_hdf5(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8) == b"\x89HDF\r\n\x1a\n"


def _flat(tf: Any, answer: Any) -> list[Any]:
    return list(tf.nest.flatten(answer))


def _plain_name(name: str, otherwise: str) -> str:
    return name.split(":")[0] or otherwise


def _output_names(model: Any) -> list[str]:
    names = getattr(model, "output_names", None)
    return [str(n) for n in names] if names else [f"output_{k}" for k in range(len(model.outputs))]


def _unique(names: Sequence[str]) -> list[str]:
    return [n if names.count(n) == 1 else f"{n}_{k}" for k, n in enumerate(names)]


def _method(model: Any) -> str:
    dense = [layer for layer in model.layers if type(layer).__name__ == "Dense"]
    if dense and not any(
        type(x).__name__.startswith(("Conv", "LSTM", "GRU", "Attention")) for x in model.layers
    ):
        widths = "-".join(str(layer.units) for layer in dense[:-1]) or "linear"
        names = {
            layer.get_config()["activation"]
            for layer in dense[:-1]
            if isinstance(layer.get_config()["activation"], str)
        }
        return f"network, {widths} {'/'.join(sorted(names))}".strip()
    return f"network of {len(model.layers)} layers, {model.count_params():,} parameters"


def _normalisation_note(model: Any) -> str:
    inside = [
        type(x).__name__
        for x in model.layers
        if type(x).__name__ in ("Normalization", "Rescaling", "BatchNormalization")
    ]
    return f"its {', '.join(dict.fromkeys(inside))} layers are in the file" if inside else ""
