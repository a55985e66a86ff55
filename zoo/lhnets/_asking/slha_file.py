"""SLHA files (hep-ph/0311123, 0801.0045) read into a `Spectrum`: every entry, readable or not."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from lhnets._asking.sfermions import name_by_content
from lhnets.errors import ParameterError

Place: TypeAlias = tuple[int, ...]
Blocks: TypeAlias = dict[str, dict[Place, float]]
Faults: TypeAlias = dict[tuple[str, Place], str]

DECOUPLED = 1e5
"""Mass in GeV from which a particle counts as decoupled, as simplified models write it."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([ed][+-]?[0-9]+)?", re.IGNORECASE)
_TEXT_BLOCKS = frozenset({"SPINFO", "DCINFO"})


class Spectrum(Struct, frozen=True, eq=False):
    """The numbers of an SLHA file.

    Attributes
    ----------
    source : str
        Where it comes from, for messages.
    blocks : dict
        Numbers by the name of the block in upper case, then by their indices.
    faults : dict
        Why an entry cannot be used, by block and indices.
    notes : tuple of str
        What the program that wrote it warns of.
    """

    source: str
    blocks: Blocks
    faults: Faults
    notes: tuple[str, ...] = ()

    def find(self, block: str, entry: Place) -> float | None:
        """The number at an entry; None if the file does not have it.

        Raises
        ------
        ParameterError
            if the entry is there and cannot be used.
        """
        if reason := self.faults.get((block.upper(), entry)):
            raise ParameterError(
                f"{self.source}: {_spell(block, entry)} {reason}. Correct the file"
            )
        return self.blocks.get(block.upper(), {}).get(entry)

    def has(self, block: str, entry: Place) -> bool:
        """Whether the file has the entry, usable or not; a decoupled mass counts as absent."""
        if (block.upper(), entry) in self.faults:
            return True
        value = self.blocks.get(block.upper(), {}).get(entry)
        return value is not None and not (block.upper() == "MASS" and abs(value) >= DECOUPLED)


