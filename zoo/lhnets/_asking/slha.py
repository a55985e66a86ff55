"""Parameters from SLHA files (hep-ph/0311123, 0801.0045): paths, text, file objects, documents, and
lists of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._asking.slha_file import (
    DECOUPLED,
    Spectrum,
    read_bytes,
    read_document,
    read_file,
    read_text,
)
from lhnets.errors import ParameterError
from lhnets.format import Assumption, Input, SlhaEntry

_FIRST_NEW = 32
"""The first PDG id of a particle beyond the Standard Model."""
_MOST_TOLD = 3
"""Entries that a message names of those that break one assumption."""


def is_slha(params: Any) -> bool:
    """Whether parameters are SLHA: a path, text, an open file, a document or its blocks, or a list
    of these."""
    if isinstance(params, (list, tuple)):
        return bool(params) and all(not isinstance(p, (list, tuple)) and is_slha(p) for p in params)
    if isinstance(params, Mapping):
        return bool(params) and all(hasattr(block, "items") for block in params.values())
    return (
        isinstance(params, (str, Path, Spectrum))
        or hasattr(params, "blocks")
        or hasattr(params, "read")
    )


def read_spectra(params: Any) -> list[Spectrum]:
    """The spectra of SLHA parameters: one, or one for each item of a list.

    Raises
    ------
    ParameterError
        if one of them cannot be read, or says that its point is invalid.
    """
    return [_load(p) for p in params] if isinstance(params, (list, tuple)) else [_load(params)]


def values_from_slha(
    params: Any, inputs: Sequence[Input]
) -> dict[str, float | NDArray[np.float64]]:
    """The inputs that stand in an SLHA file, by name; arrays for a list of files.

    Raises
    ------
    ParameterError
        if a file cannot be read, lacks an input that has an SLHA entry, or has it decoupled.
    """
    rows = [_values(s, inputs) for s in read_spectra(params)]
    if not isinstance(params, (list, tuple)):
        return dict(rows[0])
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def unmet(params: Any, assumptions: Sequence[Assumption], inputs: Sequence[Input]) -> list[str]:
    """Those of the ``assumptions`` that a spectrum contradicts or does not show, in words: one
    sentence for each meaning."""
    places = {i.name: i.slha for i in inputs if i.slha is not None}
    told: dict[str, list[str]] = {}
    for spectrum in read_spectra(params):
        for assumed in assumptions:
            if found := _contradiction(spectrum, assumed, places):
                told.setdefault(assumed.meaning, []).append(found)
    return [f"'{meaning}' does not hold: {_shorten(found)}" for meaning, found in told.items()]


def _load(params: Any) -> Spectrum:
    if isinstance(params, Spectrum):
        return params
    if isinstance(params, str) and len(params.splitlines()) > 1:
        return read_text(params)
    if isinstance(params, (str, Path)):
        return read_file(Path(params))
    if hasattr(params, "read"):
        return _read_stream(params)
    return read_document(params)


def _read_stream(stream: Any) -> Spectrum:
    """The spectrum of an open file, which is left where it stood."""
    start = stream.tell()
    content = stream.read()
    stream.seek(start)
    source = str(getattr(stream, "name", "the SLHA text"))
    return (read_bytes if isinstance(content, bytes) else read_text)(content, source)


def _values(spectrum: Spectrum, inputs: Sequence[Input]) -> dict[str, float]:
    wanted = [(i.name, i.slha) for i in inputs if i.slha is not None]
    found = {name: _lookup(spectrum, place) for name, place in wanted}
    absent = [f"{name} ({_spell(place)})" for name, place in wanted if found[name] is None]
    if absent:
        raise ParameterError(
            f"{spectrum.source} has no {', '.join(absent)}: add the entry, or give parameters as a "
            "mapping"
        )
    values = {name: value for name, value in found.items() if value is not None}
    far = [
        f"{n} ({_spell(p)})"
        for n, p in wanted
        if p.block.upper() == "MASS" and abs(values[n]) >= DECOUPLED
    ]
    if far:
        raise ParameterError(
            f"{spectrum.source} has {', '.join(far)} at {DECOUPLED:g} GeV or above, which counts "
            "as decoupled: choose a network that does not take it"
        )
    return values


def _contradiction(
    spectrum: Spectrum, assumed: Assumption, places: Mapping[str, SlhaEntry]
) -> str | None:
    if reason := spectrum.find_fault(assumed.slha.block, assumed.slha.entry):
        return reason
    value = _lookup(spectrum, assumed.slha)
    unit = 1.0 if assumed.over is None else _lookup_usable(spectrum, places[assumed.over])
    if value is None and assumed.required and (spectrum.is_full or not _is_of_new(assumed.slha)):
        return f"the file has no {_spell(assumed.slha)}"
    if value is None and not _is_of_new(assumed.slha):
        return None
    part = (DECOUPLED if value is None else value) / (unit or 1.0)
    if unit is None or assumed.low <= part <= assumed.high:
        return None
    over = "" if assumed.over is None else f" over {assumed.over}"
    found = "is absent, which counts as decoupled" if value is None else f"is {part:.4g}"
    return f"{_spell(assumed.slha)}{over} {found}, expected {_spell_range(assumed)}"


def _shorten(found: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    return ", ".join(found[:_MOST_TOLD]) + more


def _is_of_new(place: SlhaEntry) -> bool:
    """Whether it is the mass of a particle beyond the Standard Model, which a file need not
    list."""
    return place.block.upper() == "MASS" and place.entry[0] >= _FIRST_NEW


def _lookup_usable(spectrum: Spectrum, place: SlhaEntry) -> float | None:
    """The value of an input; none if it cannot be used, which is an error once it is read."""
    return None if spectrum.find_fault(place.block, place.entry) else _lookup(spectrum, place)


def _lookup(spectrum: Spectrum, place: SlhaEntry) -> float | None:
    value = spectrum.find(place.block, place.entry)
    if value is None:
        return None
    for pdg in place.signs:
        if (spectrum.find("MASS", (pdg,)) or 0.0) < 0:
            value = -value
    return abs(value) if place.absolute else value


def _spell_range(assumed: Assumption) -> str:
    low, high = f"{assumed.low:g}", f"{assumed.high:g}"
    if assumed.high >= DECOUPLED:
        return f"at least {low}"
    return low if low == high else f"{low} to {high}"


def _spell(place: SlhaEntry) -> str:
    return f"block {place.block} {' '.join(map(str, place.entry))}".rstrip()
