"""Tables are read without pyarrow's threads, which can abort a process that ends on a busy
machine."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from lhnets_datasets import tables

ROWS = pa.table(
    {"m_go": [k + 0.5 for k in range(200_000)], "sigma": [1.0 / (k + 1) for k in range(200_000)]}
)


def count_threads() -> int:
    """The threads of this process that the kernel knows, Python's or not."""
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="threads are counted by Linux's /proc"
)
def test_reading_parquet_starts_no_thread(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(ROWS, path, row_group_size=20_000)
    before = count_threads()
    with path.open("rb") as file:
        assert tables.read_parquet(file).equals(ROWS)
    assert tables.read_parquet(path).equals(ROWS)
    assert count_threads() == before


def test_csv_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    pc.write_csv(ROWS, path, pc.WriteOptions(delimiter=";"))
    assert tables.read_csv(path, parse_options=pc.ParseOptions(delimiter=";")).equals(ROWS)
