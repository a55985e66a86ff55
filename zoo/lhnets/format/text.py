"""What the texts of a card, an index or a manifest may hold.

Two names that look the same must be the same, and no text steers a terminal or hides a part of
itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from lhnets.errors import is_visible

LONGEST_KEY, LONGEST_LINE, LONGEST_TEXT = 200, 1000, 20_000
"""Characters of a key, of a text in one line, and of a text in several lines."""

_SEVERAL_LINES = frozenset(
    {"content", "description", "hyperparameters", "note", "references", "settings"}
)
"""Fields whose texts, and those inside them, may have several lines."""
_IDENTIFIERS = frozenset({"block", "order", "requires", "subject", "subjects"})
"""Fields that questions name: what is typed must be what is written."""
_NAMED = frozenset({"features", "inputs", "outputs"})
"""Fields whose parts have names that questions give."""
_LOOK_ALIKE = ("ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "DESERET", "GEORGIAN", "LISU", "OSAGE")
"""Scripts with letters that look like Latin ones."""
_GREEK_CAPITALS = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο")
"""Greek letters that look like Latin ones; others stand in formulas beside them."""
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_SHOWN, _DEEPEST = 40, 50
_PLACE = re.compile(r"\[[0-9]+\]")
_WORD = re.compile(r"[^\W\d_]+")
_WHOLE = ("^(?:", r")$(?!\n)")
_PLAIN = bytes(set(range(32, 127)) - {ord("\\")})


def whole(pattern: str) -> str:
    """A pattern that only a whole text matches, for JSON schemas and Python alike.

    In Python alone, ``$`` also matches before a newline at the end.

    >>> import re
    >>> bool(re.search(whole("[a-z]+"), "abc")), bool(re.search(whole("[a-z]+"), "abc\\n"))
    (True, False)
    """
    return pattern.join(_WHOLE)


def inside(pattern: str) -> str:
    """The pattern that `whole` was given, for messages."""
    return pattern.removeprefix(_WHOLE[0]).removesuffix(_WHOLE[1])


def find_text_problems(plain: Any) -> list[tuple[str, str]]:
    """What is wrong with the texts of ``plain``, JSON or YAML as it was read, by their paths."""
    return list(_walk(plain, "", 0, lines=False))


def find_text_problem(text: str, *, longest: int = LONGEST_LINE, lines: bool = False) -> str:
    """Why ``text`` is not plain text of at most ``longest`` characters; empty if it is.

    Parameters
    ----------
    lines
        whether it may have several lines.
    """
    if len(text) > longest:
        return f"has {len(text)} characters, at most {longest} are accepted"
    flat = text.replace("\n", " ").replace("\t", " ") if lines else text
    if flat.isascii():
        if flat.isprintable():
            return ""
    elif unicodedata.normalize("NFKC", flat) != flat:
        return (
            f"{_shown(text)} is not in the normal form NFKC: write characters in their plain form"
        )
    for c in flat:
        if not is_visible(c):
            return (
                f"{_shown(text)} holds U+{ord(c):04X}, which is a control or an invisible character"
            )
        if unicodedata.category(c)[0] == "M":
            return f"{_shown(text)} holds the combining character U+{ord(c):04X}"
        if unicodedata.bidirectional(c) in _RIGHT_TO_LEFT:
            return (
                f"{_shown(text)} holds U+{ord(c):04X}, which is written from right to left and "
                "moves what stands beside it: write the text from left to right"
            )
    return "" if flat.isascii() else _find_mixed_word(flat)


def _find_mixed_word(text: str) -> str:
    """Which word has Latin letters and some that look like them; empty if none has."""
    for word in _WORD.findall(text):
        if word.isascii() or not any(unicodedata.name(c, "").startswith("LATIN") for c in word):
            continue
        for c in word:
            if c in _GREEK_CAPITALS or unicodedata.name(c, "").startswith(_LOOK_ALIKE):
                return (
                    f"{_shown(word)} has Latin letters and {unicodedata.name(c)}, which looks like "
                    "one: write a word in one script"
                )
    return ""


def _find_identifier_problem(text: str) -> str:
    """Why ``text`` is not what a question can name; empty if it is."""
    if not text.isascii():
        return f"{_shown(text)} is a name, which is written in ASCII"
    return ""


def is_plain_json(data: bytes) -> bool:
    """Whether all texts of ``data`` are short, printable ASCII: quick, and no if in doubt."""
    return not data.translate(None, _PLAIN) and max(map(len, data.split(b'"'))) <= LONGEST_LINE


def _walk(value: Any, where: str, depth: int, *, lines: bool) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        yield where[:LONGEST_KEY], f"is nested more than {_DEEPEST} levels deep"
    elif isinstance(value, str):
        longest = LONGEST_TEXT if lines else LONGEST_LINE
        problem = find_text_problem(value, longest=longest, lines=lines)
        if problem := problem or (_find_identifier_problem(value) if _names(where) else ""):
            yield where, problem
    elif isinstance(value, dict):
        for key, inner in value.items():
            if problem := find_text_problem(str(key), longest=LONGEST_KEY):
                yield where, f"has a key that {problem}"
                continue
            path = f"{where}.{key}" if where else str(key)
            yield from _walk(inner, path, depth + 1, lines=lines or key in _SEVERAL_LINES)
    elif isinstance(value, (list, tuple)):
        for k, inner in enumerate(value):
            yield from _walk(inner, f"{where}[{k}]", depth + 1, lines=lines)


def _names(where: str) -> bool:
    """Whether the text at a path is one that questions name."""
    *_, parent, last = ["", *_PLACE.sub("", where).split(".")]
    return last in _IDENTIFIERS or (last == "name" and parent in _NAMED)


def _shown(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
