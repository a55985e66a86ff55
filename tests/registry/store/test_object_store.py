"""Files in an S3-compatible store: a real HTTP endpoint (moto's server), the database on
PostgreSQL."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from lhnets.errors import IntegrityError
from lhnets.format import read
from lhnets_registry.admission.admit import admit
from lhnets_registry.errors import StoreError
from lhnets_registry.location import Location
from lhnets_registry.maintenance.backup import backup, restore
from lhnets_registry.maintenance.check import check
from lhnets_registry.mirror import export as mirror
from lhnets_registry.publishing.publication import register
from lhnets_registry.review import decisions as review

Make = Callable[..., bytes]
SECRET = "not-a-secret-of-anybody"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    import boto3

    for name, value in (
        ("MLFLOW_S3_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "tester"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_MAX_ATTEMPTS", "1"),
    ):
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket="networks")
    yield "s3://networks/registry"
    for found in client.list_objects_v2(Bucket="networks").get("Contents", []):
        client.delete_object(Bucket="networks", Key=found["Key"])
    client.delete_bucket(Bucket="networks")
    client.close()


def keys(endpoint: str) -> list[str]:
    import boto3

    client = boto3.client("s3", endpoint_url=endpoint)
    found = [f["Key"] for f in client.list_objects_v2(Bucket="networks").get("Contents", [])]
    client.close()
    return found


def test_from_publication_to_mirror_and_backup(
    bucket: str, endpoint: str, empty_postgres: str, empty_store: Path, make: Make, tmp_path: Path
) -> None:
    location = Location.of(empty_postgres, bucket)
    register(read(make()), admit(b"").report, location, approve=True)
    register(read(make(version=2)), admit(b"").report, Location.of(empty_postgres))
    review.retract("cs-gluino-pair-lo@1", "wrong", Location.of(empty_postgres))
    mirror.export(tmp_path / "mirror", location, bundled=False, pages=False)
    assert check(location, mirror=tmp_path / "mirror").faults == ()
    assert len(keys(endpoint)) == 8
    backup(tmp_path / "saved.zip", location)
    small = Location.of(shutil.copytree(empty_store, tmp_path / "small"))
    restore(tmp_path / "saved.zip", small)
    assert [(v.identity, v.status) for v in review.listed(small)] == [
        ("cs-gluino-pair-lo@1", "retracted"),
        ("cs-gluino-pair-lo@2", "candidate"),
    ]


def test_an_interrupted_publication_leaves_no_objects(
    bucket: str, endpoint: str, empty_postgres: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lhnets_registry.store import MlflowClient

    location = Location.of(empty_postgres, bucket)

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "create_model_version", fail)
        with pytest.raises(StoreError, match="gone"):
            register(read(make()), admit(b"").report, location)
    assert keys(endpoint) == []
    register(read(make()), admit(b"").report, location)
    assert check(location).faults == ()
    assert len(keys(endpoint)) == 4


def test_changed_and_lost_objects_are_told(
    bucket: str, endpoint: str, empty_postgres: str, make: Make
) -> None:
    import boto3

    location = Location.of(empty_postgres, bucket)
    register(read(make()), admit(b"").report, location)
    (key,) = [k for k in keys(endpoint) if k.endswith("model.onnx")]
    client = boto3.client("s3", endpoint_url=endpoint)
    client.put_object(Bucket="networks", Key=key, Body=b"x")
    with pytest.raises(IntegrityError, match="Restore it from a backup"):
        review.approve("cs-gluino-pair-lo@1", location)
    client.delete_object(Bucket="networks", Key=key)
    (fault,) = check(location).faults
    assert "cs-gluino-pair-lo@1" in fault
    client.close()


def test_trouble_with_the_object_store_is_a_store_error(
    bucket: str, empty_postgres: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = Location.of(empty_postgres, bucket)
    register(read(make()), admit(b"").report, location)
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreError, match="cannot be written") as caught:
        register(read(make(version=2)), admit(b"").report, location)
    assert SECRET not in str(caught.value)


def test_the_extra_is_named_where_boto3_is_absent(
    empty_postgres: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(StoreError, match=r"lhnets\[s3\]"):
        register(
            read(make()), admit(b"").report, Location.of(empty_postgres, "s3://networks/registry")
        )
