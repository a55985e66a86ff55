"""YAML of a stranger, read with the line of every value: plain data only, and no more of it than is
written.

Scalars follow the core schema of YAML 1.2: ``1e-3`` is a number, ``no``, ``12:30``, ``010`` and
dates are what they look like, and whatever is quoted is text. Tags, anchors and aliases are
refused, so that a short file cannot stand for a large one, nor name a class to be made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from lhnets_registry.errors import YamlError

MOST_CHARACTERS = 200_000
DEEPEST = 40

Scalar: TypeAlias = "str | int | float | bool | None"


@dataclass(frozen=True)
class YamlNode:
    """A value and its line, counted from 1.

    ``value`` is a scalar, a list of nodes, or a dict of nodes by their keys. ``text`` is a scalar
    as it was written. ``repeated`` are keys that stand twice, with their lines.
    """

    value: Scalar | list[YamlNode] | dict[str, YamlNode]
    line: int
    text: str = ""
    key_line: int = 0
    repeated: list[tuple[str, int]] = field(default_factory=list)


def load(text: str) -> YamlNode:
    """The one document in ``text``.

    Raises
    ------
    YamlError
        If it is no such document, with the line.
    """
    if len(text) > MOST_CHARACTERS:
        raise YamlError(1, f"{len(text):,} characters", f"at most {MOST_CHARACTERS:,}")
    try:
        _require_plain(text)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(
            mark.line + 1 if mark else 1,
            " ".join(filter(None, (error.context, error.problem))),
            "YAML",
        ) from error
    except yaml.YAMLError as error:
        raise YamlError(1, " ".join(str(error).split()), "YAML, in UTF-8") from error
    if root is None:
        raise YamlError(1, "an empty file", "a mapping of fields")
    return _node(root, root.start_mark.line + 1)


class _Loader(yaml.SafeLoader):
    """Resolves scalars by the core schema of YAML 1.2. Nothing is constructed from what it
    composes."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - the name and form that PyYAML looks up


for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    (
        "float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        list("-+.0123456789"),
    ),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def _require_plain(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
            event, yaml.CollectionEndEvent
        )
        if depth > DEEPEST:
            raise YamlError(line, "nested too deeply", f"at most {DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlError(
                line,
                "an anchor or an alias (& or *)",
                "values written out where they stand, or quoted",
            )
        tag = getattr(event, "tag", None)
        if tag:
            raise YamlError(line, f"the tag {tag[:60]!r}", "plain values without tags (!)")


def _node(node: yaml.Node, key_line: int) -> YamlNode:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return YamlNode(_scalar(node, line), line, node.value, key_line)
    if isinstance(node, yaml.SequenceNode):
        items = [_node(n, n.start_mark.line + 1) for n in node.value]
        return YamlNode(items, line, key_line=key_line)
    entries: dict[str, YamlNode] = {}
    repeated = []
    for key, value in node.value:
        where = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise YamlError(where, "a key that is a list or a mapping", "names as keys")
        if key.value in entries:
            repeated.append((key.value, where))
            continue
        entries[key.value] = _node(value, where)
    return YamlNode(entries, line, key_line=key_line, repeated=repeated)


def _scalar(node: yaml.ScalarNode, line: int) -> Scalar:
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return str(node.value).lower() == "true"
    if kind == "float":
        return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if kind == "int":
        try:
            return int(node.value)
        except ValueError as error:
            raise YamlError(line, f"a number of {len(node.value)} digits", "a number") from error
    return str(node.value)
