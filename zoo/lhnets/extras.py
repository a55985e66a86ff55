"""What the other parts of lhnets add to the client, looked up through entry points when asked
for."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from lhnets.errors import MissingExtraError

NAMES_GROUP = "lhnets.names"
COMMANDS_GROUP = "lhnets.commands"
_EXTRAS = {
    "lhnets_datasets": "datasets",
    "lhnets_registry": "registry",
    "lhnets_training": "training",
}


def added(group: str) -> dict[str, EntryPoint]:
    """The entry points of a group by name."""
    return {e.name: e for e in entry_points(group=group)}


def load_added(entry_point: EntryPoint) -> Any:
    """The object behind an entry point.

    Raises
    ------
    MissingExtraError
        If a package that its extra brings is not installed.
    """
    try:
        return entry_point.load()
    except ImportError as error:
        extra = _EXTRAS.get(entry_point.module.partition(".")[0])
        if extra is None:
            raise
        raise MissingExtraError(
            f"`{entry_point.name}` needs the extra [{extra}], which is not installed ({error}). "
            f"Install it: pip install 'lhnets[{extra}]'"
        ) from error


def import_optional(module: str, wanted_by: str) -> Any:
    """A module that the client does without until it is asked for.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"`{wanted_by}` needs {module}, which is not installed ({error}). Install it: pip "
            f"install {module}"
        ) from error
