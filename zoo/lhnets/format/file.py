"""The network file: an ONNX file that carries its card, reference points and a digest in its
metadata.

The digest is the SHA-256 of the whole file but the digest's own entry: a changed weight or a
changed card value shows without any index. Who publishes is settled by the index, which names the
SHA-256 of the file itself.

An ONNX file is one protobuf message. Only its outermost level is read here (field numbers from
onnx.proto: 7 the graph, 14 the metadata), so that the client needs no protobuf library and parses
nothing that a stranger wrote inside the graph.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from lhnets.errors import NetworkFileError, UpdateNeededError
from lhnets.format.card import Card
from lhnets.format.part import FORMAT
from lhnets.format.reference import Reference

FORMAT_KEY = "lhnets.format"
CARD_KEY = "lhnets.card"
REFERENCE_KEY = "lhnets.reference"
DIGEST_KEY = "lhnets.digest"
MINIMUM_REFERENCE_POINTS = 32
_KEYS = frozenset({FORMAT_KEY, CARD_KEY, REFERENCE_KEY, DIGEST_KEY})

_GRAPH, _METADATA = 7, 14
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class NetworkFile(Struct, frozen=True):
    """A network file that was read: its bytes and what its metadata say.

    Attributes
    ----------
    format : int
        Number of its format.
    unknown : tuple of str
        Keys of its metadata that begin with `lhnets.` and that this lhnets does not know; they are
        ignored.
    """

    content: bytes
    card: Card
    reference: Reference
    stated_digest: str
    format: int = 1
    unknown: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """SHA-256 of the file, its identity in every index."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def digest(self) -> str:
        """The digest that the bytes have; equal to ``stated_digest`` in an untouched file."""
        return digest(self.content)


def seal(model: bytes, card: Card, reference: Reference) -> bytes:
    """The network file of an ONNX ``model``: its bytes with card, reference points and digest
    appended.

    Raises
    ------
    NetworkFileError
        If the model carries lhnets metadata already, or has fewer than 32 reference points.
    """
    present = [k for k in metadata(model) if k.startswith("lhnets.")]
    if present:
        raise NetworkFileError(
            f"the model is sealed already (it carries {', '.join(present)}); export it afresh"
        )
    if reference.points < MINIMUM_REFERENCE_POINTS:
        raise NetworkFileError(
            f"a network file needs at least {MINIMUM_REFERENCE_POINTS} reference points, got "
            f"{reference.points}"
        )
    body = model + _entry(FORMAT_KEY, b"%d" % FORMAT)
    body += _entry(CARD_KEY, card.to_json()) + _entry(REFERENCE_KEY, reference.to_json())
    return body + _entry(DIGEST_KEY, digest(body).encode())


def reseal(content: bytes) -> bytes:
    """Write a network file again in the present format: the same graph, card and reference points.

    Raises
    ------
    NetworkFileError
        if the bytes are not a network file, or were changed after they were sealed.
    """
    file = read(content)
    if file.digest != file.stated_digest:
        raise NetworkFileError(
            f"{file.card.identity} was changed after it was sealed; it is not written again"
        )
    return seal(strip(content), file.card, file.reference)


def strip(content: bytes) -> bytes:
    """The ONNX model of a network file: its bytes without the metadata of lhnets."""
    kept, position = bytearray(), 0
    for field, start, end in _fields(content):
        if field != _METADATA or not _key_and_value(content[start:end])[0].startswith("lhnets."):
            kept += content[position:end]
        position = end
    return bytes(kept)


def read(content: bytes) -> NetworkFile:
    """What a network file says of itself. Nothing in it is executed, and nothing is verified.

    Raises
    ------
    NetworkFileError
        If the bytes are no ONNX file with a card, reference points and digest.
    CardError
        if the card does not follow its schema.
    UpdateNeededError
        if its format, or that of its card, is newer than this lhnets.
    """
    entries = metadata(content)
    missing = [k for k in (CARD_KEY, REFERENCE_KEY, DIGEST_KEY) if k not in entries]
    if missing:
        raise NetworkFileError(
            f"not a network file: its ONNX metadata has no {', '.join(missing)}. "
            "A plain ONNX model becomes a network file through a recipe or `lhnets publish`"
        )
    number = _number(entries)
    card = Card.from_json(entries[CARD_KEY])
    reference = Reference.from_json(entries[REFERENCE_KEY], number)
    stated = entries[DIGEST_KEY].decode(errors="replace")
    unknown = tuple(sorted(k for k in entries if k.startswith("lhnets.") and k not in _KEYS))
    return NetworkFile(content, card, reference, stated, number, unknown)


