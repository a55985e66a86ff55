"""Processes and decays in one canonical form, whatever their spelling. Pure functions."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata

from lhnets._asking.latex import read_latex
from lhnets._asking.particles import (
    AMBIGUOUS,
    CAPITALS,
    CLASSES,
    NAMES,
    SELF_CONJUGATE,
    find_particle,
    name_of,
)
from lhnets.errors import AmbiguousProcessError, ProcessError, UnknownParticleError

_ARROW = re.compile(r"-+>|=+>|→|>")
_GLUED_BEAMS = {"pp": ["p", "p"], "ppbar": ["p", "p~"], "pp~": ["p", "p~"]}
_INTEGER = re.compile(r"[+-]?[0-9]+")
_PARTICLE = r"(?:-?[0-9]+|sq~?)"
_ALTERNATIVE = rf"{_PARTICLE}(?: {_PARTICLE})* > (?:all|{_PARTICLE}(?: {_PARTICLE})*)"
_CANONICAL = re.compile(rf"{_ALTERNATIVE}(?: \| {_ALTERNATIVE})*")
_EVERYTHING = (["all"], ["anything"], ["x"])
_SHORTEST_PLURAL = 4
_BOTH_CHARGES = ("+-", "-+", "+/-", "±")


@functools.lru_cache(maxsize=4096)
def canonical(process: str) -> str:
    """The canonical form of a process or decay: PDG ids, beams and final state each in ascending
    order.

    The spelling and the order of the particles do not matter, charge conjugation does. Alternatives
    joined by ``|`` are summed over, such as both charges of a chargino. A final state ``all`` or
    ``anything`` stands for the total width. ``sq`` and ``sq~`` stand for any of the ten light
    squarks and antisquarks (all but the stops), summed over; they keep their names and come after
    the ids.

    Parameters
    ----------
    process : str
        MadGraph-like names (``p p > go go``), words (``pp -> gluino gluino``) or PDG ids
        (``2212 2212 > 1000021 1000021``).

    Returns
    -------
    str
        Such as ``2212 2212 > 1000021 1000021``; alternatives in the order of their text.

    Raises
    ------
    UnknownParticleError
        for a name that no particle has, with the nearest ones.
    AmbiguousProcessError
        for a word that several particles answer to.
    ProcessError
        If the text is not a process.

    Examples
    --------
    >>> canonical("pp -> gluino gluino")
    '2212 2212 > 1000021 1000021'
    >>> canonical("h > b~ b")
    '25 > -5 5'
    >>> canonical("h -> anything")
    '25 > all'
    >>> canonical("p p > sq~ go | p p > go sq")
    '2212 2212 > 1000021 sq | 2212 2212 > 1000021 sq~'
    >>> canonical("p p > n2 x1- | p p > x1+ n2")
    '2212 2212 > -1000024 1000023 | 2212 2212 > 1000023 1000024'
    """
    if not isinstance(process, str):
        raise ProcessError(f"expected a process as text, such as 'p p > go go', got {process!r}")
    spelt = read_latex(process)
    return " | ".join(sorted({_one(alternative, process) for alternative in spelt.split("|")}))


def spoken(subject: str) -> str:
    """A canonical process in short names, for messages; a subject that is not a process as it is.

    >>> spoken("2212 2212 > 1000021 1000021")
    'p p > go go'
    >>> spoken("atlas-susy-2018-04")
    'atlas-susy-2018-04'
    >>> spoken("2 jets, met > 200 GeV")
    '2 jets, met > 200 GeV'
    """
    if not is_canonical(subject):
        return subject
    return re.sub(r"-?[0-9]+", lambda match: name_of(int(match.group())), subject)


def is_canonical(subject: str) -> bool:
    """Whether a subject is a process in canonical form."""
    return _CANONICAL.fullmatch(subject) is not None


def kinds_of_particles(subject: str) -> frozenset[str]:
    """What the final states of a canonical process hold, whatever the charge; light squarks are
    one kind.

    >>> kinds_of_particles(canonical("p p > ul ul~")) == kinds_of_particles("21 21 > sq sq~")
    True
    """
    final = (a.partition(" > ")[2].split() for a in subject.split(" | "))
    return frozenset(_kind(word.lstrip("-").removesuffix("~")) for words in final for word in words)


def _kind(word: str) -> str:
    return "sq" if word.isdigit() and int(word) in CLASSES["sq"] else word


def subject_key(subject: str) -> str:
    """A subject that is not a process, to compare by: letters, digits and signs, whatever their
    case, without dashes, spaces and the braces of LaTeX.

    >>> subject_key("ATLAS SUSY 2018‑04") == subject_key("atlas-susy-2018-04")
    True
    >>> subject_key("BR(B_s -> mu mu)") == subject_key("BR(Bs->mumu)")
    True
    """
    text = unicodedata.normalize("NFKC", subject).casefold()
    text = text.replace("\u2019", "'").replace("\u2032", "'")
    return re.sub("[-\\s_$\\\\{}\u2010-\u2015\u2212]", "", text)


def conjugate_decay(subject: str) -> str:
    """The charge conjugate of a canonical decay; anything else as it is, since beams are not
    symmetric.

    >>> spoken(conjugate_decay(canonical("t1~ > t~ n1")))
    't1 > t n1'
    """
    if not is_canonical(subject):
        return subject
    alternatives = subject.split(" | ")
    if any(" " in a.partition(" > ")[0] for a in alternatives):
        return subject
    return canonical(" | ".join(" ".join(map(_antiparticle, a.split())) for a in alternatives))


def _antiparticle(word: str) -> str:
    if word in CLASSES:
        return word.removesuffix("~") if word.endswith("~") else f"{word}~"
    if not _INTEGER.fullmatch(word) or int(word) in SELF_CONJUGATE:
        return word
    return str(-int(word))


def _one(text: str, whole: str) -> str:
    sides = _ARROW.split(text)
    if len(sides) != 2 or not all(side.strip() for side in sides):
        raise ProcessError(
            f"cannot read the process {whole!r}: expected 'initial > final', such as 'p p > go go' "
            f"or 'h > b b~', with one '>', got {max(len(sides) - 1, 0)}"
        )
    everything = _words(sides[1]) in _EVERYTHING
    initial, final = (
        sorted((_particle(word, whole) for word in _words(side)), key=_rank)
        for side in (sides[0], "" if everything else sides[1])
    )
    if len(initial) > 2:
        raise ProcessError(
            f"the process {whole!r} has {len(initial)} particles before '>': expected one or two"
        )
    return (
        " ".join(map(str, initial)) + " > " + ("all" if everything else " ".join(map(str, final)))
    )


def _words(side: str) -> list[str]:
    words = side.replace(",", " ").split()
    lower = [w if w in CAPITALS else w.lower() for w in words]
    return [w for word in lower for w in _GLUED_BEAMS.get(word, [word])]


def _rank(particle: int | str) -> tuple[bool, int, str]:
    """Ids in ascending order, then the names of sums."""
    return (True, 0, particle) if isinstance(particle, str) else (False, particle, "")


def _particle(word: str, whole: str) -> int | str:
    """The particle of a word; a star for off the mass shell is left out."""
    word = word.removesuffix("(*)").removesuffix("*")
    return word if word in CLASSES else _pdg(word, whole)


def _pdg(word: str, whole: str) -> int:
    found = find_particle(word)
    if found is not None and word not in AMBIGUOUS:
        return found
    if _INTEGER.fullmatch(word):
        return _known_id(int(word), whole)
    if word in AMBIGUOUS or word in CAPITALS:
        choices = ", ".join(AMBIGUOUS.get(word) or CAPITALS[word])
        raise AmbiguousProcessError(
            f"{word!r} in the process {whole!r} may be any of {choices}: name one, or join "
            "processes by '|' to sum them"
        )
    if word.endswith(_BOTH_CHARGES):
        raise AmbiguousProcessError(
            f"{word!r} in the process {whole!r} stands for both charges: write both processes, "
            "joined by '|' to sum them, such as 'p p > x1+ n2 | p p > x1- n2'"
        )
    raise UnknownParticleError(
        f"no particle is called {word!r} in the process {whole!r}{_suggest(word)}. "
        "Expected MadGraph-like names (go, t1~, x1+), words (gluino) or PDG ids (1000021)"
    )


def _suggest(word: str) -> str:
    """The singular, two names that were written as one, or the nearest names."""
    if len(word) > _SHORTEST_PLURAL and word.endswith("s") and _is_name(word[:-1]):
        return f"; write {word[:-1]!r} once for each of them"
    for k in range(1, len(word)):
        if _is_name(word[:k]) and _is_name(word[k:]):
            return f"; write the particles apart: {word[:k]!r} {word[k:]!r}"
    near = difflib.get_close_matches(word, [*NAMES, *CLASSES, *AMBIGUOUS], n=4, cutoff=0.4)
    return f"; the nearest names are {', '.join(near)}" if near else ""


def _is_name(word: str) -> bool:
    return word in AMBIGUOUS or word in CLASSES or find_particle(word) is not None


def _known_id(pdg: int, whole: str) -> int:
    if pdg == 0:
        raise UnknownParticleError(f"0 in the process {whole!r} is not a PDG id")
    if -pdg in SELF_CONJUGATE:
        raise UnknownParticleError(
            f"{pdg} in the process {whole!r}: {name_of(-pdg)} is its own antiparticle, write {-pdg}"
        )
    return pdg
