"""What a table, or a description of it, is refused for."""

from __future__ import annotations

from lhnets.errors import Error


class TableDataError(Error, ValueError):
    """A table, or a description of it, that no network can be made from."""