def read_path(path: Path | str) -> NetworkFile:
    """`read` the file at ``path``."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise NetworkFileError(f"cannot read {path}: {error.strerror}") from error
    try:
        return read(content)
    except UpdateNeededError as error:
        raise UpdateNeededError(f"{path}: {error}") from error


def _number(entries: dict[str, bytes]) -> int:
    """The number of the format; a file that states none has format 1."""
    stated = entries.get(FORMAT_KEY, b"1")
    if not stated.isdigit() or len(stated) > 9 or stated.startswith(b"0"):
        raise NetworkFileError(
            f"the network file states {stated[:20]!r} as its format; expected a number such as "
            f"{FORMAT}"
        )
    number = int(stated)
    if number > FORMAT:
        raise UpdateNeededError(
            f"the network file has format {number}, this lhnets reads up to {FORMAT}: "
            "update lhnets (pip install --upgrade lhnets)"
        )
    return number


def metadata(content: bytes) -> dict[str, bytes]:
    """The metadata of an ONNX file by key.

    Raises
    ------
    NetworkFileError
        If the bytes are no protobuf message with an ONNX graph, or a key stands twice.
    """
    entries: dict[str, bytes] = {}
    has_graph = False
    for field, start, end in _fields(content):
        has_graph |= field == _GRAPH
        if field == _METADATA:
            key, value = _key_and_value(content[start:end])
            if key in entries:
                raise NetworkFileError(f"not a valid network file: its metadata has {key!r} twice")
            entries[key] = value
    if not has_graph:
        raise NetworkFileError(
            "not an ONNX file: it holds no graph. Expected one self-contained .onnx file; "
            "pickles, HDF5 and archives are not accepted under that name"
        )
    return entries


def digest(content: bytes) -> str:
    """SHA-256 of an ONNX file without its digest entry."""
    hashed = hashlib.sha256()
    position = 0
    for field, start, end in _fields(content):
        if field == _METADATA and _key_and_value(content[start:end])[0] == DIGEST_KEY:
            position = end
            continue
        hashed.update(content[position:end])
        position = end
    return hashed.hexdigest()


def _fields(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of the value of each outermost field."""
    position = 0
    while position < len(content):
        tag, position = _varint(content, position)
        wire = tag & 7
        start = position
        if wire == _VARINT:
            _, position = _varint(content, position)
        elif wire == _BYTES:
            length, start = _varint(content, position)
            position = start + length
        elif wire in (_FIXED64, _FIXED32):
            position += 8 if wire == _FIXED64 else 4
        else:
            raise NetworkFileError("not an ONNX file: its bytes are no protobuf message")
        if position > len(content):
            raise NetworkFileError(
                "not an ONNX file, or a truncated one: a field ends after the file does"
            )
        yield tag >> 3, start, position


def _varint(content: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 64 and position < len(content):
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise NetworkFileError("not an ONNX file, or a truncated one: a number in it has no end")


def _key_and_value(entry: bytes) -> tuple[str, bytes]:
    parts = {field: entry[start:end] for field, start, end in _fields(entry)}
    return parts.get(1, b"").decode(errors="replace"), parts.get(2, b"")


def _entry(key: str, value: bytes) -> bytes:
    inner = _bytes_field(1, key.encode()) + _bytes_field(2, value)
    return _bytes_field(_METADATA, inner)


def _bytes_field(number: int, value: bytes) -> bytes:
    return _encode_varint(number << 3 | _BYTES) + _encode_varint(len(value)) + value


def _encode_varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
