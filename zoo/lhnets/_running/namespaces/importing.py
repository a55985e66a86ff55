"""Import a library that lhnets does not depend on."""

from __future__ import annotations

import importlib
from typing import Any

from lhnets.errors import MissingExtraError


def import_library(name: str) -> Any:
    """The module of a library.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtraError(
            f'function("{name}") needs {name}, which cannot be imported ({error}). '
            f'Install it (pip install {name}), or use function("numpy")'
        ) from error
