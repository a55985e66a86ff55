"""Arrow streams from strangers: one column an input, plain numbers, nothing compressed, and never
more rows than allowed.

A record batch may promise any number of rows and, compressed, blow up to any size. Both are read
from its header, before Arrow reads the batch itself.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lhnets.errors import ParameterError
from lhnets_registry.service.errors import BodyError, BodyTooLargeError

STREAM = "application/vnd.apache.arrow.stream"
MOST_COLUMNS = 1000
_CONTINUATION = 0xFFFFFFFF
_TYPE, _HEADER, _BODY_LENGTH = 1, 2, 3
"""Fields of the table Message in Arrow's Message.fbs."""
_SCHEMA, _RECORD_BATCH = 1, 3
"""Kinds of its header."""
_LENGTH, _COMPRESSION = 0, 3
"""Fields of the table RecordBatch."""


def read_table(body: bytes, most: int) -> dict[str, NDArray[np.float64]]:
    """The columns of an Arrow stream by name, as float64 arrays of one length.

    Raises
    ------
    BodyError
        If it is not an Arrow stream, or a compressed one.
    BodyTooLargeError
        for more than ``most`` rows.
    ParameterError
        for columns that are no plain numbers, or hold nulls.
    """
    try:
        _check_stream(body, most)
        return _columns(*_batches(body))
    except (pa.ArrowException, struct.error, UnicodeDecodeError, OSError) as error:
        raise BodyError(f"the body is not an Arrow stream: {error}") from error


def write_table(columns: Mapping[str, NDArray[np.float64]], metadata: Mapping[str, str]) -> bytes:
    """An Arrow stream of float64 columns with ``metadata`` in its schema."""
    batch = pa.record_batch([pa.array(c) for c in columns.values()], names=list(columns))
    schema = batch.schema.with_metadata(dict(metadata))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(batch.cast(schema))
    return bytes(sink.getvalue())


def _check_stream(body: bytes, most: int) -> None:
    """Walk over the messages of a stream: a schema, then plain record batches of at most ``most``
    rows together."""
    rows, position = 0, 0
    while position < len(body):
        mark, size = struct.unpack_from("<II", body, position)
        if mark != _CONTINUATION:
            raise BodyError(
                "the body is not an Arrow stream: its messages do not begin as they should"
            )
        if size == 0:
            break
        metadata = body[position + 8 : position + 8 + size]
        (root,) = struct.unpack_from("<I", metadata)
        if _number(metadata, root, _TYPE, "<B") != (_RECORD_BATCH if position else _SCHEMA):
            raise BodyError(
                "the Arrow stream holds more than a schema and plain record batches (dictionaries?)"
            )
        if position:
            rows += _rows(metadata, root)
            if rows > most:
                raise BodyTooLargeError(f"more than {most} rows were sent; send them in parts")
        length = _number(metadata, root, _BODY_LENGTH, "<q")
        if not 0 <= length <= len(body):
            raise BodyError("the body is not an Arrow stream: a message is longer than the body")
        position += 8 + size + length


def _batches(body: bytes) -> tuple[pa.Schema, list[pa.RecordBatch]]:
    with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
        _check_schema(stream.schema)
        batches = list(stream)
    for batch in batches:
        batch.validate(full=True)
    return stream.schema, batches


def _check_schema(schema: pa.Schema) -> None:
    if len(schema) > MOST_COLUMNS or len(set(schema.names)) != len(schema):
        raise ParameterError(
            f"the Arrow stream has {len(schema)} columns, or two of one name; expected one an input"
        )
    for field in schema:
        if not (pa.types.is_floating(field.type) or pa.types.is_integer(field.type)):
            raise ParameterError(
                f"the column {field.name!r} is of type {field.type}; expected floats or integers"
            )


def _columns(schema: pa.Schema, batches: list[pa.RecordBatch]) -> dict[str, NDArray[np.float64]]:
    columns = {}
    for name in schema.names:
        parts = [b.column(name) for b in batches]
        if any(p.null_count for p in parts):
            raise ParameterError(f"the column {name!r} holds nulls; expected numbers")
        numbers = [p.to_numpy(zero_copy_only=False).astype(np.float64) for p in parts]
        columns[name] = np.concatenate(numbers) if numbers else np.empty(0)
    return columns


def _rows(metadata: bytes, root: int) -> int:
    """Rows that a record batch promises.

    Raises
    ------
    BodyError
        If its buffers are compressed.
    """
    header = _field(metadata, root, _HEADER)
    if header is None:
        raise BodyError("the body is not an Arrow stream: a message without a header")
    (offset,) = struct.unpack_from("<I", metadata, header)
    batch = header + offset
    if _field(metadata, batch, _COMPRESSION) is not None:
        raise BodyError("the Arrow stream is compressed; send it plain")
    rows = _number(metadata, batch, _LENGTH, "<q")
    if rows < 0:
        raise BodyError("the body is not an Arrow stream: a record batch of a negative length")
    return rows


def _number(metadata: bytes, table: int, number: int, layout: str) -> int:
    place = _field(metadata, table, number)
    return 0 if place is None else int(struct.unpack_from(layout, metadata, place)[0])


def _field(metadata: bytes, table: int, number: int) -> int | None:
    """Where a field of a flatbuffer's table lies; None where it is left out."""
    (back,) = struct.unpack_from("<i", metadata, table)
    vtable = table - back
    if vtable < 0:
        raise BodyError("the body is not an Arrow stream: a table without a layout")
    (size,) = struct.unpack_from("<H", metadata, vtable)
    if size < 6 + 2 * number:
        return None
    (offset,) = struct.unpack_from("<H", metadata, vtable + 4 + 2 * number)
    return table + int(offset) if offset else None
