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
_COMMAND = re.compile(r"\\([A-Za-z]+|.|$)|(\^\^)", re.DOTALL)
_MARKS = frozenset("'\"`^~=.&%$#_{}\\,;:!/- *>\n")
_WORDS = """
c v u H d b k r t i j l L o O
AA AE DH DJ NG O OE SS TH aa ae dh dj i j l ng o oe ss th alpha beta gamma delta epsilon
varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho sigma
varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi
Psi Omega ell hbar nabla partial infty
pm mp times cdot cdots ldots dots to rightarrow leftarrow leftrightarrow Rightarrow
longrightarrow gets mapsto le leq ge geq ll gg lesssim gtrsim sim simeq approx equiv propto
neq ne in langle rangle left right prime perp parallel slash ast star dagger dag ddag oplus
otimes circ degree sum prod int oint log ln exp sin cos tan sinh cosh tanh min max det S P
copyright textregistered texttrademark textdegree textendash textemdash textquotesingle
textquoteright textquoteleft textquotedblleft textquotedblright textbackslash textbraceleft
textbraceright textasciitilde textasciicircum textunderscore textless textgreater textbar
textmu textmd quad qquad thinspace
bar hat tilde vec dot ddot acute grave breve check overline underline widehat widetilde not
sqrt frac tfrac dfrac mathrm mathbf mathit mathcal mathbb mathsf mathtt mathfrak boldmath bm
boldsymbol text textrm textbf textit textsc textsf texttt textup textsl textsubscript
textsuperscript emph mbox ensuremath rm bf it sc sf tt sl em small bibinfo url doi protect
noopsort relax big Big bigg Bigg displaystyle textstyle scriptstyle
"""
_ALLOWED = _MARKS | frozenset(_WORDS.split())
"""What a citation may say in LaTeX: letters, accents, signs and styles. Everything else may read or
write files or change what later text means."""
_ENTRY_INSIDE = re.compile(r"@\s*[A-Za-z]+\s*[{(]")
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
    if command := next((c for c in _COMMAND.finditer(text) if c[1] not in _ALLOWED), None):
        return (
            f"holds the LaTeX command {command[0]}, which is not accepted in a citation: expected "
            "letters, accents, signs and styles of text"
        )
    if inside := _ENTRY_INSIDE.search(text, head.end()):
        return f"holds {inside[0]!r}, the beginning of another entry"
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
    escaped = " ".join("".join(_SPECIAL.get(c, c) for c in text).split())
    return _ENTRY_INSIDE.sub(lambda found: f"@{{}}{found[0][1:]}", escaped)


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
