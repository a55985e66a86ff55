"""What the schema cannot say of an author's card: names that refer to nothing, ranges without
width, texts that mislead.

The rules look at whatever of the card could be read, so that they find their defects beside those
of the schema.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

import msgspec

from lhnets.errors import ProcessError
from lhnets.format import (
    Input,
    find_bibtex_problem,
    find_input_contradictions,
    find_text_problems,
)
from lhnets.physics import canonical
from lhnets_datasets.doi import Doi
from lhnets_registry.admission.envelope import PROCESS_KINDS, TEXT_LENGTH
from lhnets_registry.cards.axes import usual_axes
from lhnets_registry.cards.card_schema import ABSENT, CardReading

Given = dict[str, Any]

_FEW = 5


def apply(given: Given, reading: CardReading) -> None:
    """Add to ``reading`` what is wrong with the fields in ``given``; canonical physics is put in
    place."""
    for rule in (
        _subjects,
        _texts,
        _inputs,
        _outputs,
        _regions,
        _shifts,
        _citations,
        _people,
        _data,
    ):
        rule(given, reading)


def _subjects(given: Given, reading: CardReading) -> None:
    if given.get("kind") not in PROCESS_KINDS:
        return
    parts: list[tuple[str, Given]] = [("subject", given)]
    parts += [(f"{at}.subject", output) for at, output in _parts(given, "outputs")]
    for where, part in parts:
        subject = part.get("subject")
        if not isinstance(subject, str):
            continue
        try:
            part["subject"] = canonical(subject)
        except ProcessError as error:
            reading.found(
                where,
                "is not a process or decay",
                "such as p p > go go or h > b b~",
                repr(subject),
                _sentence(error),
            )


def _texts(given: Given, reading: CardReading) -> None:
    for where, problem in find_text_problems(given):
        reading.found(
            where, "is not plain text", "visible characters", f"one that {problem}", "Retype it."
        )
    for field, most in TEXT_LENGTH.items():
        words = given.get(field)
        if isinstance(words, str) and len(words) > most:
            reading.found(
                field,
                "is too long",
                f"at most {most} characters",
                f"{len(words)}",
                "Shorten it; the description may be long.",
            )


def _inputs(given: Given, reading: CardReading) -> None:
    _distinct(given, "inputs", reading)
    known: dict[str, Input] = {}
    for where, entry in _parts(given, "inputs"):
        if entry.get("shape") is None:
            _range(where, entry, reading)
        with contextlib.suppress(msgspec.ValidationError):
            known[where] = msgspec.convert(entry, Input)
    turned, _ = usual_axes(tuple(known.values()))
    for where, one in zip(known, turned, strict=True):
        for problem in find_input_contradictions(one, turned):
            reading.found(
                where,
                "contradicts itself",
                "fields that fit one another",
                problem,
                "Fix one of them.",
            )


def _range(where: str, entry: Given, reading: CardReading) -> None:
    low, high, default = (entry.get(f) for f in ("low", "high", "default"))
    for field, value in (("low", low), ("high", high)):
        if value is None and f"{where}.{field}" not in reading.lines:
            reading.found(
                f"{where}.{field}",
                "is missing",
                "the edge of the region that the network was trained in",
                "nothing",
                f"Add `{field}:`, in the input's unit.",
            )
    if low is None or high is None:
        return
    if not low < high:
        reading.found(
            f"{where}.low", "is not below high", f"less than {high:g}", f"{low:g}", "Exchange them."
        )
    elif default is not None and not low <= default <= high:
        reading.found(
            f"{where}.default",
            "lies outside the range",
            f"{low:g} to {high:g}",
            f"{default:g}",
            "Choose a default within, or widen the range.",
        )


def _outputs(given: Given, reading: CardReading) -> None:
    _distinct(given, "outputs", reading)
    names, default = _names(given, "outputs"), given.get("default_output")
    shifts = {
        p.get(side) for _, p in _parts(given, "physics_uncertainty") for side in ("up", "down")
    }
    if isinstance(default, str) and names and default not in names:
        _unknown("default_output", "output", default, names, reading)
    elif default in shifts:
        reading.found(
            "default_output",
            "is a shift of a physics_uncertainty",
            "an output that is a value",
            repr(default),
            "Name the output that the shift belongs to.",
        )


def _regions(given: Given, reading: CardReading) -> None:
    names = _names(given, "inputs")
    boxes = {
        e["name"]: (e.get("low"), e.get("high")) for _, e in _parts(given, "inputs") if "name" in e
    }
    for where, half_space in _parts(given, "region"):
        coefficients = half_space.get("coefficients")
        if not isinstance(coefficients, dict):
            continue
        for name in coefficients:
            if names and name not in names:
                _unknown(f"{where}.coefficients.{name}", "input", name, names, reading)
        least = _least(coefficients, boxes)
        bound = half_space.get("bound")
        if isinstance(bound, float) and least is not None and least > bound:
            reading.found(
                where,
                "leaves nothing of the box",
                f"a bound above {least:g}",
                f"{bound:g}",
                "The inequality is sum of coefficient * input <= bound: check its signs.",
            )


def _least(coefficients: Given, boxes: dict[str, tuple[Any, Any]]) -> float | None:
    """The smallest value of a half-space's left side in the box, where that can be told."""
    total = 0.0
    for name, factor in coefficients.items():
        low, high = boxes.get(name, (None, None))
        if low is None or high is None or not isinstance(factor, float):
            return None
        total += min(factor * low, factor * high)
    return total


