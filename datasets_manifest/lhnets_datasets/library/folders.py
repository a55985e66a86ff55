"""Folders of files that ship with lhnets, and one of the user's own beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

from lhnets import Error


def list_folders(shipped: Traversable, variable: str, error: type[Error]) -> Iterator[Traversable]:
    """The ``shipped`` folder, then the one that the environment ``variable`` names.

    Raises
    ------
    Error
        Of the type ``error``, if the variable names what is not a folder.
    """
    yield shipped
    own = os.environ.get(variable)
    if own:
        folder = Path(own).expanduser()
        if not folder.is_dir():
            raise error(f"{variable} names {own}, which is not a folder")
        yield folder
