"""SLHA files (hep-ph/0311123, 0801.0045) read into a `Spectrum`: every entry, readable or not."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from lhnets._asking.implied import add_implied
from lhnets._asking.mixing import find_faults, find_other_scales, rotate_phases
from lhnets._asking.sfermions import find_unordered, name_by_content
from lhnets.errors import ParameterError

Place: TypeAlias = tuple[int, ...]
Blocks: TypeAlias = dict[str, dict[Place, float]]
Faults: TypeAlias = dict[tuple[str, Place], str]

DECOUPLED = 1e5
"""Mass in GeV from which a particle counts as decoupled, as simplified models write it."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([ed][+-]?[0-9]+)?", re.IGNORECASE)
_SPARTICLES = frozenset(
    (side + k,)
    for side, kinds in (
        (1000000, (1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16, 21, 22, 23, 24, 25, 35, 37)),
        (2000000, (1, 2, 3, 4, 5, 6, 11, 13, 15)),
    )
    for k in kinds
)
_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GZIP = b"\x1f\x8b"
_COMPRESSED = ((b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"), (b"PK\x03\x04", "zip"))
_LARGEST = 64 * 1024 * 1024
"""Bytes of a decompressed file at most."""
_OTHER_PARTS = frozenset({"BLOCK", "DECAY", "XSECTION"})
"""What ends a block: a part of the file that is not read."""
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
        if reason := self.find_fault(block, entry):
            raise ParameterError(f"{self.source}: {reason}. Correct the file")
        return self.blocks.get(block.upper(), {}).get(entry)

    def find_fault(self, block: str, entry: Place) -> str | None:
        """Why an entry cannot be used, in words that name it; None if it can."""
        reason = self.faults.get((block.upper(), entry))
        return f"{_spell(block, entry)} {reason}" if reason else None

    @property
    def is_full(self) -> bool:
        """Whether it lists most sparticles of the MSSM: then none is left out on purpose."""
        return len(_SPARTICLES & set(self.blocks.get("MASS", {}))) > len(_SPARTICLES) // 2

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
    return read_bytes(content, str(path))


def read_bytes(content: bytes, source: str) -> Spectrum:
    """The spectrum in the bytes of a file, gzipped or not; see `read_file`."""
    return read_text(_decode(_decompress(content, source), source), source)


@lru_cache(maxsize=64)
def read_text(text: str, source: str = "the SLHA text") -> Spectrum:
    """The spectrum in SLHA text; see `read_file`."""
    blocks: Blocks = {}
    faults: Faults = {}
    info: dict[str, list[tuple[str, str]]] = {}
    scales: dict[str, str] = {}
    current, filled = "", blocks
    later: Blocks = {}
    for line in text.replace("\ufeff", "").splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        head = words[0].upper()
        if head == "BLOCK" and len(words) > 1:
            current = words[1].upper()
            blocks.setdefault(current, {})
            filled = blocks if _is_first_scale(current, words[2:], scales) else later
        elif head in _OTHER_PARTS:
            current = ""
        elif current in _TEXT_BLOCKS:
            info.setdefault(current, []).append((words[0], " ".join(words[1:])))
        elif current:
            unread = faults if filled is blocks else {}
            _add(filled.setdefault(current, {}), unread, current, words)
    if not blocks:
        raise ParameterError(
            f"{source} is not an SLHA file: it has no block. Expected lines such as 'Block MASS'"
        )
    faults.update(find_other_scales(blocks, later))
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


def _decompress(content: bytes, source: str) -> bytes:
    """The bytes of a gzipped file; others as they are."""
    for start, kind in _COMPRESSED:
        if content.startswith(start):
            raise ParameterError(
                f"{source} is a {kind} file, expected SLHA text, gzipped or not: decompress it"
            )
    if not content.startswith(_GZIP):
        return content
    machine = zlib.decompressobj(wbits=31)
    try:
        found = machine.decompress(content, _LARGEST)
    except zlib.error as error:
        raise ParameterError(f"{source} cannot be decompressed by gzip: {error}") from error
    if machine.unconsumed_tail or not machine.eof:
        what = "is cut off" if not machine.unconsumed_tail else f"holds more than {_LARGEST} bytes"
        raise ParameterError(f"{source} {what}: expected one gzipped SLHA file")
    return found


def _decode(content: bytes, source: str) -> str:
    for mark, encoding in _ENCODINGS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if b"\0" in content:
        raise ParameterError(
            f"{source} holds zero bytes: expected text in UTF-8, or in UTF-16 with a byte-order "
            "mark. Convert it, for instance by iconv"
        )
    return content.decode("utf-8-sig", errors="replace")


def _is_first_scale(block: str, header: list[str], scales: dict[str, str]) -> bool:
    """Whether a block belongs to what is read, not to one that is given at another scale Q."""
    scale = "".join(header).upper()
    return scales.setdefault(block, scale) == scale or not scale.startswith("Q=")


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
            f"{source} is not a valid spectrum, as its entry SPINFO 4 says: "
            f"{'; '.join(invalid) or 'without a text'}. Expected a file without this entry: "
            "choose another point"
        )
    faults.update(name_by_content(blocks))
    faults.update(find_unordered(blocks))
    rotate_phases(blocks)
    faults.update(find_faults(blocks))
    faults.update(add_implied(blocks, faults))
    told = (
        f"{source} warns in {block} {index}: {text}"
        for block, lines in info.items()
        for index, text in lines
        if index == "3" or (index, block) == ("4", "DCINFO")
    )
    return Spectrum(source, blocks, faults, tuple(told))


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
