"""The tables of data sets that ship with lhnets, read at most once."""

from __future__ import annotations

import functools
import hashlib
import io

import pyarrow as pa

from lhnets_datasets.library import collection as library
from lhnets_datasets.library.manifest import Manifest
from lhnets_datasets.tables import read_parquet


@functools.cache
def manifests() -> dict[str, Manifest]:
    """The manifests of the library, by name."""
    return library.manifests()


@functools.lru_cache(maxsize=2)
def table_of(name: str) -> tuple[pa.Table, str] | None:
    """The table of a set that ships with lhnets, with the SHA-256 of its file; None for other
    sets."""
    manifest = manifests().get(name)
    if manifest is None or manifest.available != "bundled" or len(manifest.files) != 1:
        return None
    file = library.data_file(manifest.files[0].name)
    if not (file.is_file() and manifest.files[0].name.endswith(".parquet")):
        return None
    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    return (read_parquet(io.BytesIO(content)), found) if found == manifest.files[0].sha256 else None


def bundled_table(name: str, sha256: str) -> pa.Table | None:
    """The table that ships with lhnets, if its file has this SHA-256."""
    found = table_of(name)
    return found[0] if found is not None and found[1] == sha256 else None
