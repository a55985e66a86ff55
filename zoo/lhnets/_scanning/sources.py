"""What paths stand for: tables in files, SLHA files, or a dataset of pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from lhnets._scanning.files import (
    BATCH,
    CSV,
    PARQUET,
    CsvSource,
    ParquetSource,
    TableFiles,
    list_files,
)
from lhnets._scanning.spectra import SLHA, SpectrumSource
from lhnets.errors import ParameterError

Given: TypeAlias = str | Path | Sequence[str | Path]
"""A file, a folder, or a list of them."""


class DatasetSource(TableFiles):
    """A dataset of pyarrow."""

    def __init__(self, dataset: Any) -> None:
        super().__init__([Path(p) for p in getattr(dataset, "files", ()) if Path(p).is_file()])
        self._dataset = dataset

    @property
    def schema(self) -> Any:
        """Its Arrow schema."""
        return self._dataset.schema

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self._dataset.count_rows())

    def batches(self, skip: int, columns: Sequence[str]) -> Iterator[Any]:
        """Record batches from the row ``skip`` on."""
        read = self._dataset.to_batches(
            batch_size=BATCH, batch_readahead=1, fragment_readahead=1, use_threads=False
        )
        for batch in read:
            if skip < batch.num_rows:
                yield batch.slice(skip)
            skip = max(0, skip - batch.num_rows)


def is_dataset(table: Any) -> bool:
    """Whether it is a dataset of pyarrow."""
    return type(table).__module__ == "pyarrow._dataset"


def open_source(source: Any) -> TableFiles:
    """The table in a file, a folder of files, a list of files, or a dataset.

    Raises
    ------
    ParameterError
        If there is none, files are of different kinds, or the kind is unknown.
    """
    if is_dataset(source):
        return DatasetSource(source)
    paths = list_files(source)
    for suffixes, kind in ((PARQUET, ParquetSource), (CSV, CsvSource)):
        if all(path.name.lower().endswith(suffixes) for path in paths):
            return kind(paths)
    if all(_is_spectrum(path) for path in paths):
        return SpectrumSource(paths, _folder_of(source, paths))
    raise ParameterError(
        f"cannot tell what is in {paths[0]}: expected files that end in "
        f"{', '.join((*PARQUET, *CSV, *SLHA))}, all of one kind"
    )


def _is_spectrum(path: Path) -> bool:
    return any(suffix.lower() in SLHA for suffix in path.suffixes)


def _folder_of(source: Given, paths: Sequence[Path]) -> Path:
    """What the names of SLHA files are told relative to."""
    if isinstance(source, (str, Path)):
        return Path(source) if Path(source).is_dir() else Path(source).parent
    parents = [path.resolve().parent for path in paths]
    return parents[0] if len(set(parents)) == 1 else Path(paths[0].anchor)
