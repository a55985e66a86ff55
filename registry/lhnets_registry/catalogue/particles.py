"""Particles and processes in LaTeX and in plain letters with marks, for titles."""

from __future__ import annotations

import re

from lhnets.physics import name_of

# As the Review of Particle Physics and the SUSY literature write them. "X/Y": Y is the
# antiparticle.
_LATEX: dict[int | str, str] = {
    1: r"d/\bar{d}",
    2: r"u/\bar{u}",
    3: r"s/\bar{s}",
    4: r"c/\bar{c}",
    5: r"b/\bar{b}",
    6: r"t/\bar{t}",
    11: r"e^-/e^+",
    12: r"\nu_e/\bar{\nu}_e",
    13: r"\mu^-/\mu^+",
    14: r"\nu_\mu/\bar{\nu}_\mu",
    15: r"\tau^-/\tau^+",
    16: r"\nu_\tau/\bar{\nu}_\tau",
    21: "g",
    22: r"\gamma",
    23: "Z",
    24: "W^+/W^-",
    25: "h",
    32: "Z'",
    34: "W'^+/W'^-",
    35: "H",
    36: "A",
    37: "H^+/H^-",
    39: "G",
    42: r"\mathrm{LQ}/\bar{\mathrm{LQ}}",
    2212: r"p/\bar{p}",
    1000001: r"\tilde{d}_L/\tilde{d}_L^*",
    1000002: r"\tilde{u}_L/\tilde{u}_L^*",
    1000003: r"\tilde{s}_L/\tilde{s}_L^*",
    1000004: r"\tilde{c}_L/\tilde{c}_L^*",
    1000005: r"\tilde{b}_1/\tilde{b}_1^*",
    1000006: r"\tilde{t}_1/\tilde{t}_1^*",
    2000001: r"\tilde{d}_R/\tilde{d}_R^*",
    2000002: r"\tilde{u}_R/\tilde{u}_R^*",
    2000003: r"\tilde{s}_R/\tilde{s}_R^*",
    2000004: r"\tilde{c}_R/\tilde{c}_R^*",
    2000005: r"\tilde{b}_2/\tilde{b}_2^*",
    2000006: r"\tilde{t}_2/\tilde{t}_2^*",
    1000011: r"\tilde{e}_L^-/\tilde{e}_L^+",
    1000012: r"\tilde{\nu}_e/\tilde{\nu}_e^*",
    1000013: r"\tilde{\mu}_L^-/\tilde{\mu}_L^+",
    1000014: r"\tilde{\nu}_\mu/\tilde{\nu}_\mu^*",
    1000015: r"\tilde{\tau}_1^-/\tilde{\tau}_1^+",
    1000016: r"\tilde{\nu}_\tau/\tilde{\nu}_\tau^*",
    2000011: r"\tilde{e}_R^-/\tilde{e}_R^+",
    2000013: r"\tilde{\mu}_R^-/\tilde{\mu}_R^+",
    2000015: r"\tilde{\tau}_2^-/\tilde{\tau}_2^+",
    1000021: r"\tilde{g}",
    1000022: r"\tilde{\chi}_1^0",
    1000023: r"\tilde{\chi}_2^0",
    1000024: r"\tilde{\chi}_1^+/\tilde{\chi}_1^-",
    1000025: r"\tilde{\chi}_3^0",
    1000035: r"\tilde{\chi}_4^0",
    1000037: r"\tilde{\chi}_2^+/\tilde{\chi}_2^-",
    1000039: r"\tilde{G}",
    "sq": r"\tilde{q}",
    "sq~": r"\tilde{q}^*",
    "all": r"\mathrm{anything}",
}
_CANONICAL = re.compile(r"^(-?\d+ ){1,2}> \S.*$")
_UNSAFE = re.compile(r"[^A-Za-z0-9~+'-]")
_MARKS = {"tilde": "\u0303", "bar": "\u0304"}
_GREEK = {"gamma": "γ", "mu": "μ", "nu": "ν", "tau": "τ", "chi": "χ"}
_SMALL = {
    **dict(zip("0123456789+-*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻*", strict=True)),
    **{f"_{d}": c for d, c in zip("0123456789LRe", "₀₁₂₃₄₅₆₇₈₉ʟʀₑ", strict=True)},
}


def is_process(subject: str) -> bool:
    """Whether a card's subject is a canonical process or decay.

    >>> is_process("2212 2212 > 1000021 1000021"), is_process("B0")
    (True, False)
    """
    return all(_CANONICAL.match(alternative) for alternative in subject.split(" | "))


def particle_latex(word: str) -> str:
    r"""One particle of a canonical process.

    >>> particle_latex("1000021"), particle_latex("-6"), particle_latex("7")
    ('\\tilde{g}', '\\bar{t}', '\\text{7}')
    """
    known = _known(word)
    if known is not None:
        return known
    name = name_of(int(word)) if re.fullmatch(r"-?\d+", word) else word
    letters = _UNSAFE.sub("", name)
    return rf"\text{{{letters}}}"


def process_latex(alternative: str) -> str:
    r"""One canonical process or decay, without alternatives.

    >>> process_latex("25 > -5 5")
    'h \\to b \\, \\bar{b}'
    """
    initial, _, final = alternative.partition(" > ")
    left, right = (
        r" \, ".join(particle_latex(word) for word in side.split())
        for side in (initial, neat(final))
    )
    return rf"{left} \to {right}"


def process_letters(subject: str) -> str:
    """A canonical process in plain letters with combining marks.

    >>> process_letters("25 > 24 -24")
    'h → W⁺W⁻'
    """
    return " + ".join(_letters(alternative) for alternative in subject.split(" | "))


def _letters(alternative: str) -> str:
    initial, _, final = alternative.partition(" > ")
    left, right = (
        "".join(_plain(particle_latex(word)) for word in side.split())
        for side in (initial, neat(final))
    )
    return f"{left} → {right}"


def neat(final: str) -> str:
    """Lighter numbers first, particles before their antiparticles.

    >>> neat("-1000006 6"), neat("-5 5")
    ('6 -1000006', '5 -5')
    """
    return " ".join(sorted(final.split(), key=_neat_rank))


def _neat_rank(word: str) -> tuple[int, str, bool]:
    number = word.lstrip("-")
    return (int(number) if number.isdigit() else 10**9, number, word.startswith("-"))


def _known(word: str) -> str | None:
    if word in _LATEX:
        return _LATEX[word]
    if not re.fullmatch(r"-?\d+", word):
        return None
    particle, _, antiparticle = _LATEX.get(abs(int(word)), "").partition("/")
    return (antiparticle if word.startswith("-") else particle) or None


def _plain(latex: str) -> str:
    r"""Letters for one particle's LaTeX.

    >>> _plain(r"\tilde{\chi}_1^0")
    'χ̃₁⁰'
    """
    text = re.sub(r"\\(gamma|mu|nu|tau|chi)", lambda m: _GREEK[m[1]], latex)
    text = re.sub(r"\\(?:text|mathrm)\{(.*?)\}", r"\1", text)
    text = re.sub(r"\\(tilde|bar)\{(.*?)\}", lambda m: m[2] + _MARKS[m[1]], text)
    text = re.sub(r"_([0-9LRe])", lambda m: _SMALL[f"_{m[1]}"], text)
    text = re.sub(r"\^([0-9+*-])", lambda m: _SMALL[m[1]], text)
    return text.replace("_", "").replace("'", "′")
