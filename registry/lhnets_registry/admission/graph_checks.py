"""What the graph of a network file shows before any session is made of it.

This parses bytes of strangers with the ONNX libraries, so it belongs into the child process.
External data, sparse tensors, functions and subgraphs are looked for in every message of the file,
wherever they hide.
"""

from __future__ import annotations

from collections.abc import Iterator

import onnx
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]
from google.protobuf.unknown_fields import UnknownFieldSet  # type: ignore[import-untyped]
from onnx import TensorProto

from lhnets.format import Card
from lhnets_registry.admission.limits import Limits
from lhnets_registry.admission.operators import ALLOWED, CONTROL_FLOW
from lhnets_registry.admission.switches import switches
from lhnets_registry.admission.tensor_sizes import size_problems
from lhnets_registry.report import STATIC_ITEMS, Finding, failed, judged, not_applicable, passed

DTYPES = {
    "float64": TensorProto.DOUBLE,
    "float32": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
}


def static_checks(content: bytes, card: Card, limits: Limits) -> list[Finding]:
    """The findings of `STATIC_ITEMS`; the costly ones only where the cheap ones hold."""
    limits = limits.for_card(card)
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
        _require_text(model)
    except (DecodeError, UnicodeDecodeError) as error:
        return [
            failed("parse", str(error), "an ONNX model", "Export the model again."),
            *not_applicable(
                STATIC_ITEMS[STATIC_ITEMS.index("parse") + 1 :], "the file cannot be parsed"
            ),
        ]
    findings = [*_structure(model), _operators(model), _opset(model, limits), _nodes(model, limits)]
    findings.append(_interface(model, card))
    if any(f.outcome == "fail" for f in findings):
        rest = ("tensor_sizes", "checker", "switches")
        return findings + not_applicable(rest, "an earlier item failed")
    return [*findings, _tensor_sizes(model, limits), _checker(model), switches(model, card)]


def messages(message: Message, where: str = "model") -> Iterator[tuple[str, Message]]:
    """Every message in ``message``, itself first, with the path to it."""
    yield where, message
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        inner = enumerate(value) if not isinstance(value, Message) else ((None, value),)
        for number, part in inner:
            yield from messages(
                part, f"{where}.{field.name}" + ("" if number is None else f"[{number}]")
            )


def _require_text(model: onnx.ModelProto) -> None:
    """Raise DecodeError where a name is not UTF-8; protobuf then gives bytes, or raises only when
    it is looked at."""
    for where, message in messages(model):
        for field, value in message.ListFields():
            texts = [value] if isinstance(value, (str, bytes)) else value
            if field.type == field.TYPE_STRING and any(isinstance(text, bytes) for text in texts):
                raise DecodeError(f"{where}.{field.name} is not UTF-8 text")


def _structure(model: onnx.ModelProto) -> list[Finding]:
    """One walk over everything in the file."""
    found: dict[str, list[str]] = {
        i: [] for i in ("parse", "self_contained", "dense", "functions", "subgraphs")
    }
    for where, message in messages(model):
        if len(UnknownFieldSet(message)):
            found["parse"].append(f"unknown fields at {where}")
        if isinstance(message, TensorProto) and (message.data_location or message.external_data):
            found["self_contained"].append(f"external data at {where} ({message.name[:60]!r})")
        elif isinstance(message, onnx.SparseTensorProto):
            found["dense"].append(f"a sparse tensor at {where}")
        elif isinstance(message, (onnx.FunctionProto, onnx.TrainingInfoProto)):
            found["functions"].append(f"{type(message).__name__} at {where}")
        elif isinstance(message, onnx.AttributeProto) and message.ref_attr_name:
            found["functions"].append(f"an attribute that refers to a function's at {where}")
        elif isinstance(message, onnx.GraphProto) and where != "model.graph":
            found["subgraphs"].append(f"a graph at {where}")
        elif isinstance(message, onnx.NodeProto) and message.op_type in CONTROL_FLOW:
            found["subgraphs"].append(f"{message.op_type} at {where}")
    return [
        judged(
            "parse",
            found["parse"],
            "an ONNX model",
            "no unknown fields",
            "Export with a current ONNX.",
        ),
        judged(
            "self_contained",
            found["self_contained"],
            "no external data",
            "one self-contained file",
            "Save the model with its weights inside.",
        ),
        judged(
            "dense",
            found["dense"],
            "no sparse tensors",
            "no sparse tensors",
            "Store the weights densely.",
        ),
        judged(
            "functions",
            found["functions"],
            "no functions",
            "no local functions or training graphs",
            "Inline them: onnx.inliner.inline_local_functions.",
        ),
        judged(
            "subgraphs",
            found["subgraphs"],
            "no subgraphs",
            "no Loop, Scan, If or other subgraph",
            "Unroll loops of fixed length; use Where instead of If.",
        ),
    ]


