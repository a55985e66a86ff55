"""An author's card against the structs of `lhnets.format.card`: every field that does not fit them,
with its line.

The structs are the only schema. What they say of a field, its type, its bounds and its description,
is what a defect says was expected.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Any

from msgspec import inspect

from lhnets.format.text import inside
from lhnets_registry.cards.yaml_lines import YamlNode
from lhnets_registry.errors import Defect

_SHOWN = 60


class Absent:
    """Stands for a value that does not fit; `ABSENT` is the only one."""


ABSENT = Absent()


class CardReading:
    """The defects that were found so far, and the lines of the paths that were seen.

    ``left_out`` are the paths of fields that an author does not give, and why; ``optional`` those
    that a card must have and that follow from the rest where the author gives none.
    """

    def __init__(
        self,
        left_out: Mapping[str, str] = MappingProxyType({}),
        optional: frozenset[str] = frozenset(),
    ) -> None:
        self.defects: list[Defect] = []
        self.lines: dict[str, int] = {}
        self.left_out = left_out
        self.optional = optional

    def found(
        self, path: str, what: str, expected: str, got: str, remedy: str, line: int | None = None
    ) -> None:
        """Add a defect, at the line of its path or of the nearest part above it that has one."""
        self.defects.append(Defect(line or self.line(path), path, what, expected, got, remedy))

    def line(self, path: str) -> int:
        """The line of ``path``, or of what holds it."""
        while path and path not in self.lines:
            path = re.sub(r"(\.[^.\[]+|\[[^\]]*\]|^[^.\[]+)$", "", path)
        return self.lines.get(path, 1)


def read_struct(node: YamlNode, struct: type, path: str, reading: CardReading) -> dict[str, Any]:
    """The fields of ``node`` that fit ``struct``, as plain values; what does not fit is added to
    ``reading``."""
    reading.lines[path] = node.key_line or node.line
    if not isinstance(node.value, dict):
        reading.found(
            path or "(file)",
            "is not a mapping",
            "fields with their values",
            shown(node),
            "Write `field: value` lines.",
        )
        return {}
    fields = {
        f.encode_name: f
        for f in fields_of(struct)
        if _join(path, f.encode_name) not in reading.left_out
    }
    _repeated(node, path, reading)
    entries = _named(node, fields, path, reading)
    given = {}
    for name, field in fields.items():
        inner = _join(path, name)
        required = field.required and inner not in reading.optional
        if name in entries and (required or entries[name].value not in (None, "")):
            value = _read(entries[name], field.type, inner, reading)
            if value is not ABSENT:
                given[name] = value
        elif name not in entries and required:
            line = node.key_line or node.line
            reading.found(
                inner, "is missing", expected(field.type), "nothing", f"Add `{name}:`.", line
            )
    return given


def expected(kind: inspect.Type) -> str:
    """What a field of this type holds, in words."""
    words, description = words_of(kind), described(kind)
    return f"{words} ({description})" if description else words


def shown(node: YamlNode) -> str:
    """A value as a defect shows it."""
    if isinstance(node.value, dict):
        return f"the fields {', '.join(list(node.value)[:5])}" if node.value else "an empty mapping"
    if isinstance(node.value, list):
        return f"a list of {len(node.value)}"
    if node.value is None:
        return "nothing"
    return repr(node.text[:_SHOWN]) + ("…" if len(node.text) > _SHOWN else "")


@cache
def fields_of(struct: type) -> tuple[inspect.Field, ...]:
    """The fields of a struct, in order."""
    kind = inspect.type_info(struct)
    assert isinstance(kind, inspect.StructType)
    return kind.fields


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _repeated(node: YamlNode, path: str, reading: CardReading) -> None:
    entries = node.value
    assert isinstance(entries, dict)
    for name, line in node.repeated:
        first = entries[name].key_line
        reading.found(
            _join(path, name[:_SHOWN]), "stands twice", "each field once", "it also in line "
                                                                           f"{first}",
            "Keep one of the two.", line,
        )  # fmt: skip


def _named(
    node: YamlNode, fields: Mapping[str, Any], path: str, reading: CardReading
) -> dict[str, YamlNode]:
    """The entries by the fields that they are, or that they most likely mean; others are
    defects."""
    assert isinstance(node.value, dict)
    entries = {name: value for name, value in node.value.items() if name in fields}
    for name, value in node.value.items():
        inner = _join(path, name[:_SHOWN])
        if name in fields:
            continue
        if inner in reading.left_out:
            reading.found(
                inner, "is not for the author to state", "no such field", shown(value),
                f"Remove it: {reading.left_out[inner]}.", value.key_line,
            )  # fmt: skip
            continue
        near = get_close_matches(name, [f for f in fields if f not in entries], n=1)
        remedy = (
            f"Did you mean `{near[0]}`?" if near else "Remove it, or move it to where it belongs."
        )
        reading.found(
            inner,
            "is not a field",
            f"one of {', '.join(fields)}",
            repr(name[:_SHOWN]),
            remedy,
            value.key_line,
        )
        entries |= dict.fromkeys(near, value)
    return entries


def _read(node: YamlNode, kind: inspect.Type, path: str, reading: CardReading) -> Any:
    """The plain value of ``node``, or `ABSENT` with a defect where it does not fit ``kind``."""
    reading.lines[path] = node.line if not isinstance(node.value, (dict, list)) else node.key_line
    core = bare(kind)
    if isinstance(core, inspect.UnionType):
        return _read_union(node, kind, core, path, reading)
    if isinstance(core, inspect.StructType):
        return read_struct(node, core.cls, path, reading)
    if isinstance(core, (inspect.VarTupleType, inspect.ListType, inspect.TupleType)):
        return _read_list(node, kind, core, path, reading)
    if isinstance(core, inspect.DictType):
        return _read_dict(node, kind, core, path, reading)
    value = _plain(node) if isinstance(core, inspect.AnyType) else _leaf(node, core)
    if value is ABSENT:
        name = re.split(r"[.\[]", path)[-1].rstrip("]")
        remedy = _remedy(node, core, name)
        reading.found(path, "does not fit", expected(kind), shown(node), remedy)
    return value


def _read_union(
    node: YamlNode, kind: inspect.Type, union: inspect.UnionType, path: str, reading: CardReading
) -> Any:
    choices = [t for t in union.types if not isinstance(t, inspect.NoneType)]
    if len(choices) == 1:
        return _read(node, choices[0], path, reading)
    if all(isinstance(t, inspect.StructType) and t.tag_field for t in choices):
        return _read_tagged(node, kind, choices, path, reading)
    for choice in choices:
        value = _read(node, choice, path, trial := CardReading())
        if value is not ABSENT and not trial.defects:
            return value
    reading.found(path, "does not fit", expected(kind), shown(node), "Write it as one of these.")
    return ABSENT


def _read_tagged(
    node: YamlNode, kind: inspect.Type, choices: list[Any], path: str, reading: CardReading
) -> Any:
    """One of several structs, told apart by the field that names its kind; the first one if that is
    missing."""
    if not isinstance(node.value, dict):
        reading.found(
            path, "is not a mapping", expected(kind), shown(node), "Write `field: value` lines."
        )
        return ABSENT
    field, stated = choices[0].tag_field, node.value.get(choices[0].tag_field)
    by_tag = {t.tag: t for t in choices if t.tag != "other"}
    tag = choices[0].tag if stated is None else stated.value
    if tag not in by_tag:
        near = get_close_matches(str(tag), list(by_tag), n=1)
        remedy = f"Did you mean `{near[0]}`?" if near else "Choose one of these."
        reading.found(
            _join(path, field),
            "does not fit",
            f"one of {', '.join(by_tag)}",
            repr(str(tag)[:_SHOWN]),
            remedy,
        )
        return ABSENT
    rest = replace(node, value={k: v for k, v in node.value.items() if k != field})
    return {field: tag, **read_struct(rest, by_tag[tag].cls, path, reading)}


def _read_list(
    node: YamlNode, kind: inspect.Type, bare: Any, path: str, reading: CardReading
) -> Any:
    if not isinstance(node.value, list):
        reading.found(
            path, "is not a list", expected(kind), shown(node), "Begin each entry with `- `."
        )
        return ABSENT
    least = getattr(bare, "min_length", None) or 0
    if len(node.value) < least:
        reading.found(
            path,
            "is too short",
            f"at least {least}",
            shown(node),
            "Add an entry that begins with `- `.",
        )
    inner = getattr(bare, "item_type", None)
    if inner is None:
        return [_plain(n) for n in node.value]
    return [_read(n, inner, f"{path}[{k}]", reading) for k, n in enumerate(node.value)]


def _read_dict(
    node: YamlNode, kind: inspect.Type, bare: inspect.DictType, path: str, reading: CardReading
) -> Any:
    if not isinstance(node.value, dict):
        reading.found(
            path, "is not a mapping", expected(kind), shown(node), "Write `name: value` lines."
        )
        return ABSENT
    _repeated(node, path, reading)
    return {k: _read(n, bare.value_type, _join(path, k), reading) for k, n in node.value.items()}


def _plain(node: YamlNode) -> Any:
    if isinstance(node.value, dict):
        return {k: _plain(n) for k, n in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(n) for n in node.value]
    finite = not isinstance(node.value, float) or math.isfinite(node.value)
    return node.value if finite else node.text


def _leaf(node: YamlNode, kind: inspect.Type) -> Any:
    """A scalar that fits; a number stands for text as it was written, and a whole number for
    any."""
    value = node.value
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(kind, inspect.LiteralType):
        return value if isinstance(value, str) and value in kind.values else ABSENT
    if isinstance(kind, inspect.StrType):
        text = node.text if number else value
        if not isinstance(text, str) or not text.strip():
            return ABSENT
        text = text.strip("\n")
        return text if _fits_text(text, kind) else ABSENT
    if isinstance(kind, inspect.BoolType):
        return value if isinstance(value, bool) else ABSENT
    if isinstance(kind, inspect.IntType):
        return value if isinstance(value, int) and number and _within(value, kind) else ABSENT
    if isinstance(kind, inspect.FloatType) and isinstance(value, (int, float)) and number:
        return float(value) if math.isfinite(value) and _within(value, kind) else ABSENT
    return ABSENT


def _fits_text(text: str, kind: inspect.StrType) -> bool:
    short = kind.max_length is None or len(text) <= kind.max_length
    return short and (kind.pattern is None or re.search(kind.pattern, text) is not None)


def _within(value: float, kind: inspect.IntType | inspect.FloatType) -> bool:
    return (
        (kind.ge is None or value >= kind.ge)
        and (kind.gt is None or value > kind.gt)
        and (kind.le is None or value <= kind.le)
        and (kind.lt is None or value < kind.lt)
    )


def _remedy(node: YamlNode, kind: inspect.Type, name: str) -> str:
    if isinstance(kind, inspect.LiteralType):
        near = get_close_matches(node.text, [str(v) for v in kind.values], n=1)
        return f"Did you mean `{near[0]}`?" if near else "Choose one of these."
    if node.value is None:
        return f"Write a value behind `{name}:`."
    if isinstance(kind, inspect.StrType):
        return "Write plain text; put it in quotes where it holds `: ` or ` #`."
    if isinstance(kind, (inspect.IntType, inspect.FloatType)):
        return "Write the bare number, without a unit or quotes."
    return "Fix the value."


def bare(kind: inspect.Type) -> inspect.Type:
    """A type without what is said about it."""
    return bare(kind.type) if isinstance(kind, inspect.Metadata) else kind


def described(kind: inspect.Type) -> str:
    """What the card's structs say about a field of this type."""
    if isinstance(kind, inspect.Metadata):
        return (kind.extra_json_schema or {}).get("description", "") or described(kind.type)
    if isinstance(kind, inspect.UnionType):
        return next(filter(None, map(described, kind.types)), "")
    return ""


