"""The graph inside an ONNX file: nodes, attributes, constants, inputs and outputs, read without any
ONNX library.

Field numbers are those of onnx.proto. What the network file does not allow (functions, subgraphs,
sparse or external tensors, strings) is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import NetworkFileError
from lhnets.format.protobuf import (
    Value,
    read_bytes,
    read_doubles,
    read_fields,
    read_floats,
    read_int,
    read_ints,
    read_text,
)

FLOAT, INT32, INT64, BOOL, DOUBLE = 1, 6, 7, 9, 11

DTYPES: Mapping[int, np.dtype[Any]] = {
    FLOAT: np.dtype("<f4"),
    2: np.dtype("u1"),
    3: np.dtype("i1"),
    4: np.dtype("<u2"),
    5: np.dtype("<i2"),
    INT32: np.dtype("<i4"),
    INT64: np.dtype("<i8"),
    BOOL: np.dtype("?"),
    10: np.dtype("<f2"),
    DOUBLE: np.dtype("<f8"),
    12: np.dtype("<u4"),
    13: np.dtype("<u8"),
}
"""The element types that are read, by their number in onnx.proto."""


class Node(NamedTuple):
    """One operation: names of its inputs ("" for one that is left out) and outputs, and its
    attributes."""

    operator: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


class GraphInput(NamedTuple):
    """An input of the graph: its name, element type, and axes (a length, or a name if it is free)
    if the file states a shape."""

    name: str
    dtype: np.dtype[Any]
    dims: tuple[int | str, ...] | None

    @property
    def rank(self) -> int | None:
        """Number of axes."""
        return None if self.dims is None else len(self.dims)


class Graph(NamedTuple):
    """A graph, its nodes in the order of the file, which is one in which they can be evaluated."""

    nodes: tuple[Node, ...]
    constants: Mapping[str, NDArray[Any]]
    inputs: tuple[GraphInput, ...]
    outputs: tuple[str, ...]
    opsets: Mapping[str, int]


def read_graph(content: bytes) -> Graph:
    """The graph of an ONNX file.

    Parameters
    ----------
    content : bytes
        The whole file.

    Raises
    ------
    NetworkFileError
        If the bytes are not an ONNX file, or hold something that a network file must not hold.
    """
    graph: memoryview | None = None
    opsets: dict[str, int] = {}
    for number, _, value, _ in read_fields(memoryview(content)):
        if number == 7:
            if graph is not None:
                raise NetworkFileError("not a valid ONNX file: it holds two graphs")
            graph = read_bytes(value)
        elif number == 8:
            domain, version = _read_opset(read_bytes(value))
            opsets[domain] = version
        elif number == 25:
            raise _refusal("functions")
    if graph is None:
        raise NetworkFileError("not an ONNX file: it holds no graph")
    return _read_graph(graph, opsets)


def in_double_precision(graph: Graph) -> Graph:
    """The same graph with every real number, constant or cast, in double precision."""
    constants = {name: _widen(array) for name, array in graph.constants.items()}
    inputs = tuple(i._replace(dtype=_widen_dtype(i.dtype)) for i in graph.inputs)
    nodes = tuple(n._replace(attributes=_widen_attributes(n)) for n in graph.nodes)
    return graph._replace(nodes=nodes, constants=constants, inputs=inputs)


def _widen_attributes(node: Node) -> Mapping[str, Any]:
    wide = {k: _widen(v) if isinstance(v, np.ndarray) else v for k, v in node.attributes.items()}
    if node.operator in ("Cast", "EyeLike") and wide.get("to", wide.get("dtype")) in (FLOAT, 10):
        wide["to" if node.operator == "Cast" else "dtype"] = DOUBLE
    return wide


def _widen(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(_widen_dtype(array.dtype), copy=False)


def _widen_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return DTYPES[DOUBLE] if dtype.kind == "f" else dtype


def _read_opset(message: memoryview) -> tuple[str, int]:
    domain, version = "", 0
    for number, _, value, _ in read_fields(message):
        if number == 1:
            domain = read_text(value)
        elif number == 2:
            version = read_int(value)
    return domain, version


def _read_graph(message: memoryview, opsets: Mapping[str, int]) -> Graph:
    nodes: list[Node] = []
    constants: dict[str, NDArray[Any]] = {}
    inputs: list[GraphInput] = []
    outputs: list[str] = []
    for number, _, value, _ in read_fields(message):
        if number == 1:
            nodes.append(_read_node(read_bytes(value)))
        elif number == 5:
            name, array = _read_tensor(read_bytes(value))
            constants[name] = array
        elif number == 11:
            inputs.append(_read_input(read_bytes(value)))
        elif number == 12:
            outputs.append(_read_name(read_bytes(value)))
        elif number == 15:
            raise _refusal("sparse tensors")
    free = tuple(i for i in inputs if i.name not in constants)
    return Graph(tuple(nodes), constants, free, tuple(outputs), opsets)


def _read_node(message: memoryview) -> Node:
    inputs: list[str] = []
    outputs: list[str] = []
    attributes: dict[str, Any] = {}
    operator = domain = ""
    for number, _, value, _ in read_fields(message):
        if number == 1:
            inputs.append(read_text(value))
        elif number == 2:
            outputs.append(read_text(value))
        elif number == 4:
            operator = read_text(value)
        elif number == 5:
            name, content = _read_attribute(read_bytes(value))
            attributes[name] = content
        elif number == 7:
            domain = read_text(value)
    domain = "" if domain == "ai.onnx" else domain
    return Node(operator, domain, tuple(inputs), tuple(outputs), attributes)


_SINGLE: Mapping[int, Callable[[Value], Any]] = {
    3: read_int,
    4: lambda value: str(read_bytes(value), "utf-8", "replace"),
    5: lambda value: _read_tensor(read_bytes(value))[1],
}
_REPEATED: Mapping[int, Callable[[int, Value], list[Any]]] = {
    7: read_floats,
    8: read_ints,
    9: lambda _, value: [str(read_bytes(value), "utf-8", "replace")],
}
_DEFAULTS: Mapping[int, Any] = {1: 0.0, 2: 0, 3: "", 6: [], 7: [], 8: []}
"""Values by the type of the attribute: proto3 leaves out a zero and an empty list."""


def _read_attribute(message: memoryview) -> tuple[str, Any]:
    name, kind, single = "", 0, None
    several: list[Any] = []
    for number, wire, value, _ in read_fields(message):
        if number == 1:
            name = read_text(value)
        elif number == 20:
            kind = read_int(value)
        elif number == 2:
            (single,) = read_floats(wire, value)
        elif number in _SINGLE:
            single = _SINGLE[number](value)
        elif number in _REPEATED:
            several += _REPEATED[number](wire, value)
        elif number != 13:
            raise _refusal(f"attributes such as {name!r} (subgraphs, lists of tensors, references)")
    if kind not in _DEFAULTS and single is None:
        raise _refusal(f"attributes such as {name!r} of type {kind}")
    return name, several or (_DEFAULTS[kind] if single is None else single)


class _TensorParts(NamedTuple):
    dims: list[int]
    numbers: list[Any]
    """What the fields of typed numbers hold."""


def _read_tensor(message: memoryview) -> tuple[str, NDArray[Any]]:
    name, code, raw = "", 0, None
    parts = _TensorParts([], [])
    for number, wire, value, _ in read_fields(message):
        if number == 1:
            parts.dims.extend(read_ints(wire, value))
        elif number == 2:
            code = read_int(value)
        elif number == 8:
            name = read_text(value)
        elif number == 9:
            raw = read_bytes(value)
        elif number == 4:
            parts.numbers.extend(read_floats(wire, value))
        elif number == 10:
            parts.numbers.extend(read_doubles(wire, value))
        elif number in (5, 7, 11):
            parts.numbers.extend(read_ints(wire, value))
        elif number in (6, 13) or (number == 14 and value != 0):
            raise _refusal(f"strings or external data in the tensor {name!r}")
    if code not in DTYPES:
        raise _refusal(f"elements of type {code} in the tensor {name!r}")
    return name, _make_array(name, DTYPES[code], parts, raw)


def _make_array(
    name: str, dtype: np.dtype[Any], parts: _TensorParts, raw: memoryview | None
) -> NDArray[Any]:
    size = math.prod(parts.dims)
    held = len(parts.numbers) if raw is None else len(raw) / dtype.itemsize
    if any(d < 0 for d in parts.dims) or held != size:
        raise NetworkFileError(
            f"not a valid ONNX graph: the tensor {name!r} of shape {tuple(parts.dims)} "
            f"needs {size} elements, and the file holds {held:g}"
        )
    if raw is not None:
        flat = np.frombuffer(raw, dtype)
    elif dtype == np.float16:
        flat = np.asarray(parts.numbers, np.uint16).view(dtype)
    else:
        flat = _typed_numbers(parts.numbers, dtype)
    return flat.reshape(parts.dims)


def _typed_numbers(numbers: list[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype == np.uint64:
        numbers = [n % (1 << 64) for n in numbers]
    try:
        return np.asarray(numbers, dtype)
    except OverflowError as error:
        raise NetworkFileError(f"not a valid ONNX graph: {error}") from None


def _read_input(message: memoryview) -> GraphInput:
    name, code, dims = _read_name(message), 0, None
    for number, _, value, _ in read_fields(message):
        if number == 2:
            code, dims = _read_type(read_bytes(value))
    if code not in DTYPES:
        raise _refusal(
            f"the input {name!r}, which is not a tensor of numbers (element type {code})"
        )
    return GraphInput(name, DTYPES[code], dims)


def _read_type(message: memoryview) -> tuple[int, tuple[int | str, ...] | None]:
    code: int = 0
    dims: tuple[int | str, ...] | None = None
    for number, _, value, _ in read_fields(message):
        if number != 1:
            continue
        for inner, _, part, _ in read_fields(read_bytes(value)):
            if inner == 1:
                code = read_int(part)
            elif inner == 2:
                axes = (f for f in read_fields(read_bytes(part)) if f.number == 1)
                dims = tuple(_read_axis(read_bytes(f.value)) for f in axes)
    return code, dims


def _read_axis(message: memoryview) -> int | str:
    """The length of an axis, or its name, "" if it has none."""
    for number, _, value, _ in read_fields(message):
        if number == 1:
            return read_int(value)
        if number == 2:
            return read_text(value)
    return ""


def _read_name(message: memoryview) -> str:
    for number, _, value, _ in read_fields(message):
        if number == 1:
            return read_text(value)
    return ""


def _refusal(what: str) -> NetworkFileError:
    return NetworkFileError(
        f"the graph holds {what}, which lhnets does not read. "
        "Expected tensors of numbers, and operators without subgraphs, in one self-contained file"
    )
