"""Arrow streams from strangers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhnets.errors import Error, ParameterError
from lhnets_registry.service.arrow import read_table, write_table
from lhnets_registry.service.errors import BodyError, BodyTooLargeError


def stream(*batches: pa.RecordBatch, schema: pa.Schema | None = None, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(
        sink, schema or batches[0].schema, options=pa.ipc.IpcWriteOptions(**options)
    ) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return bytes(sink.getvalue())


BATCH = pa.record_batch({"m_go": np.linspace(1000.0, 2000.0, 5), "n": np.arange(5, dtype=np.int32)})
GOOD = stream(BATCH, BATCH)


def test_columns_of_all_batches_one_after_the_other() -> None:
    table = read_table(GOOD, 10)
    assert {k: (v.dtype, len(v)) for k, v in table.items()} == {
        "m_go": (np.float64, 10),
        "n": (np.float64, 10),
    }
    np.testing.assert_array_equal(table["m_go"][5:], np.linspace(1000.0, 2000.0, 5))


def test_a_stream_without_batches_is_an_empty_table() -> None:
    assert {k: len(v) for k, v in read_table(stream(schema=BATCH.schema), 10).items()} == {
        "m_go": 0,
        "n": 0,
    }


def test_what_is_written_is_read() -> None:
    written = write_table({"value": np.array([1.0, np.nan])}, {"network": "x@1"})
    table = pa.ipc.open_stream(written).read_all()
    assert table.schema.metadata == {b"network": b"x@1"}
    assert np.isnan(read_table(written, 2)["value"][1])


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compressed_streams_are_refused_before_they_blow_up(codec: str) -> None:
    zeros = pa.record_batch({"x": np.zeros(100_000)})
    bomb = stream(zeros, compression=codec)
    assert len(bomb) < 10_000
    with pytest.raises(BodyError, match="compressed"):
        read_table(bomb, 10**9)


def test_more_rows_than_allowed_are_refused() -> None:
    with pytest.raises(BodyTooLargeError, match="more than 9 rows"):
        read_table(GOOD, 9)


@pytest.mark.parametrize(
    ("batch", "error", "says"),
    [
        (pa.record_batch({"x": pa.array(["a"])}), ParameterError, "type string"),
        (pa.record_batch({"x": pa.nulls(1000)}), ParameterError, "type null"),
        (pa.record_batch({"x": pa.array([[1.0]])}), ParameterError, "type list"),
        (pa.record_batch({"x": pa.array([1.0, None])}), ParameterError, "nulls"),
        (pa.record_batch({"x": pa.array(["a"]).dictionary_encode()}), BodyError, "dictionaries"),
        (
            pa.record_batch([pa.array([1.0]), pa.array([1.0])], names=["x", "x"]),
            ParameterError,
            "two of one name",
        ),
    ],
)
def test_columns_that_are_no_plain_numbers(
    batch: pa.RecordBatch, error: type[Error], says: str
) -> None:
    with pytest.raises(error, match=says):
        read_table(stream(batch), 10_000)


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff" * 50, b"ARROW1\0\0", GOOD[:100], GOOD[:-40]])
def test_what_is_no_stream(body: bytes) -> None:
    with pytest.raises(BodyError):
        read_table(body, 10)


@settings(max_examples=500)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6)
)
def test_spoilt_streams_give_errors_or_tables_within_the_limit(
    changes: list[tuple[int, int]],
) -> None:
    spoilt = bytearray(GOOD)
    for place, value in changes:
        spoilt[place] = value
    try:
        table = read_table(bytes(spoilt), 20)
    except (BodyError, BodyTooLargeError, ParameterError):
        return
    assert all(len(column) <= 20 for column in table.values())
