"""The rows of a task: read, told apart by their hashes, put in the order of these.

The hash of a row is of its numbers alone. Which rows are for the test, and in which order networks
see them, therefore depends neither on the order of the file nor on who reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lhnets.errors import IntegrityError
from lhnets_datasets.bench.task import SplitByFile, SplitByHash, Task
from lhnets_datasets.dataset import dataset
from lhnets_datasets.errors import TaskError

Array = NDArray[np.float64]
Hashes = NDArray[np.uint64]
HASH_TYPE = "<u8"
SHA256_KEY = b"lhnets.sha256"
"""Of the metadata of a table: the hash of its file."""


class RowSource(Protocol):
    """Where rows come from."""

    def table(self) -> pa.Table:
        """The rows, with the hash of their file in the metadata."""
        ...


@dataclass(frozen=True)
class TestRows:
    """Rows of a task in the order of their hashes.

    Attributes
    ----------
    signal : array of bool, shape (N,)
    columns : dict
        Column -> numbers, shape (N,).
    """

    __test__ = False

    signal: NDArray[np.bool_]
    columns: dict[str, Array]

    def __len__(self) -> int:
        return len(self.signal)

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_] | slice) -> TestRows:
        """Some of the rows."""
        return TestRows(self.signal[chosen], {n: c[chosen] for n, c in self.columns.items()})


def read_rows(
    task: Task, read_file: Callable[[str], bytes], data: RowSource | None = None
) -> tuple[TestRows, TestRows]:
    """The test rows of a task, and all others.

    Parameters
    ----------
    task : Task
    read_file : callable
        Gives the content of a file beside the task.
    data : RowSource, optional
        That of the library unless given.

    Raises
    ------
    IntegrityError
        If the data are not those that the task means.
    TaskError
        If a label is neither 0 nor 1, or the split leaves no test rows.
    """
    columns = _read_columns(task, data or dataset(task.data.set))
    label = columns[task.data.label]
    if not np.isin(label, (0, 1)).all():
        raise TaskError(
            f"the column {task.data.label} of {task.data.set} must be 1 for signal and 0 for "
            f"background, got {np.unique(label)[:5].tolist()}"
        )
    hashes = hash_rows(columns)
    order = np.argsort(hashes)
    rows = TestRows(label[order] == 1, {n: c[order] for n, c in columns.items()})
    tested = _choose_test(task, hashes[order], read_file)
    if not rows.signal[tested].any() or rows.signal[tested].all():
        raise TaskError(f"the split of {task.name} leaves no signal or no background for the test")
    return rows.take(tested), rows.take(~tested)


def _read_columns(task: Task, data: RowSource) -> dict[str, Array]:
    table = data.table()
    found = table.schema.metadata[SHA256_KEY].decode()
    if found != task.data.sha256:
        raise IntegrityError(
            f"{task.name} is judged on {task.data.set} with SHA-256 {task.data.sha256}, got "
            f"{found}: results on other rows cannot be compared"
        )
    return {n: table[n].to_numpy().astype(np.float64) for n in table.column_names}


def hash_rows(columns: dict[str, Array]) -> Hashes:
    """A 64-bit hash of the numbers of each row, columns in alphabetical order."""
    table = np.stack([columns[n] for n in sorted(columns)], axis=1).astype("<f8") + 0.0
    digests = b"".join(hashlib.blake2b(row, digest_size=8).digest() for row in table)
    return np.frombuffer(digests, dtype=HASH_TYPE).astype(np.uint64)


def _choose_test(
    task: Task, hashes: Hashes, read_file: Callable[[str], bytes]
) -> NDArray[np.bool_]:
    split = task.data.split
    match split:
        case SplitByHash():
            return hashes < np.uint64(min(int(split.test * 2.0**64), 2**64 - 1))
        case SplitByFile():
            return np.isin(hashes, _read_hashes(split, read_file(split.file)))


def _read_hashes(split: SplitByFile, content: bytes) -> Hashes:
    found = hashlib.sha256(content).hexdigest()
    if found != split.sha256:
        raise IntegrityError(
            f"{split.file} has changed: expected SHA-256 {split.sha256}, got {found}"
        )
    return np.frombuffer(content, dtype=HASH_TYPE)