def _operators(model: onnx.ModelProto) -> Finding:
    problems = [
        f"{node.domain[:60] or 'ai.onnx'}.{node.op_type[:60]}"
        f"{' with an overload' if node.overload else ''}"
        for node in model.graph.node
        if node.op_type not in ALLOWED.get(node.domain, ()) or node.overload
    ]
    used = {node.op_type for node in model.graph.node}
    return judged(
        "operators",
        list(dict.fromkeys(problems)),
        ", ".join(sorted(used)),
        "operators of ai.onnx and ai.onnx.ml that are on the list",
        "Rewrite them with operators of lhnets_registry.admission.operators.",
    )


def _opset(model: onnx.ModelProto, limits: Limits) -> Finding:
    ranges = {"": limits.opset, "ai.onnx": limits.opset, "ai.onnx.ml": limits.ml_opset}
    versions: dict[str, set[int]] = {}
    for opset in model.opset_import:
        versions.setdefault(opset.domain, set()).add(opset.version)
    problems = [f"domain {domain[:60]!r}" for domain in versions if domain not in ranges]
    problems += [
        f"{d or 'ai.onnx'} in several versions {sorted(v)}"
        for d, v in versions.items()
        if len(v) > 1
    ]
    for domain, (first, last) in ranges.items():
        bad = [v for v in versions.get(domain, ()) if not first <= v <= last]
        problems += [f"{domain or 'ai.onnx'} {v} is not within {first} to {last}" for v in bad]
    if not versions.keys() & {"", "ai.onnx"}:
        problems.append("no version of ai.onnx")
    good = ", ".join(f"{d or 'ai.onnx'} {min(v)}" for d, v in sorted(versions.items()))
    first, last = limits.opset
    remedy = "Export for opset 18, or convert: onnx.version_converter."
    return judged("opset", problems, good, f"ai.onnx {first} to {last}, each domain once", remedy)


def _nodes(model: onnx.ModelProto, limits: Limits) -> Finding:
    n, criterion = len(model.graph.node), f"1 to {limits.nodes:,} nodes"
    if 1 <= n <= limits.nodes:
        return passed("nodes", f"{n} nodes", criterion)
    return failed("nodes", f"{n:,} nodes", criterion, "Fold constants and simplify the graph.")


def _interface(model: onnx.ModelProto, card: Card) -> Finding:
    """Names, types and shapes of the graph's inputs and outputs against the card."""
    k = len(card.outputs)
    inputs: dict[str, tuple[str, tuple[int | str, ...]]] = {}
    if card.columns:
        inputs["parameters"] = ("float64", ("N", len(card.columns)))
    inputs |= {i.name: (i.dtype, i.shape) for i in card.inputs if i.shape is not None}
    outputs = {
        "value": ("float64", ("N", k)),
        "uncertainty": ("float64", ("N", k)),
        "reach": ("float64", ("N",)),
    }
    problems = _tensor_problems("input", list(model.graph.input), inputs)
    problems += _tensor_problems("output", list(model.graph.output), outputs)
    wanted = ", ".join(f"{n} {d}{list(s)}" for n, (d, s) in (*inputs.items(), *outputs.items()))
    return judged(
        "interface",
        problems,
        wanted,
        "inputs and outputs as the card says",
        "Export with these names.",
    )


def _tensor_problems(
    what: str,
    given: list[onnx.ValueInfoProto],
    wanted: dict[str, tuple[str, tuple[int | str, ...]]],
) -> list[str]:
    names = [v.name for v in given]
    problems = [f"{what} {n!r} is missing" for n in wanted if n not in names]
    problems += [f"unknown {what} {n[:60]!r}" for n in names if n not in wanted]
    for value in given:
        if value.name not in wanted:
            continue
        dtype, shape = wanted[value.name]
        tensor = value.type.tensor_type
        if tensor.elem_type != DTYPES[dtype]:
            problems.append(f"{what} {value.name!r} is no {dtype}")
        dims = [d.dim_value if d.HasField("dim_value") else d.dim_param for d in tensor.shape.dim]
        if not tensor.HasField("shape") or not _same_shape(dims, shape):
            problems.append(f"{what} {value.name!r} has shape {dims} instead of {list(shape)}")
    return problems


def _same_shape(dims: list[int | str], shape: tuple[int | str, ...]) -> bool:
    """Whether the first axis is free, the fixed ones agree, and those that the card calls free
    are."""
    if len(dims) != len(shape) or not dims or isinstance(dims[0], int):
        return False
    return all(
        d == s if isinstance(s, int) else isinstance(d, str)
        for d, s in zip(dims[1:], shape[1:], strict=False)
    )


def _tensor_sizes(model: onnx.ModelProto, limits: Limits) -> Finding:
    criterion = (
        f"at most {limits.elements:,} numbers in a tensor at one row, growing with the "
        "rows, whatever their values"
    )
    problems, largest = size_problems(model, limits.elements)
    remedy = "Give ConstantOfShape, Expand, Tile and the like constant shapes."
    return judged(
        "tensor_sizes",
        problems,
        f"{largest:,} numbers in the largest at one row",
        criterion,
        remedy,
    )


def _checker(model: onnx.ModelProto) -> Finding:
    criterion = "valid ONNX (onnx.checker)"
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        return failed(
            "checker", str(error).splitlines()[0][:300], criterion, "Export the model again."
        )
    return passed("checker", f"IR {model.ir_version}", criterion)
