"""Whose signatures a user demands: LHNETS_AUTHORS names their keys, for all networks or for those
whose name begins with a prefix."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lhnets.errors import IntegrityError, NetworkFileError
from lhnets.format import key_bytes, verify_signatures

AUTHORS_VARIABLE = "LHNETS_AUTHORS"


def read_demands(text: str) -> list[tuple[str, str]]:
    """Prefixes and keys: ``PREFIX=KEY`` or ``KEY``, separated by commas.

    Raises
    ------
    NetworkFileError
        If what should be a key is none.
    """
    demands = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        prefix, _, key = part.rpartition("=")
        key_bytes(key)
        demands.append((prefix, key))
    return demands


def require_author(name: str, content: bytes, demands: Sequence[tuple[str, str]]) -> None:
    """Refuse a network file that nobody signed whose signature is demanded for its name.

    Parameters
    ----------
    name : str
        Of the network, without its version.
    content : bytes
        Of its file.
    demands : sequence
        As `read_demands` gives them; one of the keys for this name suffices.

    Raises
    ------
    IntegrityError
        If it lacks such a signature, or a signature does not fit.
    MissingExtraError
        If signatures cannot be checked here.
    """
    wanted = {key for prefix, key in demands if name.startswith(prefix)}
    if not wanted:
        return
    signed = verify_signatures(content)
    if not wanted & set(signed):
        raise IntegrityError(
            f"{name} is not signed by {' or '.join(sorted(wanted))}, as {AUTHORS_VARIABLE} "
            f"demands, but by {', '.join(signed) or 'nobody'}. It was not loaded"
        )


def demands_from_environment() -> list[tuple[str, str]]:
    """What LHNETS_AUTHORS demands."""
    try:
        return read_demands(os.environ.get(AUTHORS_VARIABLE, ""))
    except NetworkFileError as error:
        raise NetworkFileError(f"{AUTHORS_VARIABLE}: {error}") from error
