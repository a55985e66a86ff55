"""BibTeX entries: reading one strictly, and writing one from texts that may hold anything.

What an entry holds ends up in the LaTeX of whoever cites it, so it is exactly one entry, without
macros, and without commands that read or write files or change what later text means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_HEAD = re.compile(r"\s*@([A-Za-z]+)\s*\{\s*([^\s,{}()\"#%~\\]+)\s*,")
_FIELD = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)\s*=\s*")
_BARE = re.compile(r"[0-9]+|[a-z]{3}")
_AFTER = re.compile(r"\s*(,?)\s*")
_MARK = re.compile(r"[{}\"]")
_END = re.compile(r"\s*\}\s*")
_NOT_ENTRIES = frozenset({"preamble", "string", "comment"})
_DOI = re.compile(r"(https?://(?:dx\.)?doi\.org/)?10\.[0-9]{4,9}/[!-~]{1,180}")
_COMMANDS = re.compile(
    r"\\(?:input|include|includegraphics|write|openout|openin|read|closeout|immediate|special|def|edef|gdef|xdef|let|"
    r"catcode|csname|newcommand|renewcommand|providecommand|usepackage|directlua|everypar|output|begin|end|url@?rewrite|"
    r"href|file|loop|expandafter|aftergroup|futurelet|scantokens)(?![A-Za-z])|\^\^"
)
_SPECIAL = {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",
    "}": r"{\textbraceright}",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
    **{c: f"\\{c}" for c in "%#$&_"},
}
_KEY = re.compile(r"[^A-Za-z0-9:@.-]")


def find_bibtex_problem(key: str, text: str) -> str:
    """Why ``text`` is not one BibTeX entry under ``key``; empty if it is."""
    head = _HEAD.match(text)
    if head is None or head[1].lower() in _NOT_ENTRIES:
        return f"is not a BibTeX entry such as @article{{{key}, title = {{…}}}}"
    if head[2] != key:
        return f"is the BibTeX entry of {head[2][:60]!r}"
    if command := _COMMANDS.search(text):
        return f"holds the LaTeX command {command[0]}, which is not accepted in a citation"
    position, names = head.end(), set[str]()
    while (end := _END.match(text, position)) is None:
        field = _FIELD.match(text, position)
        if field is None:
            return f"cannot be read as BibTeX at {text[position : position + 30]!r}"
        name, position = field[1].lower(), _end_of_value(text, field.end())
        if position < 0:
            return f"has no end of the field {name!r}: braces and quotes must be balanced"
        if name in names:
            return f"has the field {name!r} twice"
        names.add(name)
        if name == "doi" and not _DOI.fullmatch(text[field.end() : position].strip('{}" ')):
            return "has a doi that is not a DOI; expected one such as 10.1007/JHEP12(2016)133"
        after = _AFTER.match(text, position)
        position = after.end() if after else position
        if not (after and after[1]) and _END.match(text, position) is None:
            return f"has no comma after the field {name!r}"
    return "" if end.end() == len(text) else "goes on after its closing brace"


def is_bare_doi(text: str) -> bool:
    """Whether ``text`` is a DOI without ``https://doi.org/``."""
    match = _DOI.fullmatch(text)
    return match is not None and match[1] is None


def write_entry(key: str, fields: Mapping[str, str]) -> str:
    """A ``@misc`` entry; ``fields`` hold values as `escape` or `quote` made them."""
    safe = _KEY.sub("-", key).replace("@", "-v")
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{safe},\n{body}\n}}"


def escape(text: str) -> str:
    """``text`` in one line, as LaTeX that shows it as it is.

    >>> escape("50% of {A}")
    '50\\\\% of {\\\\textbraceleft}A{\\\\textbraceright}'
    """
    return " ".join("".join(_SPECIAL.get(c, c) for c in text).split())


def quote(text: str) -> str:
    """``text`` escaped and in braces, so that BibTeX takes it as one name or keeps its capitals."""
    return f"{{{escape(text)}}}"


def _end_of_value(text: str, start: int) -> int:
    """Where a value that begins at ``start`` ends; -1 if it does not."""
    if text[start : start + 1] not in ("{", '"'):
        bare = _BARE.match(text, start)
        return bare.end() if bare else -1
    quoted, depth = text[start] == '"', 0
    for mark in _MARK.finditer(text, start + quoted):
        depth += {"{": 1, "}": -1}.get(mark[0], 0)
        if depth < 0:
            return -1
        if depth == 0 and mark[0] == ('"' if quoted else "}"):
            return mark.end()
    return -1
