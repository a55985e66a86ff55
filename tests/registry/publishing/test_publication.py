"""From a file on disk to a candidate, with the admission on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lhnets.errors import NetworkFileError
from lhnets_registry import publish
from lhnets_registry.admission.limits import Limits
from lhnets_registry.errors import AdmissionError, NameConflictError
from lhnets_registry.mirror.export import bundled_mirror
from lhnets_registry.report import ITEMS
from lhnets_registry.review import decisions as review

from ..conftest import sealed, small_model

Make = Callable[..., bytes]


def test_a_good_file_becomes_a_candidate(store_folder: Path, good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(good)
    done = publish(path, store_folder, bundled=False)
    assert (done.identity, done.status, done.created) == ("cs-gluino-pair-lo@1", "candidate", True)
    assert done.report.admitted
    version, report = review.shown("cs-gluino-pair-lo@1", store_folder)
    assert report == done.report
    assert version.sha256 == done.sha256
    again = publish(path, store_folder, approve=True, bundled=False)
    assert (again.status, again.created) == ("verified", False)


def test_a_refused_file_never_reaches_a_store(tmp_path: Path) -> None:
    path = tmp_path / "changed.onnx"
    path.write_bytes(sealed(small_model(slope=2.1)))
    refusal = rf"changed.onnx is not admitted: 1 of {len(ITEMS)} checks fail\n  - reference_points:"
    with pytest.raises(AdmissionError, match=refusal) as caught:
        publish(path, tmp_path / "store")
    assert [f.item for f in caught.value.report.failures] == ["reference_points"]
    assert not (tmp_path / "store").exists()


def test_the_size_limit_can_be_moved(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(good)
    with pytest.raises(AdmissionError, match="more than 1,000 bytes"):
        publish(path, tmp_path / "store", limits=Limits(file_bytes=1000))


def test_only_ordinary_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NetworkFileError, match="not an ordinary file"):
        publish(tmp_path / "pipe", tmp_path / "store")
    with pytest.raises(NetworkFileError, match="No such file"):
        publish(tmp_path / "absent.onnx", tmp_path / "store")
    with pytest.raises(NetworkFileError, match="not an ordinary file"):
        publish(tmp_path, tmp_path / "store")


def test_another_file_for_a_bundled_version_is_refused(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(good)
    with pytest.raises(
        NameConflictError, match=r"cs-gluino-pair-lo@1 comes with lhnets, .* Choose another name"
    ):
        publish(path, tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_bundled_network_itself_may_be_published(store_folder: Path, tmp_path: Path) -> None:
    mirror = bundled_mirror()
    entry = min(mirror.index.networks, key=lambda e: e.size)
    path = tmp_path / "network.onnx"
    path.write_bytes(mirror.fetch(entry)[1])
    assert publish(path, store_folder).sha256 == entry.sha256


def test_a_name_like_a_bundled_one_is_refused(
    store_folder: Path, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lhnets.format import Entry, Index, read

    content = make()
    (tmp_path / "index.json").write_bytes(
        Index.of([Entry.of(read(content).card, content, "verified")]).to_json()
    )
    monkeypatch.setattr("lhnets_registry.mirror.export.BUNDLED", tmp_path)
    path = tmp_path / "network.onnx"
    path.write_bytes(make(name="cs-gluino-pair-1o"))
    with pytest.raises(NameConflictError, match="could be taken for cs-gluino-pair-lo"):
        publish(path, store_folder)
