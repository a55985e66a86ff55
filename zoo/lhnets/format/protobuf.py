"""The wire format of protobuf: the fields of one message, read strictly, so that the client needs
no protobuf library."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from lhnets.errors import NetworkFileError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED_SIZE = {FIXED64: 8, FIXED32: 4}

Value: TypeAlias = "int | memoryview"
"""A number for a varint, else the raw bytes of the field."""


class Field(NamedTuple):
    """A field of a message: its number, wire type and value, and where it ends in the message."""

    number: int
    wire: int
    value: Value
    end: int


def read_fields(message: memoryview) -> Iterator[Field]:
    """The fields of a message, in the order of the file.

    Raises
    ------
    NetworkFileError
        If the bytes are not a protobuf message, or end inside a field.
    """
    position = 0
    while position < len(message):
        tag, position = _read_varint(message, position)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise NetworkFileError("not an ONNX file: a field has the number 0")
        if wire == VARINT:
            value, position = _read_varint(message, position)
            yield Field(number, wire, value, position)
            continue
        if wire == BYTES:
            size, position = _read_varint(message, position)
        elif wire in _FIXED_SIZE:
            size = _FIXED_SIZE[wire]
        else:
            raise NetworkFileError(f"not an ONNX file: field {number} has the wire type {wire}")
        start, position = position, position + size
        if position > len(message):
            raise NetworkFileError(
                f"not an ONNX file, or a truncated one: field {number} ends after its message"
            )
        yield Field(number, wire, message[start:position], position)


def encode_bytes(number: int, value: bytes) -> bytes:
    """A field that holds bytes or a message."""
    return _encode_varint(number << 3 | BYTES) + _encode_varint(len(value)) + value


def read_text(value: Value) -> str:
    """A string field.

    Raises
    ------
    NetworkFileError
        If the field does not hold UTF-8.
    """
    try:
        return str(read_bytes(value), "utf-8")
    except UnicodeDecodeError as error:
        raise NetworkFileError(f"not a valid ONNX graph: a name is not UTF-8 ({error})") from None


def read_bytes(value: Value) -> memoryview:
    """A field that holds bytes or a message."""
    if isinstance(value, int):
        raise NetworkFileError("not a valid ONNX graph: a number stands in place of a message")
    return value


def read_int(value: Value) -> int:
    """A signed 64-bit integer field."""
    if not isinstance(value, int):
        raise NetworkFileError("not a valid ONNX graph: a message stands in place of a number")
    return _signed(value)


def read_ints(wire: int, value: Value) -> list[int]:
    """The integers of a repeated field: one, or several in packed form."""
    if wire == VARINT:
        return [read_int(value)]
    message, position, found = read_bytes(value), 0, []
    while position < len(message):
        number, position = _read_varint(message, position)
        found.append(_signed(number))
    return found


def read_floats(wire: int, value: Value) -> list[float]:
    """The single-precision numbers of a repeated field: one, or several in packed form."""
    return _unpack(wire, value, FIXED32, "f")


def read_doubles(wire: int, value: Value) -> list[float]:
    """The double-precision numbers of a repeated field: one, or several in packed form."""
    return _unpack(wire, value, FIXED64, "d")


def _unpack(wire: int, value: Value, fixed: int, code: str) -> list[float]:
    data = read_bytes(value)
    size = _FIXED_SIZE[fixed]
    if wire not in (fixed, BYTES) or len(data) % size:
        raise NetworkFileError("not a valid ONNX graph: numbers of the wrong size in a tensor")
    return list(struct.unpack(f"<{len(data) // size}{code}", data))


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number


def _read_varint(message: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            break
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= 1 << 64:
                break
            return value, position
    raise NetworkFileError("not an ONNX file, or a truncated one: a number in it has no end")


def _encode_varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
