"""The disk is full, or a quota is used up: the operating system refuses, the store says so and
stays whole."""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lhnets.format import read
from lhnets_registry.admission.admit import admit
from lhnets_registry.errors import StoreError, StoreFullError
from lhnets_registry.location import Location
from lhnets_registry.maintenance.check import check
from lhnets_registry.publishing.publication import register
from lhnets_registry.review import decisions as review

Make = Callable[..., bytes]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no small file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill_up(folder: Path, leave: int) -> Path:
    """Use up a disk but for ``leave`` bytes."""
    free = shutil.disk_usage(folder).free
    filler = folder / "filler"
    filler.write_bytes(b"\0" * max(0, free - leave))
    return filler


@pytest.mark.parametrize("leave", [0, 8192, 24576, 65536])
def test_an_embedded_store_on_a_full_disk(
    small_disk: Path, empty_store: Path, make: Make, leave: int
) -> None:
    location = Location.of(shutil.copytree(empty_store, small_disk / "store"))
    register(read(make()), admit(b"").report, location)
    filler = fill_up(small_disk, leave)

    def publish_for_ever() -> None:
        for number in range(2, 100):
            register(read(make(version=number)), admit(b"").report, location)

    with pytest.raises(StoreFullError, match="cannot be written"):
        publish_for_ever()
    filler.unlink()
    there = review.listed(location)
    assert [v.version for v in there] == list(range(1, len(there) + 1))
    assert check(location, repair=True).faults == ()
    assert register(read(make(version=len(there) + 1)), admit(b"").report, location).created
    assert check(location).faults == ()


def test_files_of_a_server_store_on_a_full_disk(
    small_disk: Path, empty_postgres: str, make: Make
) -> None:
    location = Location.of(empty_postgres, small_disk / "artifacts")
    register(read(make()), admit(b"").report, location)
    filler = fill_up(small_disk, 4096)
    with pytest.raises(StoreFullError, match="No space left"):
        register(read(make(version=2)), admit(b"").report, location)
    assert check(location).faults == ()
    assert [v.version for v in review.listed(location)] == [1]
    filler.unlink()
    assert register(read(make(version=2)), admit(b"").report, location).created


def _publish_with_a_quota(location: Location, content: bytes) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
    try:
        register(read(content), admit(b"").report, location)
    except StoreError:
        raise SystemExit(17) from None


def test_a_quota_that_is_used_up(location: Location, make: Make) -> None:
    register(read(make()), admit(b"").report, location)
    process = multiprocessing.get_context("fork").Process(
        target=_publish_with_a_quota, args=(location, make(version=2))
    )
    process.start()
    process.join(60)
    assert process.exitcode == 17
    assert check(location, repair=True).faults == ()
    assert [v.version for v in review.listed(location)] == [1]
    assert register(read(make(version=2)), admit(b"").report, location).created
