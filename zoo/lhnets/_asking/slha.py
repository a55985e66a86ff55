"""Parameters from an SLHA file (hep-ph/0311123, 0801.0045): a path, or a document parsed by pyslha."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from lhnets.errors import ParameterError
from lhnets.format import Assumption, IndexInput, Input, SlhaEntry

Blocks: TypeAlias = dict[str, dict[tuple[int, ...], float]]


def is_slha(params: Any) -> bool:
    """Whether parameters are the path of a file or a document with SLHA blocks."""
    return isinstance(params, (str, Path)) or hasattr(params, "blocks")


def values_from_slha(params: Any, inputs: Sequence[Input]) -> dict[str, float]:
    """The inputs that stand in an SLHA document, by name.

    Raises
    ------
    ParameterError
        where the file cannot be read, or lacks an input that has no default and is no energy.
    """
    blocks = _load(params)
    source = str(params) if isinstance(params, (str, Path)) else "the SLHA document"
    values = {i.name: v for i in inputs if i.slha is not None and (v := _lookup(blocks, i.slha)) is not None}
    absent = [i for i in inputs if i.slha is not None and i.name not in values and i.default is None]
    if absent:
        wanted = ", ".join(f"{i.name} (block {i.slha.block} {_indices(i.slha.entry)})" for i in absent if i.slha)
        raise ParameterError(f"{source} has no {wanted}: add the entry, or give parameters as a mapping")
    return values


def unmet(params: Any, assumptions: Sequence[Assumption], inputs: Sequence[Input]) -> list[str]:
    """Those of the ``assumptions`` that an SLHA document contradicts, in words; what it does not have it cannot."""
    blocks = _load(params)
    places = {i.name: i.slha for i in inputs if i.slha is not None}
    found = []
    for assumed in assumptions:
        value = _lookup(blocks, assumed.slha)
        unit = 1.0 if assumed.over is None else _lookup(blocks, places[assumed.over])
        if value is None or not unit:
            continue
        if not assumed.low <= value / unit <= assumed.high:
            over = "" if assumed.over is None else f" over {assumed.over}"
            found.append(
                f"'{assumed.meaning}' does not hold: block {assumed.slha.block} {_indices(assumed.slha.entry)}{over} is "
                f"{value / unit:.4g}, expected {assumed.low:g} to {assumed.high:g}"
            )
    return found


def offered_names(params: Any, inputs: Sequence[Input | IndexInput]) -> frozenset[str]:
    """The names of those inputs that an SLHA document holds."""
    blocks = _load(params)
    return frozenset(i.name for i in inputs if i.slha is not None and _lookup(blocks, i.slha) is not None)


def _load(params: Any) -> Blocks:
    return read_blocks(Path(params)) if isinstance(params, (str, Path)) else _blocks_of(params)


def read_blocks(path: Path) -> Blocks:
    """The numerical entries of an SLHA file by block and indices; text entries and decays are left out."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ParameterError(f"cannot read the SLHA file {path}: {error.strerror or error}") from error
    blocks: Blocks = {}
    current: dict[tuple[int, ...], float] | None = None
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        if words[0].upper() in ("BLOCK", "DECAY"):
            current = (
                blocks.setdefault(words[1].upper(), {}) if words[0].upper() == "BLOCK" and len(words) > 1 else None
            )
        elif current is not None and (entry := _entry(words)):
            current[entry[0]] = entry[1]
    if not blocks:
        raise ParameterError(f"{path} is no SLHA file: it has no block. Expected lines such as 'Block MASS'")
    return blocks


def _entry(words: list[str]) -> tuple[tuple[int, ...], float] | None:
    value = _number(words[-1])
    try:
        return None if value is None else (tuple(int(w) for w in words[:-1]), value)
    except ValueError:
        return None


def _number(text: str) -> float | None:
    """A number as Fortran writes it, 5.0D+02 included; None for other text."""
    try:
        return float(text.lower().replace("d", "e"))
    except ValueError:
        return None


def _blocks_of(document: Any) -> Blocks:
    blocks: Blocks = {}
    for name, block in document.blocks.items():
        numbers = {_key(k): _number(str(v)) for k, v in block.items()}
        blocks[str(name).upper()] = {k: v for k, v in numbers.items() if v is not None}
    return blocks


def _key(key: Any) -> tuple[int, ...]:
    if key is None:
        return ()
    return key if isinstance(key, tuple) else (int(key),)


def _lookup(blocks: Blocks, place: SlhaEntry) -> float | None:
    value = blocks.get(place.block.upper(), {}).get(place.entry)
    return abs(value) if value is not None and place.absolute else value


def _indices(entry: tuple[int, ...]) -> str:
    return " ".join(map(str, entry))
