"""What in an exported program of torch (``.pt2``) would run where it is loaded: decided from the
archive, without torch.

`torch.export.load` unpickles weights and constants that say so, opaque objects and example inputs,
and evaluates shape expressions and guards as Python. A program without any of these is data: raw
weights and a graph in JSON.
"""

from __future__ import annotations

import io
import json
import pickletools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

MOST_BYTES = 64 * 2**20
"""Of a graph, a configuration or the example inputs, unpacked."""

_TENSORS = frozenset(
    {
        "torch._utils _rebuild_tensor_v2",
        "torch._utils _rebuild_parameter",
        "collections OrderedDict",
        *(
            f"torch {kind}Storage"
            for kind in (
                "Double",
                "Float",
                "Half",
                "BFloat16",
                "Long",
                "Int",
                "Short",
                "Char",
                "Bool",
            )
        ),
    }
)
"""What the pickle of plain tensors names."""

_CALLS_BY_STACK = {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"}
_EXPRESSION = re.compile(
    r"(Symbol\('[su]\d+'(, "
    r"(positive|integer|nonnegative)=True)*\)|Integer\(-?\d+\)|Rational\(-?\d+, \d+\)"
    r"|Add|Mul|Pow|Mod|FloorDiv|Max|Min|[su]?\d+|[-+*(), ])*"
)
"""Arithmetic of sizes, as torch writes it."""
_GUARD = re.compile(
    r"(L\['\w+'\](\['\w+'\]|\[\d+\])*\.size\(\)\[\d+\]|\d+|==|!=|<=|>=|<|>|[-+*() ])*"
)
"""A comparison of sizes of the inputs, as torch writes it."""
_UNREADABLE = "it cannot be read as torch writes such files, so that nobody knows what it would run"


def code_in_program(path: Path) -> str:
    """In words what a ``.pt2`` file would run, or an empty string."""
    try:
        with zipfile.ZipFile(path) as archive:
            return next(_findings(archive), "")
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ):
        return _UNREADABLE


def _findings(archive: zipfile.ZipFile) -> Iterator[str]:
    names = archive.namelist()
    folded = [n.lower() for n in names]
    if len(set(folded)) < len(names) or len({n.split("/", 1)[0] for n in names}) > 1:
        yield _UNREADABLE
    if any(n.endswith("serialized_exported_program.json") for n in names):
        yield "its format is that of older versions of torch, whose parts are pickles"
    if any("aotinductor" in n or n.endswith((".so", ".cpp", ".o")) for n in folded):
        yield "it holds compiled code"
    for name in names:
        inner = PurePosixPath(name.split("/", 1)[-1])
        if inner.suffix == ".json" and inner.parts[0] == "data":
            yield from _in_payload(json.loads(_read(archive, name)))
        elif inner.suffix == ".json":
            yield from _in_graph(json.loads(_read(archive, name)))
        elif inner.suffix in (".pt", ".pkl"):
            yield from _in_tensors(_read(archive, name))


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MOST_BYTES:
        raise ValueError(f"{name} unpacks to more than {MOST_BYTES:,} bytes")
    return archive.read(name)


def _in_payload(config: dict[str, Any]) -> Iterator[str]:
    """A list of weights or constants."""
    for name, entry in config["config"].items():
        if entry.get("use_pickle", True) or not str(entry["path_name"]).startswith(
            ("weight_", "tensor_")
        ):
            yield f"its constant {str(name)[:60]!r} is a pickle"


def _in_graph(value: Any) -> Iterator[str]:
    """A graph in JSON: its shape expressions and guards."""
    if isinstance(value, list):
        for part in value:
            yield from _in_graph(part)
    if not isinstance(value, dict):
        return
    if not all(
        isinstance(guard, str) and _GUARD.fullmatch(guard)
        for guard in value.get("guards_code") or ()
    ):
        yield "its guards are Python code"
    if not all(
        re.fullmatch(r"[su]\d+", str(name)) for name in value.get("range_constraints") or {}
    ):
        yield "the names of its sizes are Python code"
    expression = value.get("expr_str", "")
    if (
        not isinstance(expression, str)
        or len(expression) > 500
        or not _EXPRESSION.fullmatch(expression)
    ):
        yield f"its shape expression {str(expression)[:60]!r} is Python code"
    for part in value.values():
        yield from _in_graph(part)


def _in_tensors(content: bytes) -> Iterator[str]:
    """A file of tensors: a pickle inside a zip archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as inner:
        names = inner.namelist()
        if len({n.lower() for n in names}) < len(names):
            yield _UNREADABLE
        for name in names:
            if name.endswith(".pkl"):
                yield from _in_pickle(_read(inner, name))


def _in_pickle(content: bytes) -> Iterator[str]:
    for operation, argument, _ in pickletools.genops(content):
        if operation.name in _CALLS_BY_STACK or (
            operation.name == "GLOBAL" and argument not in _TENSORS
        ):
            yield f"its example inputs are a pickle that names {argument or 'objects'!s}"
