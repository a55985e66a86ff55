"""Fields that this lhnets does not know: found when JSON is read, ignored, and written again where
they stood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, structs

FIELD = "lhnets:unknown"
"""Name in JSON of the field that keeps them; no file has it, as `merge_unknown` spreads it."""

Path = tuple[str | int, ...]


class Unknown(Struct, frozen=True, array_like=True):
    """One field that is not known, at its path from the top."""

    path: tuple[str | int, ...]
    value: Any

    def __str__(self) -> str:
        text = "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in self.path)
        return text.removeprefix(".")


def find_unknown(value: Any, plain: Any) -> tuple[Unknown, ...]:
    """What ``plain``, the JSON that ``value`` was read from, holds beyond it."""
    return tuple(_walk(value, plain, ()))


def to_plain(value: Struct) -> dict[str, Any]:
    """The fields of a struct as JSON holds them, without what is not known."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    plain.pop(FIELD, None)
    return plain


def merge_unknown(plain: Any, unknown: Sequence[Unknown]) -> Any:
    """``plain`` with the unknown fields put where they stood; those whose place is gone are left
    out."""
    for one in unknown:
        _put(plain, one.path, one.value)
    return plain


def _walk(value: Any, plain: Any, path: Path) -> Iterator[Unknown]:
    if isinstance(value, Struct) and isinstance(plain, dict):
        known = _names(type(value))
        for key, inner in plain.items():
            if key not in known:
                yield Unknown((*path, key), inner)
            elif (name := known[key]) is not None:
                yield from _walk(getattr(value, name), inner, (*path, key))
    elif isinstance(value, (tuple, list)) and isinstance(plain, list):
        for k, (one, inner) in enumerate(zip(value, plain, strict=False)):
            yield from _walk(one, inner, (*path, k))
    elif isinstance(value, dict) and isinstance(plain, dict):
        for key, one in value.items():
            yield from _walk(one, plain.get(key), (*path, key))


@cache
def _names(struct: type[Struct]) -> dict[str, str | None]:
    """The fields of a struct by their names in JSON; None for its tag."""
    names: dict[str, str | None] = {
        f.encode_name: f.name for f in structs.fields(struct) if f.encode_name != FIELD
    }
    tag = struct.__struct_config__.tag_field
    return names if tag is None else {**names, tag: None}


def _put(plain: Any, path: Path, value: Any) -> None:
    key, rest = path[0], path[1:]
    if isinstance(plain, list):
        if isinstance(key, int) and key < len(plain) and rest:
            _put(plain[key], rest, value)
    elif isinstance(plain, dict) and isinstance(key, str):
        if rest:
            _put(plain.setdefault(key, {}), rest, value)
        else:
            plain.setdefault(key, value)
