"""The publications that cards and manifests cite: entries of `references.bib`, by their INSPIRE
keys where they have one."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from lhnets.errors import Error

FILE = "references.bib"
_ENTRY = re.compile(r"^@[a-z]+\{([^,\s]+),\n.*?^\}$", re.MULTILINE | re.DOTALL)


class UnknownReferenceError(Error, LookupError):
    """A key that `references.bib` does not have."""


def select(*keys: str) -> dict[str, str]:
    """The entries of ``keys``, for the `references` of a card or manifest.

    Raises
    ------
    UnknownReferenceError
        if `references.bib` has no entry for a key.
    """
    known = read_entries()
    missing = [key for key in keys if key not in known]
    if missing:
        raise UnknownReferenceError(
            f"{FILE} has no entry for {', '.join(missing)}; add it there, under the key that "
            "INSPIRE gives it"
        )
    return {key: known[key] for key in keys}


@cache
def read_entries() -> dict[str, str]:
    """All entries of `references.bib` by their keys, each as it stands there."""
    text = files("lhnets_training").joinpath(FILE).read_text(encoding="utf-8")
    return {match[1]: match[0] for match in _ENTRY.finditer(text)}
