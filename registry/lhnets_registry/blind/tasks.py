"""The blind tasks of a registry: a folder with NAME.yaml and NAME.parquet for each.

Neither the rows nor the labels leave the registry. What is public of a task is its definition
without the name and hash of its data.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from lhnets_datasets.bench.result import Result
from lhnets_datasets.bench.rows import SHA256_KEY, TestRows, read_rows
from lhnets_datasets.bench.task import Task
from lhnets_datasets.tables import read_parquet
from lhnets_registry.errors import UnknownTaskError

_SUFFIX = ".yaml"
_RESULTS = "results"


class LocalTable:
    """A Parquet file as a data set."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def table(self) -> pa.Table:
        """Its rows, with its SHA-256 in their metadata."""
        found = hashlib.sha256(self._path.read_bytes()).hexdigest()
        return read_parquet(self._path).replace_schema_metadata({SHA256_KEY: found.encode()})


class BlindTasks:
    """The tasks in ``folder``; none if there is no folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Their names, in alphabetical order."""
        if self._folder is None:
            return []
        return sorted(path.stem for path in self._folder.glob(f"*{_SUFFIX}"))

    def get(self, name: str) -> Task:
        """The task called ``name``.

        Raises
        ------
        UnknownTaskError
            If there is none.
        """
        if self._folder is None or name not in self.names():
            known = ", ".join(self.names()) or "none"
            raise UnknownTaskError(f"there is no blind task {name!r} here; there are: {known}")
        path = self._folder / f"{name}{_SUFFIX}"
        return Task.from_yaml(path.read_bytes(), path.name)

    def read(self, task: Task) -> TestRows:
        """The rows of a task."""
        assert self._folder is not None
        folder = self._folder
        data = LocalTable(folder / f"{task.name}.parquet")
        return read_rows(task, lambda file: (folder / file).read_bytes(), data)[0]

    def keep(self, result: Result, sha256: str) -> None:
        """Keep the full result of a file here, for comparisons with others."""
        assert self._folder is not None
        result.write(self._folder / _RESULTS, sha256)

    def results(self, task: Task) -> dict[str, Result]:
        """The full results by the SHA-256 of their files."""
        if self._folder is None:
            return {}
        found = (self._folder / _RESULTS / task.name).glob("*.json")
        return {path.stem: Result.from_json(path.read_bytes(), path.name) for path in found}


def publish_definition(task: Task) -> dict[str, Any]:
    """What is public of a task."""
    plain: dict[str, Any] = msgspec.to_builtins(task)
    return {k: v for k, v in plain.items() if k not in ("data", "baselines")}