def words_of(kind: inspect.Type) -> str:
    """A type in words."""
    kind = bare(kind)
    if isinstance(kind, inspect.UnionType):
        return " or ".join(words_of(t) for t in kind.types if not isinstance(t, inspect.NoneType))
    if isinstance(kind, inspect.LiteralType):
        return f"one of {', '.join(str(v) for v in kind.values)}"
    if isinstance(kind, inspect.StrType):
        bounds = [f"at most {kind.max_length} characters"] * (kind.max_length is not None)
        return ", ".join(
            [
                "text",
                *bounds,
                *[f"matching {inside(kind.pattern or '')}"] * (kind.pattern is not None),
            ]
        )
    if isinstance(kind, inspect.StructType):
        return f"fields {', '.join(f.encode_name for f in kind.fields)}"
    if isinstance(kind, (inspect.IntType, inspect.FloatType)):
        return ("a whole number" if isinstance(kind, inspect.IntType) else "a number") + _bounds(
            kind
        )
    if isinstance(kind, inspect.BoolType):
        return "true or false"
    if isinstance(kind, inspect.DictType):
        return f"a mapping of names to {words_of(kind.value_type)}"
    items = getattr(kind, "item_type", None)
    return f"a list of {words_of(items)}" if items is not None else "any value"


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    said: Sequence[tuple[str, Any]] = (
        ("at least", kind.ge), ("above", kind.gt), ("at most", kind.le), ("below", kind.lt),
    )  # fmt: skip
    return "".join(f" {words} {bound:g}" for words, bound in said if bound is not None)
