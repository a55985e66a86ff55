"""Data sets as Parquet files with units and meanings in the file, and their manifests."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lhnets.errors import Error
from lhnets.format import Author
from lhnets_datasets.library.manifest import Column, File, Manifest
from lhnets_datasets.tables import read_parquet
from lhnets_training.recipe import RecipeDataSet, Rows

SET_KEY = b"lhnets.dataset"


class TableColumnsError(Error, ValueError):
    """A table that does not have the columns of its data set."""


def write(path: Path, dataset: RecipeDataSet, rows: Rows) -> None:
    """Write ``rows`` as the Parquet file of ``dataset``; each field carries its unit, meaning and
    role.

    Raises
    ------
    TableColumnsError
        If the columns are not those that the data set declares.
    """
    declared = [c.name for c in dataset.columns]
    if list(rows) != declared:
        raise TableColumnsError(
            f"the data set {dataset.name} declares the columns {declared}, but the labels have "
            f"{list(rows)}"
        )
    arrays = [pa.array(rows[c.name]) for c in dataset.columns]
    fields = [
        pa.field(c.name, a.type, metadata={"unit": c.unit, "meaning": c.meaning, "role": c.role})
        for c, a in zip(dataset.columns, arrays, strict=True)
    ]
    table = pa.Table.from_arrays(
        arrays, schema=pa.schema(fields, metadata={SET_KEY: dataset.name.encode()})
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    floats = [
        c.name for c, a in zip(dataset.columns, arrays, strict=True) if pa.types.is_floating(a.type)
    ]
    pq.write_table(
        table,
        partial,
        compression="zstd",
        compression_level=19,
        use_dictionary=[n for n in declared if n not in floats],
        column_encoding=dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
        row_group_size=1 << 20,
    )
    partial.replace(path)


def read(path: Path, dataset: RecipeDataSet) -> Rows:
    """The columns of a Parquet file as arrays.

    Raises
    ------
    TableColumnsError
        If the file lacks a column that the data set declares.
    """
    table = read_parquet(path)
    missing = [c.name for c in dataset.columns if c.name not in table.column_names]
    if missing:
        raise TableColumnsError(
            f"{path.name} lacks the columns {missing} of the data set {dataset.name}; it has "
            f"{table.column_names}"
        )
    return {c.name: table.column(c.name).to_numpy() for c in dataset.columns}


def bundled(dataset: RecipeDataSet) -> Path | None:
    """The Parquet file of a data set that ships with lhnets, where it does."""
    path = Path(str(files("lhnets_datasets").joinpath("data", f"{dataset.name}.parquet")))
    return path if path.exists() else None


def columns(
    rows: Rows, dataset: RecipeDataSet, role: str
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The columns of one role side by side, shape (N, columns)."""
    chosen = [c.name for c in dataset.columns if c.role == role]
    return np.stack([np.asarray(rows[n], dtype=np.float64) for n in chosen], axis=1)


def manifest(
    path: Path, dataset: RecipeDataSet, rows: int, authors: tuple[Author, ...]
) -> Manifest:
    """The manifest of a bundled data set, whose file is at ``path``."""
    content = path.read_bytes()
    file = File(
        name=path.name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
    )
    return Manifest(
        name=dataset.name,
        title=dataset.title,
        description=dataset.description,
        available="bundled",
        licence=dataset.licence,
        authors=authors,
        files=(file,),
        rows=rows,
        columns=dataset.columns,
        generator=dataset.generator,
        references=dataset.references,
    )


def bundle(folder: Path, path: Path, dataset: RecipeDataSet, authors: tuple[Author, ...]) -> None:
    """Copy the Parquet file at ``path`` into ``folder``/data and write its manifest into
    ``folder``/manifests."""
    target = folder / "data" / f"{dataset.name}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    if not (target.exists() and target.samefile(path)):
        target.write_bytes(path.read_bytes())
    described = manifest(target, dataset, pq.read_metadata(target).num_rows, authors)
    manifests = folder / "manifests"
    manifests.mkdir(parents=True, exist_ok=True)
    (manifests / f"{dataset.name}.yaml").write_bytes(msgspec.yaml.encode(described))


def column(name: str, unit: str, meaning: str, role: str) -> Column:
    """A column of a data set; ``role`` is input, target, error, weight, label or other."""
    return msgspec.convert({"name": name, "unit": unit, "meaning": meaning, "role": role}, Column)
