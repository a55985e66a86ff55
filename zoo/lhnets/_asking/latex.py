"""Processes in LaTeX or with accents, in plain names: ``\\tilde{t}_1`` and ``t̃₁`` are ``~t1``.
Pure functions."""

from __future__ import annotations

import re
import unicodedata

_GREEK = {"γ": "gamma", "χ": "chi", "μ": "mu", "µ": "mu", "ν": "nu", "τ": "tau", "ℓ": "l"}
_BARS = {"bar", "overline"}
_COMBINING = {"\u0303": "tilde", "\u0304": "bar", "\u0305": "bar"}
_ARROWS = re.compile(r"\\(?:long)?(?:to|rightarrow)\b")
_SPACES = re.compile(r"\$|\\[,;:! ]|~(?=\\)|\\(?:left|right|mathrm|text|rm)\b")
_SCRIPTS = r"(?:\s*[_^]\s*(?:\{[^{}]*\}|\\pm|\\mp|\w|[+*-]))*'?"
_BARRED = re.compile(
    rf"\\(?:bar|overline)\s*\{{\s*(\\(?:wide)?tilde\s*(?:\{{[^{{}}]*\}}|\\?\w+))\s*\}}({_SCRIPTS})"
)
_ACCENTED = re.compile(
    rf"(?:\\(?P<accent>tilde|widetilde|bar|overline)\s*)?"
    rf"(?:\{{\s*\\?(?P<braced>[A-Za-z]+)\s*\}}|\\(?P<command>[A-Za-z]+)|(?P<letter>[A-Za-z]))"
    rf"(?P<scripts>{_SCRIPTS})"
)


def read_latex(text: str) -> str:
    """The text with plain names in place of LaTeX, accents and Greek letters; else as it is.

    >>> read_latex(r"pp \\to \\tilde{\\chi}_1^\\pm \\tilde\\chi^0_2").split()
    ['p', 'p', '>', '~chi1+-', '~chi20']
    >>> read_latex(r"$h \\to b\\bar b$").split()
    ['h', '>', 'b', 'b~']
    >>> read_latex("p p > go go")
    'p p > go go'
    """
    text = _spell_accents(text)
    if "\\" not in text and "$" not in text:
        return text
    text = _SPACES.sub(" ", _ARROWS.sub(" > ", text))
    return _ACCENTED.sub(_spell_token, _BARRED.sub(r" \1\2^*", text))


def _spell_accents(text: str) -> str:
    """Accents as LaTeX, Greek letters as commands, small digits and signs as plain ones."""
    if text.isascii():
        return text
    text = re.sub("([\u207a\u207b])(?=[A-Za-z])", r"\1 ", text)
    plain = unicodedata.normalize("NFKD", text).replace("\u2212", "-").replace("±", "+-")
    plain = re.sub(
        f"(.)([{''.join(_COMBINING)}])([0-9+-]*)",
        lambda m: rf"\{_COMBINING[m[2]]}{{{_GREEK.get(m[1], m[1])}}}_{{{m[3]}}}",
        plain,
    )
    return re.sub(f"([{''.join(_GREEK)}])([0-9+-]*)", lambda m: f" {_GREEK[m[1]]}{m[2]} ", plain)


def _spell_token(match: re.Match[str]) -> str:
    """A particle as tilde, name, index, charge, bar: ``\\tilde\\chi^0_1`` is ``~chi10``."""
    name = match["braced"] or match["command"] or match["letter"]
    below, above = (
        "".join(re.findall(rf"{mark}\s*(\{{[^{{}}]*\}}|\\pm|\\mp|\w|[+*-])", match["scripts"]))
        for mark in ("_", r"\^")
    )
    scripts = re.sub(r"[\s{}]", "", f"{below}{above}").replace(r"\pm", "+-").replace(r"\mp", "+-")
    is_anti = match["accent"] in _BARS or ("*" in above and match["accent"])
    before = "~" if match["accent"] and match["accent"] not in _BARS else ""
    prime = "'" if match["scripts"].endswith("'") else ""
    return f" {before}{name}{scripts.replace('*', '')}{prime}{'~' if is_anti else ''} "
