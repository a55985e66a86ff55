"""Backup and restoration, from and to SQLite and PostgreSQL."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lhnets.errors import IntegrityError
from lhnets.format import read
from lhnets_registry.admission.admit import admit
from lhnets_registry.errors import StoreError
from lhnets_registry.ledger import audit, tokens
from lhnets_registry.location import Location
from lhnets_registry.maintenance.backup import backup, restore
from lhnets_registry.maintenance.check import check
from lhnets_registry.publishing.publication import register
from lhnets_registry.review import decisions as review

Make = Callable[..., bytes]


def fill(location: Location, make: Make) -> None:
    """Every status, two names, a token."""
    report = admit(b"").report
    for number in (1, 2, 3):
        register(
            read(make(version=number, slope=1.0 + number / 10)),
            report,
            location,
            approve=number < 3,
        )
    register(read(make(name="cs-other-pair")), report, location)
    review.retract("cs-gluino-pair-lo@1", "alpha_s was wrong", location)
    review.reject("cs-gluino-pair-lo@3", "worse", location)
    tokens.create(location, ["publish"], "a group")


def told(location: Location) -> list[tuple[object, ...]]:
    return [
        (v.identity, v.status, v.reason, v.sha256, v.published, v.title)
        for v in review.listed(location)
    ]


@pytest.mark.parametrize("target", ["saved.zip", "saved"])
def test_a_store_comes_back_whole(
    location: Location, make: Make, tmp_path: Path, target: str, empty_store: Path
) -> None:
    fill(location, make)
    made = backup(tmp_path / target, location)
    assert len(made.versions) == 4
    again = Location.of(shutil.copytree(empty_store, tmp_path / "again"))
    restore(tmp_path / target, again)
    assert told(again) == told(location)
    assert tokens.listed(again) == tokens.listed(location)
    assert audit.listed(again)[:-1] == audit.listed(location)
    assert check(again).faults == ()
    restore(tmp_path / target, again)
    assert told(again) == told(location)


def test_an_embedded_store_moves_to_a_server(
    store_folder: Path, empty_postgres: str, make: Make, tmp_path: Path
) -> None:
    small = Location.of(store_folder)
    fill(small, make)
    backup(tmp_path / "saved", small)
    large = Location.of(empty_postgres, tmp_path / "artifacts")
    restore(tmp_path / "saved", large)
    assert told(large) == told(small)
    assert check(large).faults == ()


def test_a_folder_is_brought_up_to_date(location: Location, make: Make, tmp_path: Path) -> None:
    register(read(make()), admit(b"").report, location)
    backup(tmp_path / "saved", location)
    (first,) = (tmp_path / "saved" / "files").iterdir()
    before = first.stat().st_mtime_ns
    register(read(make(version=2)), admit(b"").report, location)
    backup(tmp_path / "saved", location)
    assert first.stat().st_mtime_ns == before
    first.write_bytes(b"damaged")
    backup(tmp_path / "saved", location)
    assert read(first.read_bytes()).card.version == 1
    assert len(list((tmp_path / "saved" / "files").iterdir())) == 2
    assert (tmp_path / "saved" / "backup.json").stat().st_mode & 0o077 == 0


def test_a_store_that_holds_something_else_is_left_alone(
    location: Location, make: Make, tmp_path: Path, empty_store: Path
) -> None:
    register(read(make()), admit(b"").report, location)
    backup(tmp_path / "saved.zip", location)
    other = Location.of(shutil.copytree(empty_store, tmp_path / "other"))
    register(read(make(slope=1.0)), admit(b"").report, other)
    before = told(other)
    with pytest.raises(
        StoreError, match="holds cs-gluino-pair-lo@1, which the backup does not have so"
    ):
        restore(tmp_path / "saved.zip", other)
    assert told(other) == before


def test_a_damaged_backup_changes_nothing(store_folder: Path, make: Make, tmp_path: Path) -> None:
    location = Location.of(store_folder)
    register(read(make()), admit(b"").report, location)
    register(read(make(version=2)), admit(b"").report, location)
    backup(tmp_path / "saved", location)
    last = tmp_path / "saved" / "files" / f"{read(make(version=2)).sha256}.onnx"
    content = last.read_bytes()
    target = Location.of(tmp_path / "target")
    last.write_bytes(content[:-1] + b"x")
    with pytest.raises(IntegrityError, match="lo@2 in the backup has SHA-256"):
        restore(tmp_path / "saved", target)
    last.unlink()
    with pytest.raises(StoreError, match="cannot be read: No such file"):
        restore(tmp_path / "saved", target)
    last.write_bytes(content)
    contents = json.loads((tmp_path / "saved" / "backup.json").read_bytes())
    (tmp_path / "saved" / "backup.json").write_text(json.dumps(contents | {"format": 2}))
    with pytest.raises(StoreError, match="format 2, expected 1"):
        restore(tmp_path / "saved", target)
    (tmp_path / "saved" / "backup.json").write_text("{}")
    with pytest.raises(StoreError, match="is not a backup of a store"):
        restore(tmp_path / "saved", target)
    (tmp_path / "saved.zip").write_bytes(b"PK")
    with pytest.raises(StoreError, match="not a zip file"):
        restore(tmp_path / "saved.zip", target)
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    with pytest.raises(StoreError, match=r"backup\.json"):
        restore(tmp_path / "empty.zip", target)
    assert review.listed(target) == []


def test_nothing_is_saved_of_a_store_that_is_damaged(
    location: Location, make: Make, tmp_path: Path
) -> None:
    done = register(read(make()), admit(b"").report, location)
    (stored,) = Path(location.artifacts or "").glob(f"{done.run_id}/**/model.onnx")
    stored.write_bytes(b"damaged")
    with pytest.raises(IntegrityError, match="backup or a mirror"):
        backup(tmp_path / "saved.zip", location)
    assert not list(tmp_path.glob("*saved*"))


def test_a_store_that_is_absent_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        backup(tmp_path / "saved.zip", Location.of(tmp_path / "none"))
    assert not (tmp_path / "none").exists()
