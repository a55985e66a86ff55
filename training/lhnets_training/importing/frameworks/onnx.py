"""ONNX models of others: opset 9 and later, with weights among the inputs, a fixed batch and names
of their own.

The graph is brought to an opset of the network files and to symbolic first axes; the original
itself answers through ONNX Runtime, one point at a time where its batch is fixed at one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import version_converter

from lhnets.networks import RowLimit
from lhnets_registry.admission.limits import Limits
from lhnets_registry.admission.operators import ALLOWED
from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.frameworks.onnx_conditions import settle_conditions
from lhnets_training.importing.frameworks.onnx_inference import simplify
from lhnets_training.importing.source import BATCH, Arrays, ConvertedModel, Tensor, tensors
from lhnets_training.onnx.builder import IR_VERSION, OPSET

OLDEST = 9
"""Older opsets define operators (Gemm, BatchNormalization) that ONNX Runtime no longer computes."""
_SINCE_PYTORCH = (
    "Export it again with a current torch: torch.onnx.export(model, example, "
    "'model.onnx', dynamo=True)"
)


def from_file(path: Path, wanted: Sequence[Tensor]) -> ConvertedModel:
    """The model in an ONNX file."""
    model = onnx.ModelProto()
    try:
        model.ParseFromString(path.read_bytes())
    except DecodeError as error:
        raise ModelError(f"no ONNX model: {error}") from error
    return from_object(model, wanted)


def from_object(model: onnx.ModelProto, wanted: Sequence[Tensor]) -> ConvertedModel:
    """An ONNX model in memory.

    Raises
    ------
    ModelError
        If it has external data, operators that ONNX does not define, too old an opset, or does
        not run.
    """
    del wanted
    original = onnx.ModelProto()
    original.CopyFrom(model)
    notes = [*simplify(original), *settle_conditions(original)]
    require_plain(original)
    opset = _opset(original)
    _constants_are_no_inputs(original)
    metadata = {p.key: p.value for p in original.metadata_props}
    fixed = _fixed_batch(original)
    core = current(original)
    made_by = (
        " ".join(filter(None, (model.producer_name, model.producer_version)))
        or "an unnamed exporter"
    )
    return ConvertedModel(
        model=core,
        predict=_Runner(original, fixed, RowLimit(core.SerializeToString())),
        inputs=tensors(core.graph.input),
        outputs=tensors(core.graph.output),
        framework="onnx",
        version=f"opset {opset}",
        method=f"ONNX graph of {len(core.graph.node)} nodes, written by {made_by}",
        columns=tuple(
            metadata[f"input_{k}"] for k in range(len(metadata)) if f"input_{k}" in metadata
        ),
        metadata=metadata,
        note="; ".join([*notes, *_describe_batch(fixed)]),
    )


def _describe_batch(fixed: int) -> list[str]:
    return [f"its batch was fixed at {fixed} and is free now"] if fixed else []


def require_plain(model: onnx.ModelProto) -> None:
    """Refuse what no converter can fix: external data, sparse tensors, operators of others, control
    flow, old opsets.

    Raises
    ------
    ModelError
        with every finding, and what the author can do.
    """
    from lhnets_registry.admission.graph_checks import messages

    if not model.HasField("graph") or not model.graph.node:
        raise ModelError("an ONNX file without a graph; expected a model with nodes")
    for where, message in messages(model):
        if isinstance(message, onnx.TensorProto) and (
            message.data_location or message.external_data
        ):
            raise ModelError(
                f"the weights of {message.name[:60] or where!r} lie in another file (external "
                "data), which is not read. Save the model in one file: "
                "onnx.save(onnx.load('model.onnx'), 'one.onnx', save_as_external_data=False)"
            )
        if isinstance(message, onnx.SparseTensorProto):
            raise ModelError(f"{where} is a sparse tensor; store the weights densely")
    _require_operators(model)
    _require_opset(model)


def current(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model at the opset of the network files, with symbolic first axes and without names of
    its own in the way."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    del made.metadata_props[:]
    made.doc_string = made.graph.doc_string = ""
    opset = _opset(made)
    _, last = Limits().opset
    if not OPSET <= opset <= last:
        made = _converted(made, OPSET if opset < OPSET else last)
    for value in (*made.graph.input, *made.graph.output):
        dims = value.type.tensor_type.shape.dim
        if not dims:
            raise ModelError(f"{value.name!r} has no axes; expected the points along the first one")
        dims[0].Clear()
        dims[0].dim_param = BATCH
    _free_reshapes(made, _fixed_batch(model))
    del made.graph.value_info[:]
    made.ir_version = min(max(made.ir_version, 8), IR_VERSION)
    return made


def _opset(model: onnx.ModelProto) -> int:
    return next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 0)


def _require_operators(model: onnx.ModelProto) -> None:
    foreign = sorted({n.domain for n in model.graph.node if n.domain not in ALLOWED})
    if foreign:
        used = sorted({f"{n.domain}.{n.op_type}" for n in model.graph.node if n.domain in foreign})
        hint = (
            "It is quantised with Brevitas: export it with export_onnx_qcdq, which writes "
            "standard QuantizeLinear, Clip and DequantizeLinear. Fully binary layers "
            "(BipolarQuant) have no such form: replace them by Sign and Mul, or export the "
            "network before quantisation."
            if any("brevitas" in d or "qonnx" in d for d in foreign)
            else "Export it with operators of ai.onnx and ai.onnx.ml only, or rewrite these nodes "
            "with them."
        )
        raise ModelError(
            f"it uses {', '.join(used)[:300]}: operators that ONNX itself does not define, so that "
            f"ONNX Runtime cannot run it. {hint}"
        )
    unknown = sorted({n.op_type for n in model.graph.node if n.op_type not in ALLOWED[n.domain]})
    if unknown:
        raise ModelError(
            f"it uses the operators {', '.join(unknown)}, which the admission does not allow "
            "(control flow, sequences, random numbers, sizes that depend on values). Export it "
            "without them: unroll loops of fixed length, use Where instead of If"
        )


def _require_opset(model: onnx.ModelProto) -> None:
    opset, made_by = (
        _opset(model),
        f"{model.producer_name or 'its exporter'} {model.producer_version}".strip(),
    )
    if opset >= OLDEST:
        return
    hint = (
        _SINCE_PYTORCH
        if "torch" in made_by.lower()
        else "Export it again with a current exporter, for opset 18"
    )
    batch = _fixed_batch(model)
    also = f" It also fixes the batch at {batch:,} points." if batch and batch > 1 else ""
    raise ModelError(
        f"it is of opset {opset} ({made_by}), older than {OLDEST}: ONNX Runtime computes such "
        f"operators no more (the Gemm of that time, for one).{also} {hint}, or, where the "
        "framework is gone, copy the weights out of the file (onnx.numpy_helper.to_array of its "
        "initializers) into a new model"
    )


def _constants_are_no_inputs(model: onnx.ModelProto) -> None:
    """Up to IR version 3 every initializer had to be an input as well."""
    model.ir_version = max(model.ir_version, 4)
    known = {t.name for t in model.graph.initializer}
    kept = [v for v in model.graph.input if v.name not in known]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    if not kept:
        raise ModelError("it has no input besides its weights")


def _fixed_batch(model: onnx.ModelProto) -> int:
    """The length of the first axis where it is a number, else 0."""
    known = {t.name for t in model.graph.initializer}
    given = [v for v in model.graph.input if v.name not in known]
    return max(
        (v.type.tensor_type.shape.dim[0].dim_value for v in given if v.type.tensor_type.shape.dim),
        default=0,
    )


def _free_reshapes(model: onnx.ModelProto, batch: int) -> None:
    """Let a Reshape to the fixed batch follow the points; whether that was right, the comparison
    with the original says."""
    shapes = {n.input[1] for n in model.graph.node if n.op_type == "Reshape"}
    for constant in model.graph.initializer:
        values = onnx.numpy_helper.to_array(constant) if constant.name in shapes else np.array([])
        if batch and values.size > 1 and values[0] == batch and (values != -1).all():
            constant.CopyFrom(
                onnx.numpy_helper.from_array(np.array([-1, *values[1:]]), constant.name)
            )


def _converted(model: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    try:
        return version_converter.convert_version(model, opset)
    except version_converter.ConvertError as error:
        line = str(error).strip().splitlines()[0][:300]
        raise ModelError(
            f"it cannot be converted from opset {_opset(model)} to {opset}: {line}. Export it "
            f"again for opset {opset}"
        ) from error


class _Runner:
    """The original in ONNX Runtime; in batches of its own fixed size where it has one."""

    def __init__(self, model: onnx.ModelProto, batch: int, limit: RowLimit) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelError(
                f"ONNX Runtime refuses it: {' '.join(str(error).split())[:400]}"
            ) from error
        self._names = [o.name for o in self._session.get_outputs()]
        self._batch = batch
        self._limit = limit

    def __call__(self, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        rows = len(next(iter(arrays.values())))
        batch = self._batch or self._limit(arrays)
        padding = -rows % self._batch if self._batch else 0
        padded = {
            k: np.concatenate([a, np.repeat(a[-1:], padding, axis=0)]) for k, a in arrays.items()
        }
        parts = [
            self._run({k: a[start : start + batch] for k, a in padded.items()})
            for start in range(0, max(rows + padding, 1), batch)
        ]
        return {name: np.concatenate([p[name] for p in parts])[:rows] for name in self._names}

    def _run(self, arrays: Arrays) -> Arrays:
        try:
            return dict(zip(self._names, self._session.run(None, arrays), strict=True))
        except Exception as error:
            raise ModelError(
                f"ONNX Runtime cannot run it: {' '.join(str(error).split())[:400]}"
            ) from error
