"""The cache under fire: many processes at once, and processes killed at every kind of moment."""

import hashlib
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import httpx  # noqa: F401  (imported once here, not in each child)
import pytest
from local_zenodo import Fault, LocalZenodo

from lhnets._fetching import cache as _cache
from lhnets._fetching.cache import Cache
from lhnets._fetching.download import Downloader, download
from lhnets_datasets import dataset
from lhnets_datasets.fetching import fetch
from lhnets_datasets.fetching.fetch import Fetcher

pytestmark = [
    # The children fetch and write files, and use nothing of the threads that other tests started.
    pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning"),
]

CONTENT = random.Random(1).randbytes(4 << 20)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def in_child(act: Callable[[], object]) -> int:
    """Run ``act`` in a forked process; gives its process number."""
    process = os.fork()
    if process == 0:
        try:
            act()
            os._exit(0)
        finally:
            os._exit(1)
    return process


def status_of(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def blobs(folder: Path) -> list[Path]:
    return [p for p in (folder / "blobs").rglob("*") if p.is_file()]


@pytest.fixture
def without_parallel_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread: a forked child may start no thread while the server's threads hold locks."""
    monkeypatch.setattr(fetch, "PARALLEL", 1)


@pytest.mark.usefixtures("without_parallel_threads")
def test_sixteen_processes_fetch_one_set_into_one_cache(
    zenodo: LocalZenodo, tmp_path: Path
) -> None:
    record = zenodo.add_record({"a.bin": CONTENT, "b.bin": CONTENT[::-1]})
    zenodo.faults.add(Fault("/content", cut_after=2 << 20, times=5))

    def act() -> None:
        files = dataset(record.doi, fetcher=Fetcher()).files
        assert files["a.bin"].read_bytes() == CONTENT
        assert files["b.bin"].read_bytes() == CONTENT[::-1]

    running = [in_child(act) for _ in range(16)]
    assert [status_of(p) for p in running] == [0] * 16
    cache = tmp_path / "cache"
    assert len(blobs(cache)) == 2
    assert list((cache / "partial").iterdir()) == []


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(function: Callable[..., object], *, first: bool) -> Callable[..., object]:
    """``function`` that kills its process before or after its work."""

    def last(*arguments: object) -> object:
        if first:
            die()
        answer = function(*arguments)
        die()
        return answer

    return last


def at_byte(count: int) -> Callable[[], None]:
    """Kill the process when so many bytes have arrived."""

    def prepare() -> None:
        write = _cache.Writer.write

        def counted(writer: _cache.Writer, content: bytes) -> None:
            write(writer, content)
            if writer.size >= count:
                die()

        _cache.Writer.write = counted  # type: ignore[method-assign, assignment]

    return prepare


def at_call(owner: object, name: str, *, first: bool) -> Callable[[], None]:
    """Kill the process before or after it calls a function."""
    return lambda: setattr(owner, name, dying(getattr(owner, name), first=first))


MOMENTS = [at_byte(n) for n in random.Random(2).sample(range(len(CONTENT)), 42)] + [
    at_call(owner, name, first=first)
    for owner, name in ((os, "fsync"), (Path, "replace"), (os, "close"), (_cache, "_take_over"))
    for first in (True, False)
]


@pytest.mark.long
def test_a_process_killed_at_fifty_moments_leaves_nothing_wrong(
    zenodo: LocalZenodo, tmp_path: Path
) -> None:
    zenodo.files["/file"] = CONTENT
    url = f"{zenodo.origin}/file"
    cache = Cache(tmp_path / "cache")
    assert len(MOMENTS) == 50
    for prepare in MOMENTS:

        def act(prepare: Callable[[], None] = prepare) -> None:
            prepare()
            Downloader().fetch(url, sha256=SHA256, cache=cache)

        assert status_of(in_child(act)) == -signal.SIGKILL
        for blob in blobs(cache.folder):
            assert blob == cache.path(SHA256)
            assert blob.read_bytes() == CONTENT
            blob.unlink()
    assert download(url, sha256=SHA256, cache=cache).read_bytes() == CONTENT
    assert list((cache.folder / "partial").iterdir()) == []
    assert sum(r.headers.get("range") is not None for r in zenodo.requests) > 30
