import errno
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets._fetching.cache import Cache
from lhnets.errors import CacheError, IntegrityError

CONTENT = b"cross sections" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
KEY = SHA256


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def partials(cache: Cache) -> list[Path]:
    folder = cache.folder / "partial"
    return sorted(folder.iterdir()) if folder.exists() else []


def leave(cache: Cache, key: str | None, content: bytes) -> None:
    """What a download leaves that is interrupted after ``content``."""

    def interrupted() -> None:
        with cache.writer(key) as writer:
            writer.write(content)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_added_bytes_are_found_read_and_verified(cache: Cache) -> None:
    path = cache.add_bytes(CONTENT, SHA256)
    assert path == cache.find(SHA256) == cache.verified(SHA256)
    assert path == cache.folder / "blobs" / "sha256" / SHA256[:2] / SHA256[2:]
    assert cache.read(SHA256) == CONTENT
    assert partials(cache) == []


def test_nothing_is_found_in_a_cache_that_does_not_exist(cache: Cache) -> None:
    assert cache.find(SHA256) is None
    assert cache.read(SHA256) is None
    assert cache.verified(SHA256) is None
    assert not cache.folder.exists()


def test_bytes_with_another_checksum_are_refused_and_leave_nothing(cache: Cache) -> None:
    with pytest.raises(IntegrityError, match=f"expected {SHA256}, got"):
        cache.add_bytes(b"something else", SHA256)
    assert cache.find(SHA256) is None
    assert partials(cache) == []


@pytest.mark.parametrize("method", ["read", "verified"])
def test_a_changed_file_is_removed_and_not_served(cache: Cache, method: str) -> None:
    path = cache.add_bytes(CONTENT, SHA256)
    path.write_bytes(CONTENT[:-1] + b"X")
    assert getattr(cache, method)(SHA256) is None
    assert not path.exists()


