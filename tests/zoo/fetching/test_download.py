import email.utils
import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_zenodo import Fault, HttpServer

from lhnets._fetching.addresses import scrub
from lhnets._fetching.cache import Cache
from lhnets._fetching.download import (
    Downloader,
    Fetched,
    download,
    get_bytes,
    offline,
    user_agent,
)
from lhnets._fetching.transfer import StatusError
from lhnets.errors import CacheError, IntegrityError, MirrorError, OfflineError

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
TOKEN = "s3cr3t-t0k3n"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as server:
        server.files["/file"] = CONTENT
        yield server


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def downloader(waits: list[float]) -> Iterator[Downloader]:
    with Downloader(wait=waits.append) as downloader:
        yield downloader


def left_over(cache: Cache) -> list[Path]:
    folder = cache.folder / "partial"
    return list(folder.iterdir()) if folder.exists() else []


def ranges(server: HttpServer) -> list[str | None]:
    return [r.headers.get("range") for r in server.requests]


def test_a_file_is_fetched_once_and_verified(
    server: HttpServer, cache: Cache, downloader: Downloader
) -> None:
    url = f"{server.origin}/file"
    expected = Fetched(cache.path(SHA256), SHA256, MD5, len(CONTENT))
    assert downloader.fetch(url, sha256=SHA256, md5=MD5, size=len(CONTENT), cache=cache) == expected
    assert downloader.fetch(url, sha256=SHA256, cache=cache) == expected
    assert cache.read(SHA256) == CONTENT
    assert server.lines() == ["GET /file"]
    assert server.requests[0].headers["user-agent"] == user_agent()
    assert user_agent().startswith("lhnets/")


def test_the_plain_functions_do_the_same(server: HttpServer, cache: Cache) -> None:
    url = f"{server.origin}/file"
    assert download(url, sha256=SHA256, size=len(CONTENT), cache=cache) == cache.path(SHA256)
    assert get_bytes(url) == CONTENT


def test_a_file_without_known_checksum_is_stored_under_the_one_it_has(
    server: HttpServer, cache: Cache, downloader: Downloader
) -> None:
    fetched = downloader.fetch(f"{server.origin}/file", cache=cache)
    assert (fetched.sha256, fetched.md5, fetched.size) == (SHA256, MD5, len(CONTENT))


def test_a_long_file_is_hashed_beside_its_download(
    server: HttpServer, cache: Cache, downloader: Downloader
) -> None:
    long = CONTENT * 20
    server.files["/file"] = long
    server.faults.add(Fault("/file", cut_after=15_000_000))
    expected = (hashlib.sha256(long).hexdigest(), hashlib.md5(long).hexdigest(), len(long))
    fetched = downloader.fetch(f"{server.origin}/file", sha256=expected[0], cache=cache)
    assert (fetched.sha256, fetched.md5, fetched.size) == expected
    assert fetched.path.read_bytes() == long


@pytest.mark.parametrize("known", [{"sha256": SHA256}, {"md5": MD5}, {}])
def test_a_cut_connection_is_resumed_where_it_broke(
    server: HttpServer,
    cache: Cache,
    downloader: Downloader,
    waits: list[float],
    known: dict[str, str],
) -> None:
    server.faults.add(Fault("/file", cut_after=300_000, times=3))
    fetched = downloader.fetch(f"{server.origin}/file", cache=cache, **known)
    assert fetched.path.read_bytes() == CONTENT
    got = [int(r.removeprefix("bytes=").removesuffix("-")) if r else 0 for r in ranges(server)]
    assert got == sorted(got)
    assert got[-1] > 0
    assert waits == []


def test_a_file_that_changes_while_it_is_fetched_comes_whole(
    server: HttpServer, cache: Cache, downloader: Downloader
) -> None:
    other = CONTENT[::-1]
    server.faults.add(Fault("/file", cut_after=300_000))
    fetched = downloader.fetch(
        f"{server.origin}/file",
        cache=cache,
        progress=lambda done, total: server.files.update({"/file": other}),
    )
    assert fetched.path.read_bytes() == other


def test_a_server_that_ignores_ranges_sends_the_whole_again(
    server: HttpServer, cache: Cache, downloader: Downloader
) -> None:
    server.faults.add(Fault("/file", cut_after=300_000), Fault("/file", ignore_range=True))
    assert (
        downloader.fetch(f"{server.origin}/file", sha256=SHA256, cache=cache).path.read_bytes()
        == CONTENT
    )


def test_an_interrupted_download_is_continued_by_the_next_one(
    server: HttpServer, cache: Cache, downloader: Downloader
) -> None:
    def interrupt(done: int, total: int | None) -> None:
        if done > 400_000:
            raise KeyboardInterrupt

    url = f"{server.origin}/file"
    with pytest.raises(KeyboardInterrupt):
        downloader.fetch(url, sha256=SHA256, cache=cache, progress=interrupt)
    assert cache.find(SHA256) is None
    (partial,) = left_over(cache)
    there = partial.stat().st_size
    assert downloader.fetch(url, sha256=SHA256, cache=cache).path.read_bytes() == CONTENT
    assert ranges(server) == [None, f"bytes={there}-"]
    assert left_over(cache) == []


