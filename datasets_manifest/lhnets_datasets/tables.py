"""Parquet and CSV files as tables, read without pyarrow's pool of threads.

pyarrow's own threads may still run when the interpreter ends. On a busy machine they then abort the
process after all its work is done: "terminate called without an active exception", seen for 7 of 60
scripts that read a Parquet file through a Python file object.
"""

from __future__ import annotations

from os import PathLike
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq


def read_parquet(source: str | PathLike[str] | IO[bytes]) -> pa.Table:
    """The table of a Parquet file.

    Raises
    ------
    pyarrow.ArrowException, OSError
        If it cannot be read.
    """
    with pq.ParquetFile(source, pre_buffer=False) as file:
        return file.read(use_threads=False)


def read_csv(source: str | PathLike[str] | IO[bytes], **options: Any) -> pa.Table:
    """The table of a CSV file with a heading; ``options`` as of ``pyarrow.csv.read_csv``.

    Raises
    ------
    pyarrow.ArrowException, OSError
        If it cannot be read.
    """
    return pc.read_csv(source, read_options=pc.ReadOptions(use_threads=False), **options)