def _shifts(given: Given, reading: CardReading) -> None:
    names = _names(given, "outputs")
    for where, shift in _parts(given, "physics_uncertainty"):
        for field in ("of", "up", "down"):
            if names and isinstance(shift.get(field), str) and shift[field] not in names:
                _unknown(f"{where}.{field}", "output", shift[field], names, reading)


def _citations(given: Given, reading: CardReading) -> None:
    entries = given.get("references", {})
    truth = given.get("truth", {})
    for k, key in enumerate(truth.get("references", []) if isinstance(truth, dict) else []):
        if isinstance(key, str) and key not in entries:
            reading.found(
                f"truth.references[{k}]",
                "has no BibTeX entry",
                "a key of `references`",
                repr(key),
                f"Add the entry `{key}:` under `references`.",
            )
    for key, text in entries.items():
        problem = find_bibtex_problem(key, text) if isinstance(text, str) else ""
        if problem:
            reading.found(
                f"references.{key}",
                "is not a BibTeX entry of that key",
                f"@article{{{key}, …}}",
                f"one that {problem}",
                "Copy the entry from INSPIRE, behind `|`, under its own key.",
            )


def _people(given: Given, reading: CardReading) -> None:
    for where, author in _parts(given, "authors"):
        orcid = author.get("orcid")
        if isinstance(orcid, str) and orcid_check_digit(orcid[:-1]) != orcid[-1]:
            reading.found(
                f"{where}.orcid",
                "has a wrong check digit",
                f"…{orcid_check_digit(orcid[:-1])} at its end",
                orcid,
                "Copy it from orcid.org.",
            )


def orcid_check_digit(digits: str) -> str:
    """The last character of an ORCID (ISO 7064, MOD 11-2).

    >>> orcid_check_digit("0000-0002-1825-009")
    '7'
    """
    total = 0
    for digit in digits.replace("-", ""):
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return "X" if rest == 10 else str(rest)


def _data(given: Given, reading: CardReading) -> None:
    data = given.get("data")
    if not isinstance(data, dict):
        return
    doi, split, rows = (data.get(f) for f in ("doi", "split", "rows"))
    if isinstance(doi, str) and Doi.parse(doi) != Doi(doi):
        parsed = Doi.parse(doi)
        reading.found(
            "data.doi",
            "is not a bare DOI",
            "such as 10.5281/zenodo.3547721",
            repr(doi),
            f"Write {parsed}." if parsed else "Leave it out until the data are archived.",
        )
    parts = split.values() if isinstance(split, dict) else ()
    if isinstance(rows, int) and parts and ABSENT not in parts and sum(parts) > rows:
        reading.found(
            "data.split",
            "has more rows than the data",
            f"at most {rows}",
            str(sum(parts)),
            "Count each row once.",
        )


def _parts(given: Given, field: str) -> Iterator[tuple[str, Given]]:
    """The readable entries of a list, with their paths."""
    entries = given.get(field)
    for k, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield f"{field}[{k}]", entry


def _names(given: Given, field: str) -> list[str]:
    return [e["name"] for _, e in _parts(given, field) if isinstance(e.get("name"), str)]


def _distinct(given: Given, field: str, reading: CardReading) -> None:
    seen: dict[str, str] = {}
    for where, entry in _parts(given, field):
        name = entry.get("name")
        if isinstance(name, str) and name in seen:
            reading.found(
                f"{where}.name",
                "stands twice",
                f"a name that {seen[name]} does not have",
                repr(name),
                "Give each its own.",
            )
        elif isinstance(name, str):
            seen[name] = where


def _unknown(where: str, what: str, name: str, names: list[str], reading: CardReading) -> None:
    near = get_close_matches(name, names, n=1)
    listed = ", ".join(names[:_FEW]) + (" …" if len(names) > _FEW else "")
    remedy = f"Did you mean `{near[0]}`?" if near else f"Name one of the {what}s."
    reading.found(where, f"names an unknown {what}", f"one of {listed}", repr(name), remedy)


def _sentence(error: Exception) -> str:
    text = str(error).strip()
    return text[:1].upper() + text[1:].rstrip(".") + "."
