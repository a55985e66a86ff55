"""File names that strangers choose: which may become names of local files."""

from __future__ import annotations

import re

from lhnets.format import find_text_problem
from lhnets_datasets.errors import UnsafeNameError

_LONGEST = 200
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')


def is_safe(name: str) -> bool:
    """Whether a name is a plain one on every system: no path, no control character, not hidden, not
    overlong.

    >>> is_safe("table v2.parquet"), is_safe("../table"), is_safe(".bashrc")
    (True, False, False)
    """
    short = len(name.encode(errors="replace")) <= _LONGEST
    return (
        bool(name)
        and short
        and not _FORBIDDEN.search(name)
        and not find_text_problem(name)
        and name[0] not in ".-~ "
        and name[-1] not in ". "
    )


def checked(name: str, source: str) -> str:
    """``name``, if it is a plain file name.

    Raises
    ------
    UnsafeNameError
        If it is not.
    """
    if is_safe(name):
        return name
    shown = repr(name if len(name) <= 60 else f"{name[:60]}…")
    raise UnsafeNameError(
        f"{source} names a file {shown}: expected a plain file name of up to {_LONGEST} bytes. "
        "Nothing was written. To use it all the same, write a manifest that gives the file a "
        "local name and this one as its key"
    )