@pytest.mark.parametrize("left", [b"damaged" * 1000, CONTENT + b"and more", CONTENT[:-1] + b"?"])
def test_what_an_earlier_try_left_wrong_is_fetched_anew(
    server: HttpServer, cache: Cache, downloader: Downloader, left: bytes
) -> None:
    with cache.writer(SHA256) as writer:
        writer.write(left)
    assert (
        downloader.fetch(f"{server.origin}/file", sha256=SHA256, cache=cache).path.read_bytes()
        == CONTENT
    )
    assert ranges(server)[-1] is None


def test_what_an_earlier_try_left_complete_needs_no_request(
    server: HttpServer, cache: Cache, downloader: Downloader
) -> None:
    with cache.writer(SHA256) as writer:
        writer.write(CONTENT)
    downloader.fetch(f"{server.origin}/file", sha256=SHA256, cache=cache)
    assert server.lines() == []


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"sha256": "0" * 64}, "expected SHA-256 0"),
        ({"md5": "0" * 32}, "expected MD5 0"),
        ({"size": len(CONTENT) + 1}, f"expected size in bytes {len(CONTENT) + 1}"),
        ({"size": len(CONTENT) - 1}, "is longer"),
        ({"limit": 1000}, "is longer"),
    ],
)
def test_other_bytes_than_published_are_refused_and_not_kept(
    server: HttpServer, cache: Cache, downloader: Downloader, known: dict[str, str | int], says: str
) -> None:
    with pytest.raises(IntegrityError, match=says):
        downloader.fetch(f"{server.origin}/file", cache=cache, **known)  # type: ignore[arg-type]
    assert cache.find(SHA256) is None
    assert left_over(cache) == []


def test_a_body_longer_than_it_was_declared_is_stopped(
    cache: Cache, downloader: Downloader
) -> None:
    with HttpServer() as endless:
        endless.files["/file"] = CONTENT
        endless.faults.add(Fault("/file", body=CONTENT * 4))
        with pytest.raises(IntegrityError, match="is longer"):
            downloader.fetch(
                f"{endless.origin}/file", sha256=SHA256, size=len(CONTENT), cache=cache
            )
    assert left_over(cache) == []


def test_a_server_asks_to_wait_and_is_obeyed(
    server: HttpServer, cache: Cache, downloader: Downloader, waits: list[float]
) -> None:
    soon = email.utils.formatdate(time.time() + 50, usegmt=True)
    server.faults.add(
        Fault("/file", status=429, headers={"Retry-After": "7"}),
        Fault("/file", status=503, headers={"Retry-After": soon}),
        Fault("/file", status=429, headers={"X-RateLimit-Reset": str(int(time.time()) + 30)}),
        Fault("/file", status=503),
    )
    downloader.fetch(f"{server.origin}/file", sha256=SHA256, cache=cache)
    assert waits[0] == 7
    assert 45 < waits[1] <= 50
    assert 25 < waits[2] <= 30
    assert 0 < waits[3] < 20


@pytest.mark.parametrize("status", [429, 503])
def test_a_storm_ends_after_a_bounded_wait(
    server: HttpServer, cache: Cache, downloader: Downloader, waits: list[float], status: int
) -> None:
    server.faults.add(Fault("/file", status=status, times=10**6))
    with pytest.raises(MirrorError, match=f"the server answered {status}"):
        downloader.fetch(f"{server.origin}/file", sha256=SHA256, cache=cache)
    assert 3 <= len(waits) < 10
    assert waits == sorted(waits)
    assert sum(waits) < 120
    assert left_over(cache) == []


def test_a_server_that_asks_to_come_back_tomorrow_is_not_waited_for(
    server: HttpServer, downloader: Downloader, waits: list[float]
) -> None:
    server.faults.add(Fault("/file", status=429, headers={"Retry-After": "86400"}))
    with pytest.raises(MirrorError, match="asks to come back in 86400 s"):
        downloader.get_bytes(f"{server.origin}/file")
    assert waits == []


def test_an_error_status_is_told_at_once(
    server: HttpServer, downloader: Downloader, waits: list[float]
) -> None:
    server.faults.add(Fault("/file", status=410, body=b"withdrawn"))
    with pytest.raises(StatusError, match="the server answered 410") as caught:
        downloader.get_bytes(f"{server.origin}/file")
    assert (caught.value.status, caught.value.body) == (410, b"withdrawn")
    assert waits == []


def test_no_server_is_an_error_soon(downloader: Downloader, waits: list[float]) -> None:
    with HttpServer() as gone:
        url = f"{gone.origin}/file"
    with pytest.raises(MirrorError, match="no connection"):
        downloader.get_bytes(url)
    assert len(waits) <= 1


def test_get_bytes_is_bounded(server: HttpServer, downloader: Downloader) -> None:
    with pytest.raises(IntegrityError, match="longer than the 1000 bytes"):
        downloader.get_bytes(f"{server.origin}/file", limit=1000)


