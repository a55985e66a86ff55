"""Names that could be taken for one another."""

from __future__ import annotations

from collections.abc import Iterable

_ALIKE = str.maketrans({"1": "l", "i": "l", "0": "o"})
_LEAST_LETTERS = 5
"""Shorter words, such as ``lo`` and ``nlo`` or ``wino`` and ``bino``, differ by a letter for good
reasons."""


def similar(name: str, others: Iterable[str]) -> list[str]:
    """Those of ``others`` that a reader could take for ``name``, ``name`` itself left out.

    >>> similar("cs-gluino-pair-1o", ["cs-gluino-pair-lo", "cs-gluino-pair-nlo"])
    ['cs-gluino-pair-lo']
    >>> similar("cs-gluimo-pair", ["cs-gluino-pair"])
    ['cs-gluino-pair']
    >>> similar("cs-wino-c1n2-13tev", ["cs-wino-c1n2-14tev", "cs-wino-c1c1-13tev"])
    []
    """
    return [
        o
        for o in others
        if o != name and (skeleton(o) == skeleton(name) or _one_slip_apart(o, name))
    ]


def skeleton(name: str) -> str:
    """What is left of a name when characters that look alike, and hyphens, are not told apart.

    >>> skeleton("cs-gluino-pair-1o") == skeleton("cs-gluino-palr-lo")
    True
    """
    return name.replace("-", "").replace("rn", "m").replace("vv", "w").translate(_ALIKE)


def _one_slip_apart(first: str, second: str) -> bool:
    """Whether the names differ in one word, by one slip of the pen in letters."""
    words, others = first.split("-"), second.split("-")
    different = [(a, b) for a, b in zip(words, others, strict=False) if a != b]
    if len(words) != len(others) or len(different) != 1:
        return False
    a, b = different[0]
    return a.isalpha() and b.isalpha() and min(len(a), len(b)) >= _LEAST_LETTERS and _one_edit(a, b)


def _one_edit(a: str, b: str) -> bool:
    """Whether one letter added, left out, exchanged or swapped with its neighbour makes ``b`` of
    ``a``."""
    if len(a) > len(b):
        a, b = b, a
    start = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[start:] == b[start + 1 :]
    swapped = a[start : start + 2] == b[start : start + 2][::-1]
    return a[start + 1 :] == b[start + 1 :] or (swapped and a[start + 2 :] == b[start + 2 :])
