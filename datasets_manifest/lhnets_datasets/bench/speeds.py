"""How long networks took for an event: kept apart from results, which have no times.

They decide only between networks that share a rank.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from lhnets_datasets.bench.collection import result_folders
from lhnets_datasets.errors import TaskError

FOLDER = "speeds"


def note(folder: Path, task: str, sha256: str, microseconds: float) -> None:
    """Note the microseconds an event of a network file."""
    path = folder / FOLDER / f"{task}.json"
    known = _read(path) | {sha256: float(f"{microseconds:.3g}")}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(known, order="sorted")) + b"\n")


def read(task: str, folders: Iterable[Path] = ()) -> dict[str, float]:
    """SHA-256 of a network file -> microseconds an event: those noted beside results, then
    in ``folders``."""
    found: dict[str, float] = {}
    for folder in (*result_folders(), *folders):
        found |= _read(folder / FOLDER / f"{task}.json")
    return found


def _read(path: Traversable) -> dict[str, float]:
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, float])
    except msgspec.MsgspecError as error:
        raise TaskError(f"{path} does not hold speeds: {error}. Remove it") from error