def test_redirects_lead_within_the_origin_and_to_allowed_hosts_only(server: HttpServer) -> None:
    with HttpServer() as foreign:
        foreign.files["/file"] = CONTENT
        server.faults.add(
            Fault("/here", status=302, headers={"Location": "file"}),
            Fault("/there", status=302, headers={"Location": f"{foreign.origin}/file"}, times=2),
        )
        with Downloader() as strict:
            assert strict.get_bytes(f"{server.origin}/here") == CONTENT
            with pytest.raises(
                MirrorError, match=r"redirects to http://127\.0\.0\.1.*may not lead"
            ):
                strict.get_bytes(f"{server.origin}/there")
        assert foreign.lines() == []
        with Downloader(allowed_hosts=frozenset({f"127.0.0.1:{foreign.port}"})) as wide:
            assert wide.get_bytes(f"{server.origin}/there") == CONTENT


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://host/file", "http://[", "gopher:x"]
)
def test_redirects_to_what_is_no_web_server_are_refused(
    server: HttpServer, downloader: Downloader, location: str
) -> None:
    server.faults.add(Fault("/file", status=302, headers={"Location": location}, times=100))
    with pytest.raises(MirrorError):
        downloader.get_bytes(f"{server.origin}/file")


def test_redirects_in_a_circle_end(server: HttpServer) -> None:
    server.faults.add(Fault("/file", status=302, headers={"Location": "/file"}, times=100))
    with pytest.raises(MirrorError, match="redirects more than"):
        get_bytes(f"{server.origin}/file")
    assert len(server.requests) < 10


def test_a_token_goes_to_its_origin_only(server: HttpServer) -> None:
    with HttpServer() as foreign:
        foreign.files["/file"] = CONTENT
        allowed = frozenset({f"127.0.0.1:{foreign.port}"})
        server.faults.add(
            Fault("/moved", status=302, headers={"Location": f"{foreign.origin}/file"})
        )
        with Downloader(
            token=TOKEN, token_origin=server.origin, allowed_hosts=allowed
        ) as downloader:
            downloader.get_bytes(f"{server.origin}/file")
            downloader.get_bytes(f"{server.origin}/moved")
            downloader.get_bytes(f"{foreign.origin}/file")
        assert {r.headers.get("authorization") for r in server.requests} == {f"Bearer {TOKEN}"}
        assert {r.headers.get("authorization") for r in foreign.requests} == {None}


def test_a_netrc_file_is_not_read(
    server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    get_bytes(f"{server.origin}/file")
    assert "authorization" not in server.requests[0].headers


def test_no_message_holds_a_token(server: HttpServer) -> None:
    server.faults.add(
        Fault("/x", status=403),
        Fault("/y", status=302, headers={"Location": f"http://x.y/{TOKEN}"}),
    )
    with Downloader(token=TOKEN, token_origin=server.origin) as downloader:
        for path in (f"/x?access_token={TOKEN}", "/y"):
            with pytest.raises(MirrorError) as caught:
                downloader.get_bytes(server.origin + path)
            assert (
                TOKEN not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"
            )


def test_scrub() -> None:
    assert scrub("GET /a?access_token=abc&b=1 failed") == "GET /a?access_token=***&b=1 failed"
    assert scrub("Authorization: Bearer abc.def") == "Authorization: Bearer ***"
    assert scrub("my key is abc", "abc") == "my key is ***"


@pytest.mark.parametrize(
    ("value", "on"), [("1", True), ("true", True), ("0", False), ("", False), ("no", False)]
)
def test_offline_mode(monkeypatch: pytest.MonkeyPatch, value: str, on: bool) -> None:
    monkeypatch.setenv("LHNETS_OFFLINE", value)
    assert offline() is on


def test_offline_mode_serves_the_cache_and_names_what_is_missing(
    server: HttpServer, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{server.origin}/file"
    download(url, sha256=SHA256, cache=cache)
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    assert download(url, sha256=SHA256, cache=cache) == cache.path(SHA256)
    with pytest.raises(OfflineError, match=r"table\.parquet is not here.*LHNETS_OFFLINE"):
        download(f"{server.origin}/other", cache=cache, what="table.parquet")
    assert server.lines() == ["GET /file"]


def test_a_cache_that_cannot_be_written_is_told_before_anything_is_fetched(
    server: HttpServer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError):
        download(f"{server.origin}/file", sha256=SHA256, cache=Cache(tmp_path / "file"))
    assert server.lines() == []


@pytest.mark.parametrize(
    "url", ["", "not an address", "ftp://host/file", "file:///etc/passwd", "http://"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(MirrorError, match="not an address"):
        get_bytes(url)


def test_progress_is_told(server: HttpServer, cache: Cache) -> None:
    seen: list[tuple[int, int | None]] = []
    download(
        f"{server.origin}/file",
        sha256=SHA256,
        cache=cache,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)


def test_httpx_is_imported_only_when_something_is_fetched() -> None:
    program = "import sys, lhnets._fetching.download; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
