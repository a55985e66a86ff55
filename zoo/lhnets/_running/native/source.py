"""A network as a C file and its header."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from importlib.resources import files
from string import Template
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._running.graph import in_double_precision, read_graph
from lhnets._running.interpret import Interpreter
from lhnets._running.namespaces.dual import Dual, DualArrays, value_of
from lhnets._running.native.arrays import TracedArrays
from lhnets._running.native.constants import Constants, declare_array
from lhnets._running.native.loops import Body
from lhnets._running.native.program import Statement, simplify
from lhnets._running.outputs import OUTPUTS
from lhnets._running.outside import REACH_TOLERANCE
from lhnets._running.verify import RELATIVE_TOLERANCE, scale_of
from lhnets.errors import NetworkFileError, printable
from lhnets.format import Card, NetworkFile

TOLERANCE = 10 * RELATIVE_TOLERANCE
"""For reference points: sums of radial functions cancel, and another compiler adds in another
order."""

LANES = 8
"""Points that the loop over rows evaluates side by side: one register of AVX-512, two of AVX."""

_DOUBLE = np.dtype(np.float64)


def trace(file: NetworkFile) -> list[Statement]:
    """The program of a network of parameters.

    Raises
    ------
    NetworkFileError
        If the network takes events, or its graph has something that is not written as C.
    """
    card = file.card
    if card.tensors:
        raise NetworkFileError(
            f"{card.identity} takes events, arrays of free length: only networks of parameters, "
            "whose shapes are fixed, are written as C. Call it from Python (`lhnets show "
            f"{card.name}` tells how), or run its file with the C API of ONNX Runtime"
        )
    arrays = TracedArrays()
    x = arrays.input("x", _DOUBLE, (1, len(card.columns)))
    found = Interpreter(read_graph(file.content), arrays)({"parameters": x})
    outputs = [arrays.output(name, found[name], _DOUBLE) for name in OUTPUTS]
    return simplify(arrays.statements, outputs)


def trace_jacobian(file: NetworkFile) -> list[Statement]:
    """The program of a network that also gives the derivatives of its values by its inputs,
    (outputs, inputs)."""
    arrays = TracedArrays()
    columns = len(file.card.columns)
    x = arrays.input("x", _DOUBLE, (1, columns))
    graph = in_double_precision(read_graph(file.content))
    directions = np.eye(columns)[:, None, :]
    found = Interpreter(graph, DualArrays(arrays))({"parameters": Dual(x, directions)})
    outputs = [arrays.output(name, value_of(found[name]), _DOUBLE) for name in OUTPUTS]
    value = found["value"]
    tangent = value.tangent if isinstance(value, Dual) else np.zeros((columns, *value.shape))
    jacobian = arrays.permute_dims(tangent, (2, 1, 0))
    outputs.append(arrays.output("jacobian", jacobian, _DOUBLE))
    return simplify(arrays.statements, outputs)


def write_c(file: NetworkFile) -> dict[str, str]:
    """The C file and its header, by file name.

    Parameters
    ----------
    file : NetworkFile
        A network of parameters.

    Raises
    ------
    NetworkFileError
        If it cannot be written as C.
    """
    program, with_jacobian = trace(file), trace_jacobian(file)
    constants = Constants()
    point, block = (Body(lanes, constants).write(program) for lanes in (1, LANES))
    jacobian = Body(1, constants).write(with_jacobian)
    fields = {
        **describe(file),
        "functions": _read_template("functions.c").rstrip(),
        "constants": "\n".join(constants.declare()),
        "point": _indent(point),
        "block": _indent(block),
        "jacobian": _indent(jacobian),
        "lanes": str(LANES),
        "reference": "\n".join(_reference(file)),
        "tolerance": repr(TOLERANCE),
    }
    return {
        f"{fields['prefix']}.{suffix}": fill(f"network.{suffix}", fields) for suffix in ("c", "h")
    }


def fill(template: str, fields: dict[str, str]) -> str:
    """A template of this folder, its places filled."""
    return Template(_read_template(template)).substitute(fields)


@functools.cache
def _read_template(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def prefix_of(card: Card) -> str:
    """What the names in C of a network begin with, and its files."""
    return "lhnets_" + "".join(c if c.isascii() and c.isalnum() else "_" for c in card.name)


def describe(file: NetworkFile) -> dict[str, str]:
    """What the templates say of a network."""
    card, columns, outputs = file.card, file.card.columns, file.card.outputs
    prefix = prefix_of(card)
    return {
        "prefix": prefix,
        "macro": prefix.upper(),
        "identity": comment(card.identity),
        "identity_string": quote(card.identity),
        "title": comment(card.title),
        "version": version("lhnets"),
        "sha256": file.sha256,
        "inputs": str(len(columns)),
        "outputs": str(len(outputs)),
        "input_names": _strings(i.name for i in columns),
        "input_units": _strings(i.unit for i in columns),
        "input_low": _numbers(i.low for i in columns),
        "input_high": _numbers(i.high for i in columns),
        "output_names": _strings(o.name for o in outputs),
        "output_units": _strings(o.unit for o in outputs),
        "table": "\n".join(f" * {line}".rstrip() for line in _table(card)),
        "reach_tolerance": repr(REACH_TOLERANCE),
    }


def _table(card: Card) -> list[str]:
    lines = ["Inputs, in this order (the region may be smaller than the box):"]
    for i in card.columns:
        default = "" if i.default is None else f", usually {i.default:g}"
        lines.append(
            f"  {comment(i.name)} [{comment(i.unit)}] from {i.low:g} to {i.high:g}{default}: "
            f"{comment(i.meaning)}"
        )
    lines.append("Outputs:")
    lines += [
        f"  {comment(o.name)} [{comment(o.unit)}]: {comment(o.meaning)}" for o in card.outputs
    ]
    return lines


def _reference(file: NetworkFile) -> Iterable[str]:
    reference, linear = file.reference, np.array([o.scale == "linear" for o in file.card.outputs])
    arrays = {"reference_in": reference.inputs["parameters"]}
    for name in ("value", "uncertainty", "reach"):
        expected = np.asarray(reference.outputs[name], dtype=np.float64)
        arrays[f"reference_{name}"] = expected
        scale = scale_of(expected, linear if name != "reach" else False)
        arrays[f"scale_{name}"] = np.atleast_1d(scale)
    yield f"#define POINTS {reference.points}"
    for name, array in arrays.items():
        yield from declare_array(f"static const double {name}", _flat(array))


def _flat(array: Any) -> NDArray[np.float64]:
    return np.asarray(array, dtype=np.float64).reshape(-1)


def _indent(lines: Sequence[str]) -> str:
    depth, indented = 1, []
    for line in lines:
        depth -= line.startswith("}")
        indented.append("  " * depth + line)
        depth += line.endswith("{")
    return "\n".join(indented)


def comment(text: str) -> str:
    """A text of a card within a comment of C, on one line."""
    return " ".join(printable(text).split()).replace("*/", "* /").replace("/*", "/ *")


def quote(text: str) -> str:
    """A text of a card as a string of C."""
    plain = " ".join(printable(text).split()).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("??", "?\\?") + '"'


def _strings(texts: Iterable[str]) -> str:
    return ", ".join(map(quote, texts))


def _numbers(numbers: Iterable[float | None]) -> str:
    return ", ".join("NAN" if n is None else repr(float(n)) for n in numbers)
