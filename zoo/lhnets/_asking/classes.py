"""Processes in classes of particles, short enough for a line of a list. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable

from lhnets._asking.particles import CLASSES, name_of
from lhnets._asking.process import is_canonical

_PROTON = 2212
_SQUARKS = {abs(pdg): "sq" for pdg in CLASSES["sq"] if pdg != 1000005}
_CLASSES: dict[int, str] = {
    **dict.fromkeys((1, 2, 3, 4), "q"),
    **dict.fromkeys((11, 13), "l"),
    **_SQUARKS,
    **dict.fromkeys((1000011, 1000013, 2000011, 2000013), "slep"),
    **dict.fromkeys((1000012, 1000014, 1000016), "snu"),
}


def speak_classes(subjects: Iterable[str]) -> list[str]:
    """What a network computes, without the families of quarks and leptons and without charges.

    Parameters
    ----------
    subjects : iterable of str
        In canonical form; one that is not a process stays as it is.

    >>> speak_classes(["1000021 > 1 -2000001", "1000021 > -2 1000002", "1000021 > 6 -1000006"])
    ['go > q sq', 'go > t t1']
    >>> speak_classes(["2212 2212 > -1000024 1000023 | 2212 2212 > 1000023 1000024"])
    ['p p > n2 x1']
    >>> speak_classes(["2 jets, met > 200 GeV"])
    ['2 jets, met > 200 GeV']
    """
    found = (text for subject in sorted(subjects) for text in _speak(subject))
    return list(dict.fromkeys(found))


def _speak(subject: str) -> list[str]:
    return list(map(_side, subject.split(" | "))) if is_canonical(subject) else [subject]


def _side(process: str) -> str:
    initial, _, final = process.partition(" > ")
    words = [_word(w) for w in initial.split()], sorted(_word(w) for w in final.split())
    return " > ".join(" ".join(side) for side in words)


def _word(word: str) -> str:
    if not word.lstrip("-").isdigit():
        return word.removesuffix("~")
    pdg = int(word)
    if abs(pdg) == _PROTON:
        return name_of(pdg)
    return _CLASSES.get(abs(pdg)) or name_of(abs(pdg)).rstrip("+-~")
