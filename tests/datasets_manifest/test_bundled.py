from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lhnets.errors import IntegrityError
from lhnets_datasets import dataset
from lhnets_datasets.checks import check_files
from lhnets_datasets.errors import DataSetNotFoundError
from lhnets_datasets.fetching.fetch import Fetcher
from lhnets_datasets.library import collection as library

BUNDLED = [name for name, m in library.manifests().items() if m.available == "bundled"]


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_set_is_what_its_manifest_says(name: str) -> None:
    found = dataset(name)
    table = found.table()
    assert table.num_rows == found.manifest.rows
    assert table.column_names == [c.name for c in found.manifest.columns]
    for field in table.schema:
        assert field.metadata[b"unit"]
        assert field.metadata[b"meaning"]
    assert all(r.passed for r in check_files(found.manifest, Fetcher()))


@pytest.mark.skipif(not BUNDLED, reason="no data set is bundled")
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_bundled_set_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    manifest = library.get(BUNDLED[0])
    content = library.data_file(manifest.files[0].name).read_bytes()
    if damage == "changed":
        (tmp_path / manifest.files[0].name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    monkeypatch.setattr(library, "data_file", lambda name: tmp_path / name)
    error = IntegrityError if damage == "changed" else DataSetNotFoundError
    with pytest.raises(error, match=r"[Ii]nstall lhnets again"):
        _ = dataset(BUNDLED[0]).files
    assert not any(r.passed for r in check_files(manifest, Fetcher()))


@pytest.mark.skipif(not BUNDLED, reason="no data set is bundled")
def test_a_bundled_set_that_is_no_file_on_a_disk_is_served_from_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = library.data_file(library.get(BUNDLED[0]).files[0].name).read_bytes()

    class InAnArchive:
        def read_bytes(self) -> bytes:
            return content

    monkeypatch.setattr(library, "data_file", lambda name: InAnArchive())
    path = dataset(BUNDLED[0]).path
    assert path.is_relative_to(tmp_path / "cache")
    assert pq.read_table(path).num_rows == library.get(BUNDLED[0]).rows