def test_a_link_is_not_served(cache: Cache, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_bytes(CONTENT)
    link = cache.path(SHA256)
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    assert cache.find(SHA256) is None
    assert cache.add_bytes(CONTENT, SHA256).is_symlink() is False


def test_the_folder_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LHNETS_CACHE", str(tmp_path / "mine"))
    assert Cache.default().folder == tmp_path / "mine"
    monkeypatch.delenv("LHNETS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert Cache.default().folder.name == "lhnets"


def test_an_interrupted_writer_is_continued_by_the_next_one(cache: Cache) -> None:
    leave(cache, KEY, CONTENT[:5000])
    assert cache.find(SHA256) is None
    with cache.writer(KEY) as writer:
        assert writer.size == 5000
        writer.write(CONTENT[5000:])
        assert writer.md5 == hashlib.md5(CONTENT).hexdigest()
        writer.commit(SHA256)
    assert cache.read(SHA256) == CONTENT
    assert partials(cache) == []


def test_a_writer_without_a_key_leaves_nothing(cache: Cache) -> None:
    leave(cache, None, CONTENT)
    assert partials(cache) == []


def test_a_temporary_in_use_is_not_taken_over(cache: Cache) -> None:
    with cache.writer(KEY) as first:
        first.write(CONTENT[:5000])
        with cache.writer(KEY) as second:
            assert second.size == 0
            second.write(CONTENT)
            second.commit(SHA256)
        first.write(CONTENT[5000:])
        first.commit(SHA256)
    assert cache.read(SHA256) == CONTENT


def test_a_restarted_writer_forgets_what_it_had(cache: Cache) -> None:
    with cache.writer(KEY) as writer:
        writer.write(b"something else that is much longer" * 1000)
        writer.restart()
        writer.write(CONTENT)
        assert writer.size == len(CONTENT)
        assert writer.commit(SHA256).read_bytes() == CONTENT


def test_the_bytes_of_a_killed_process_are_taken_over(cache: Cache) -> None:
    program = """
        import sys
        from lhnets._fetching.cache import Cache
        with Cache(sys.argv[1]).writer(sys.argv[2]) as writer:
            writer.write(b"x" * (3 << 20))
            print("written", flush=True)
            sys.stdin.read()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), str(cache.folder), KEY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        with cache.writer(KEY) as writer:
            assert writer.size == 0
        process.send_signal(signal.SIGKILL)
    with cache.writer(KEY) as writer:
        assert writer.size == 3 << 20


def test_only_old_temporaries_are_cleaned(cache: Cache) -> None:
    for key in ("a" * 64, "b" * 64):
        leave(cache, key, b"x")
    old, new = partials(cache)
    month_ago = time.time() - 30 * 24 * 3600
    os.utime(old, (month_ago, month_ago))
    cache.add_bytes(CONTENT, SHA256)
    assert partials(cache) == [new]


def test_a_link_or_hard_link_among_the_temporaries_is_not_written_to(
    cache: Cache, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    folder = cache.folder / "partial"
    folder.mkdir(parents=True)
    (folder / f"{KEY}.released.0").symlink_to(victim)
    (folder / f"{KEY}.released.1").hardlink_to(victim)
    with cache.writer(KEY) as writer:
        assert writer.size == 0
        writer.write(CONTENT)
    assert victim.read_bytes() == b"precious"


def test_a_full_disk_is_a_cache_error_and_leaves_nothing(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with cache.writer(KEY) as writer:
        writer.write(CONTENT[:10])
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            with pytest.raises(CacheError, match=r"No space left on device.*LHNETS_CACHE"):
                writer.write(CONTENT * 100)
    assert partials(cache) == []
    assert cache.find(SHA256) is None


def test_a_full_disk_found_when_flushing_is_a_cache_error(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CacheError, match="No space left"):
        cache.add_bytes(CONTENT, SHA256)
    assert cache.find(SHA256) is None
    assert partials(cache) == []


def test_a_cache_that_cannot_be_written_is_a_cache_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = Cache(tmp_path / "file" / "cache")
    assert cache.find(SHA256) is None
    with pytest.raises(CacheError, match="set LHNETS_CACHE to another one"):
        cache.add_bytes(CONTENT, SHA256)


def test_a_read_only_cache_still_serves(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.add_bytes(CONTENT, SHA256)

    def forbidden(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for name in ("mkdir", "unlink", "rename", "replace"):
        monkeypatch.setattr(os, name, forbidden)
    assert cache.read(SHA256) == CONTENT
    assert cache.verified(SHA256) == cache.path(SHA256)


def test_a_wrong_file_in_a_read_only_cache_is_refused_every_time(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cache.add_bytes(CONTENT, SHA256)
    path.write_bytes(b"wrong")

    def forbidden(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "unlink", forbidden)
    monkeypatch.setattr(os, "open", forbidden)
    assert cache.verified(SHA256) is None
    assert cache.verified(SHA256) is None
    with pytest.raises(CacheError, match="Read-only file system"):
        cache.add_bytes(CONTENT, SHA256)


def test_checksums_of_a_long_file_are_those_of_its_bytes(cache: Cache) -> None:
    block = bytes(range(256)) * 5000
    with cache.writer(KEY) as writer:
        for _ in range(20):
            writer.write(block)
        assert writer.md5 == hashlib.md5(block * 20).hexdigest()
        writer.write(b"end")
        whole = block * 20 + b"end"
        assert (writer.size, writer.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
        assert writer.commit().read_bytes() == whole
        assert (writer.sha256, writer.md5) == (
            hashlib.sha256(whole).hexdigest(),
            hashlib.md5(whole).hexdigest(),
        )
    with cache.writer(KEY) as writer:
        for _ in range(20):
            writer.write(block)
        writer.restart()
        writer.write(b"short")
        assert writer.sha256 == hashlib.sha256(b"short").hexdigest()


@given(st.lists(st.binary(max_size=200), max_size=8), st.integers(0, 8))
def test_any_interruption_and_continuation_gives_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], cut: int
) -> None:
    cache = Cache(tmp_path_factory.mktemp("cache"))
    whole, before = b"".join(pieces), b"".join(pieces[:cut])
    key = hashlib.sha256(whole).hexdigest()
    with cache.writer(key) as writer:
        writer.write(before)
    with cache.writer(key) as writer:
        assert writer.size == len(before)
        writer.write(whole[writer.size :])
        writer.commit(key)
    assert cache.read(key) == whole
