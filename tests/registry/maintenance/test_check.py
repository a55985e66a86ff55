"""What a check finds and what it can fix, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lhnets.format import read
from lhnets_registry.admission.admit import admit
from lhnets_registry.errors import StoreError
from lhnets_registry.location import Location
from lhnets_registry.maintenance.check import check, recover
from lhnets_registry.mirror import export as mirrors
from lhnets_registry.publishing.publication import register
from lhnets_registry.review import decisions as review

Make = Callable[..., bytes]


@pytest.fixture
def filled(location: Location, make: Make) -> Location:
    for number in (1, 2):
        register(read(make(version=number)), admit(b"").report, location, approve=True)
    return location


def client(location: Location) -> Any:
    from lhnets_registry.store import MlflowClient

    return MlflowClient(location.uri, location.uri)


def stored(location: Location, version: int, name: str) -> Path:
    run = next(v.run_id for v in review.listed(location) if v.version == version)
    (path,) = (Path(location.artifacts or "") / run).glob(f"**/{name}")
    return path


def test_a_store_as_published_has_no_faults(filled: Location, tmp_path: Path) -> None:
    review.retract("cs-gluino-pair-lo@1", "wrong", filled)
    mirrors.export(tmp_path / "mirror", filled, bundled=False)
    done = check(filled, mirror=tmp_path / "mirror", repair=True)
    assert (done.versions, done.faults, done.repaired) == (2, (), ())


def test_damage_is_told_and_not_mended(filled: Location, make: Make) -> None:
    stored(filled, 1, "model.onnx").write_bytes(make(version=2))
    stored(filled, 2, "model.onnx").unlink()
    stored(filled, 2, "card.json").unlink()
    found = check(filled, repair=True).faults
    assert len(found) == 2
    assert "cs-gluino-pair-lo@1: the file of cs-gluino-pair-lo@1" in found[0]
    assert "No such file" in found[1]


def test_cards_reports_and_tags_must_agree(filled: Location, make: Make) -> None:
    stored(filled, 1, "card.json").write_bytes(read(make(title="another")).card.to_json())
    stored(filled, 2, "admission.json").write_bytes(b"{}")
    client(filled).set_model_version_tag("cs-gluino-pair-lo", "2", "title", "another")
    found = "\n".join(check(filled).faults)
    assert "@1: the card beside its file is not the card in it" in found
    assert "@2: its kind, subject or title in the store are not those of its card" in found
    assert "`sha256`" in found


def test_what_an_interrupted_step_left_is_mended(filled: Location) -> None:
    c = client(filled)
    name = "cs-gluino-pair-lo"
    experiment = c.get_experiment_by_name("lhnets").experiment_id
    open_run = c.create_run(experiment)
    c.log_text(open_run.info.run_id, "x", "model/model.onnx")
    gone = c.create_run(experiment)
    c.log_text(gone.info.run_id, "x", "model/model.onnx")
    c.delete_run(gone.info.run_id)
    c.update_run(c.get_model_version(name, "2").run_id, status="RUNNING")
    c.create_registered_model("cs-nothing", tags={"lhnets": "network"})
    c.set_registered_model_alias(name, "verified", "1")
    c.set_registered_model_alias(name, "candidate", "1")
    c.set_model_version_tag(name, "1", "reason", "about to be retracted")
    (Path(filled.artifacts or "") / "theirs").mkdir()
    (Path(filled.artifacts or "") / ("0" * 32)).mkdir()
    found = check(filled).faults
    assert len(found) == 6, found
    assert check(filled).faults == found
    done = check(filled, repair=True)
    assert (done.repaired, done.faults) == (found, ())
    assert check(filled).faults == ()
    assert {p.name for p in Path(filled.artifacts or "").iterdir()} >= {"theirs", "0" * 32}
    assert [(v.version, v.status, v.reason) for v in review.listed(filled)] == [
        (1, "verified", ""),
        (2, "verified", ""),
    ]


def test_recovery_mends_before_a_service_starts(filled: Location, tmp_path: Path) -> None:
    c = client(filled)
    c.create_run(c.get_experiment_by_name("lhnets").experiment_id)
    assert len(recover(filled)) == 1
    assert recover(filled) == ()
    assert recover(Location.of(tmp_path / "none")) == ()


def test_a_mirror_that_is_behind_is_told(filled: Location, make: Make, tmp_path: Path) -> None:
    mirrors.export(tmp_path / "mirror", filled, bundled=False)
    register(read(make(version=3)), admit(b"").report, filled, approve=True)
    review.retract("cs-gluino-pair-lo@2", "wrong", filled)
    found = check(filled, mirror=tmp_path / "mirror").faults
    assert len(found) == 2
    assert "lo@2 is retracted in the store and verified there" in found[0]
    assert "lo@3 is verified in the store and absent there" in found[1]
    mirrors.export(tmp_path / "mirror", filled, bundled=False)
    assert check(filled, mirror=tmp_path / "mirror").faults == ()
    (blob,) = (tmp_path / "mirror").glob(f"blobs/sha256/*/{read(make(version=3)).sha256[2:]}")
    blob.write_bytes(b"x")
    assert any("lo@3" in fault for fault in check(filled, mirror=tmp_path / "mirror").faults)
    assert "cannot read" in check(filled, mirror=tmp_path / "none").faults[0]


def test_a_status_that_nobody_gave_stops_everything(filled: Location) -> None:
    client(filled).set_model_version_tag("cs-gluino-pair-lo", "2", "status", "perfect")
    with pytest.raises(StoreError, match="'perfect' in the store, expected one of candidate"):
        check(filled)


def test_an_absent_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        check(Location.of(tmp_path / "none"))
