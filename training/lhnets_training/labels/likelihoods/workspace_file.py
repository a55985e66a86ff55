"""The JSON file of a HistFactory workspace: read it, or say what was given instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lhnets.errors import Error

_STARTS = {
    b"\x1f\x8b": "is compressed with gzip: unpack it (gunzip, or tar -xzf for .tgz)",
    b"PK\x03\x04": "is a zip archive: unpack it",
    b"root": "is a ROOT file: convert it by `pyhf xml2json`",
    b"\xff\xfe": "is written in UTF-16: save it in UTF-8",
    b"\xfe\xff": "is written in UTF-16: save it in UTF-8",
    b"<": "is XML: convert it by `pyhf xml2json`",
}
_KEYS = {
    "patches": "is a patchset: apply one of its patches to the workspace of the background by "
    "`pyhf patchset apply`, or give the workspace of the background alone",
    "distributions": "is of the HS3 format: convert it to a HistFactory workspace",
}
REQUIRED = ("channels", "observations", "measurements")


class WorkspaceError(Error, ValueError):
    """A workspace that cannot be read, or lacks what is asked of it."""


def read_workspace(path: Path) -> dict[str, Any]:
    """The content of a workspace's file.

    Raises
    ------
    WorkspaceError
        If it cannot be read, or is something else.
    """
    spec = _parse(path)
    if isinstance(spec, list):
        raise WorkspaceError(
            f"{path} is a list, as a JSON patch is: expected a workspace; apply the patch by "
            "`pyhf jsonpatch`, or give the workspace of the background alone"
        )
    if not isinstance(spec, dict):
        raise WorkspaceError(f"{path} holds {_kind(spec)}, expected the object of a workspace")
    for key, what in _KEYS.items():
        if key in spec and "channels" not in spec:
            raise WorkspaceError(f"{path} {what}")
    missing = [key for key in REQUIRED if key not in spec]
    if missing:
        raise WorkspaceError(
            f"{path} is not a HistFactory workspace: it lacks {', '.join(missing)}"
        )
    return spec


def _parse(path: Path) -> Any:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WorkspaceError(f"cannot read a workspace from {path}: {error}") from error
    for start, what in _STARTS.items():
        if content.lstrip().startswith(start):
            raise WorkspaceError(f"cannot read a workspace from {path}: it {what}")
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_keep_unique,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise WorkspaceError(
            f"cannot read a workspace from {path}: {error}; expected the plain JSON of a "
            "HistFactory workspace (no comments, no trailing commas)"
        ) from error


def _keep_unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"an object has the key {', '.join(map(repr, twice))} twice")
    return found


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def _kind(value: Any) -> str:
    return {str: "a string", bool: "true or false", type(None): "null"}.get(type(value), "a number")
