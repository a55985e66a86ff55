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

import errno
import hashlib
from collections.abc import Set
from pathlib import Path

from msgspec import Struct

from lhnets.errors import NetworkFileError, UpdateNeededError
from lhnets.format.card import Card
from lhnets.format.part import FORMAT
from lhnets.format.protobuf import Field, encode_bytes, read_bytes, read_fields
from lhnets.format.reference import Reference

FORMAT_KEY = "lhnets.format"
CARD_KEY = "lhnets.card"
REFERENCE_KEY = "lhnets.reference"
DIGEST_KEY = "lhnets.digest"
SIGNATURES_KEY = "lhnets.signatures"
MINIMUM_REFERENCE_POINTS = 32
_KEYS = frozenset({FORMAT_KEY, CARD_KEY, REFERENCE_KEY, DIGEST_KEY, SIGNATURES_KEY})

_LARGEST = 2 * 1000**3
"""Bytes of the largest ONNX file that holds its weights."""

_GRAPH, _METADATA = 7, 14


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
    body = model + encode_entry(FORMAT_KEY, b"%d" % FORMAT)
    body += encode_entry(CARD_KEY, card.to_json()) + encode_entry(
        REFERENCE_KEY, reference.to_json()
    )
    return body + encode_entry(DIGEST_KEY, digest(body).encode())


def reseal(content: bytes) -> bytes:
    """Write a network file again in the present format: the same graph, card and reference points,
    without the signatures of its authors, who must sign anew.

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
    for field in read_fields(memoryview(content)):
        if not _metadata_key(field).startswith("lhnets."):
            kept += content[position : field.end]
        position = field.end
    return bytes(kept)


def drop_entries(content: bytes, keys: Set[str]) -> bytes:
    """An ONNX file without the entries of its metadata that have one of ``keys``."""
    kept, position = bytearray(), 0
    for field in read_fields(memoryview(content)):
        if _metadata_key(field) not in keys:
            kept += content[position : field.end]
        position = field.end
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


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of an ordinary file of at most ``limit`` bytes.

    Raises
    ------
    OSError
        if it cannot be read, is longer, or is not an ordinary file, such as a pipe or a device.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "not an ordinary file")
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"longer than the {limit} bytes accepted")
    return content


def read_path(path: Path | str) -> NetworkFile:
    """`read` the file at ``path``."""
    try:
        content = read_file(Path(path), _LARGEST)
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
    for field in read_fields(memoryview(content)):
        has_graph |= field.number == _GRAPH
        if field.number == _METADATA:
            key, value = _read_entry(read_bytes(field.value))
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
    for field in read_fields(memoryview(content)):
        is_digest = (
            field.number == _METADATA and _read_entry(read_bytes(field.value))[0] == DIGEST_KEY
        )
        if not is_digest:
            hashed.update(content[position : field.end])
        position = field.end
    return hashed.hexdigest()


def _metadata_key(field: Field) -> str:
    """The key of an entry of the metadata; "" for any other field."""
    return _read_entry(read_bytes(field.value))[0] if field.number == _METADATA else ""


def _read_entry(entry: memoryview) -> tuple[str, bytes]:
    """Key and value of an entry of the metadata."""
    parts = {field.number: bytes(read_bytes(field.value)) for field in read_fields(entry)}
    return parts.get(1, b"").decode(errors="replace"), parts.get(2, b"")


def encode_entry(key: str, value: bytes) -> bytes:
    """An entry of the metadata of an ONNX file, as bytes."""
    return encode_bytes(_METADATA, encode_bytes(1, key.encode()) + encode_bytes(2, value))