def read_file(path: Path) -> Spectrum:
    """The spectrum in a file, whatever its encoding and line ends.

    Raises
    ------
    ParameterError
        if it cannot be read, is not an SLHA file, or says that its point is invalid.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ParameterError(
            f"cannot read the SLHA file {path}: {error.strerror or error}"
        ) from error
    return read_text(_decode(content), str(path))


@lru_cache(maxsize=64)
def read_text(text: str, source: str = "the SLHA text") -> Spectrum:
    """The spectrum in SLHA text; see `read_file`."""
    blocks: Blocks = {}
    faults: Faults = {}
    info: dict[str, list[tuple[str, str]]] = {}
    scales: dict[str, str] = {}
    current = ""
    for line in text.replace("\ufeff", "").splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        head = words[0].upper()
        if head == "BLOCK" and len(words) > 1:
            current = words[1].upper()
            blocks.setdefault(current, {})
            current = _select_scale(current, " ".join(words[2:]), scales)
        elif head in ("BLOCK", "DECAY"):
            current = ""
        elif current in _TEXT_BLOCKS:
            info.setdefault(current, []).append((words[0], " ".join(words[1:])))
        elif current:
            _add(blocks[current], faults, current, words)
    if not blocks:
        raise ParameterError(
            f"{source} is not an SLHA file: it has no block. Expected lines such as 'Block MASS'"
        )
    return _finish(source, blocks, faults, info)


def read_document(document: Any) -> Spectrum:
    """The spectrum of a document parsed by pyslha, or of its mapping of blocks."""
    blocks: Blocks = {}
    faults: Faults = {}
    info: dict[str, list[tuple[str, str]]] = {}
    for name, block in getattr(document, "blocks", document).items():
        key = str(name).upper()
        blocks[key] = {}
        for index, value in block.items():
            place = _as_place(index)
            if key in _TEXT_BLOCKS:
                info.setdefault(key, []).append((" ".join(map(str, place)), _as_text(value)))
            elif (number := _as_number(str(value))) is not None:
                blocks[key][place] = number
            else:
                faults[key, place] = f"cannot be read: expected a number, got {str(value)!r}"
    return _finish("the SLHA document", blocks, faults, info)


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace")


def _select_scale(block: str, header: str, scales: dict[str, str]) -> str:
    """The block to fill; none for a block that was already given at another scale Q."""
    scale = header.upper().replace(" ", "")
    return block if scales.setdefault(block, scale) == scale or not scale.startswith("Q=") else ""


def _add(entries: dict[Place, float], faults: Faults, block: str, words: list[str]) -> None:
    """Add the entry of a line: its indices, its number, and perhaps a name that does not follow a
    '#'."""
    whole = [w for w in words if re.fullmatch(r"[+-]?[0-9]+", w)]
    count = (
        len(whole)
        if words[: len(whole)] == whole
        else next(k for k, w in enumerate(words) if w not in whole)
    )
    if count == len(words):
        count -= 1
    place, number = tuple(int(w) for w in words[:count]), _as_number(words[count])
    if number is None and count > 1 and block == "MASS":
        place, number = place[:1], float(words[1])
    elif number is None or any(_as_number(w) is not None for w in words[count + 1 :]):
        faults[block, place] = f"cannot be read: expected a number, got {' '.join(words[count:])!r}"
        return
    known = entries.setdefault(place, number)
    if known != number:
        faults[block, place] = f"is given twice: {known:g} and {number:g}"


def _finish(
    source: str, blocks: Blocks, faults: Faults, info: Mapping[str, list[tuple[str, str]]]
) -> Spectrum:
    invalid = [text for index, text in info.get("SPINFO", []) if index == "4"]
    if invalid:
        raise ParameterError(
            f"{source} is not a valid spectrum, as its entry SPINFO 4 says: {'; '.join(invalid)}. "
            "Expected a file without this entry: choose another point"
        )
    faults.update(name_by_content(blocks))
    faults.update(_find_imaginary(blocks))
    faults.update(_find_short_rows(blocks))
    told = (
        f"{source} warns in {block} {index}: {text}"
        for block, lines in info.items()
        for index, text in lines
        if index == "3" or (index, block) == ("4", "DCINFO")
    )
    return Spectrum(source, blocks, faults, tuple(told))


_SIZES = {"NMIX": 4, "UMIX": 2, "VMIX": 2, "STOPMIX": 2, "SBOTMIX": 2, "STAUMIX": 2, "NMNMIX": 5}
_NORM = 0.02
"""By how much the square of a row of a mixing matrix may differ from 1 by the rounding of a
file."""


def _find_imaginary(blocks: Blocks) -> Faults:
    """Faults of matrices with an imaginary part: no network takes complex mixing."""
    return {
        (
            block,
            place,
        ): f"belongs to complex mixing: IM{block} {_indices(at)} is {value:g}, expected 0"
        for block in _SIZES
        for at, value in blocks.get(f"IM{block}", {}).items()
        if abs(value) > 1e-6
        for place in blocks.get(block, {})
    }


def _find_short_rows(blocks: Blocks) -> Faults:
    """Faults of rows of mixing matrices that are not unit vectors."""
    faults: Faults = {}
    for block, size in _SIZES.items():
        entries = blocks.get(block, {})
        for i in range(1, size + 1):
            row = [entries.get((i, j)) for j in range(1, size + 1)]
            given = [x for x in row if x is not None]
            norm = sum(x * x for x in given)
            if given and (norm > 1 + _NORM or (len(given) == size and norm < 1 - _NORM)):
                reason = f"belongs to a row whose square is {norm:.4g}: expected a unit vector"
                faults.update({(block, (i, j)): reason for j in range(1, size + 1)})
    return faults


def _as_number(text: str) -> float | None:
    """A number as Fortran writes it, 5.0D+02 included; None for other text and for what is not
    finite."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.lower().replace("d", "e"))
    return number if abs(number) < float("inf") else None


def _as_place(key: Any) -> Place:
    if key is None:
        return ()
    return tuple(int(k) for k in key) if isinstance(key, tuple) else (int(key),)


def _as_text(value: Any) -> str:
    return (
        "; ".join(map(str, value))
        if isinstance(value, Iterable) and not isinstance(value, str)
        else str(value)
    )


def _spell(block: str, entry: Place) -> str:
    return f"block {block.upper()} {_indices(entry)}".rstrip()


def _indices(entry: Place) -> str:
    return " ".join(map(str, entry))
