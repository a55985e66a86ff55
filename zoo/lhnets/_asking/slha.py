"""Parameters from SLHA files (hep-ph/0311123, 0801.0045): paths, text, file objects, documents, and
lists of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._asking.slha_file import DECOUPLED, Spectrum, read_document, read_file, read_text
from lhnets.errors import ParameterError
from lhnets.format import Assumption, IndexInput, Input, SlhaEntry


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
    """Those of the ``assumptions`` that a spectrum contradicts, in words; what it does not have it
    cannot."""
    places = {i.name: i.slha for i in inputs if i.slha is not None}
    return [
        text
        for s in read_spectra(params)
        for assumed in assumptions
        if (text := _contradiction(s, assumed, places))
    ]


def offered_names(params: Any, inputs: Sequence[Input | IndexInput]) -> frozenset[str]:
    """The names of those inputs that every SLHA file holds; decoupled masses and what has no entry
    are left out."""
    spectra = read_spectra(params)
    return frozenset(
        i.name
        for i in inputs
        if i.slha is not None and all(s.has(i.slha.block, i.slha.entry) for s in spectra)
    )


def _load(params: Any) -> Spectrum:
    if isinstance(params, Spectrum):
        return params
    if isinstance(params, str) and "\n" in params:
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
    text = content.decode("utf-8-sig", errors="replace") if isinstance(content, bytes) else content
    return read_text(text, str(getattr(stream, "name", "the SLHA text")))


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
    value = _lookup(spectrum, assumed.slha)
    unit = 1.0 if assumed.over is None else _lookup(spectrum, places[assumed.over])
    if value is None or not unit or assumed.low <= value / unit <= assumed.high:
        return None
    over = "" if assumed.over is None else f" over {assumed.over}"
    return (
        f"'{assumed.meaning}' does not hold: {_spell(assumed.slha)}{over} is "
        f"{value / unit:.4g}, expected {assumed.low:g} to {assumed.high:g}"
    )


def _lookup(spectrum: Spectrum, place: SlhaEntry) -> float | None:
    value = spectrum.find(place.block, place.entry)
    return abs(value) if value is not None and place.absolute else value


def _spell(place: SlhaEntry) -> str:
    return f"block {place.block} {' '.join(map(str, place.entry))}".rstrip()
