"""Mirrors that are silent, slow, endless or bombs, and caches of no use: others answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_server import KINDS, HostileServer, dead_address
from local_zenodo import HttpServer
from msgspec import structs

from lhnets._fetching import download
from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import LIMIT_VARIABLE, Mirror
from lhnets._fetching.patience import Patience
from lhnets._finding.zoo import Zoo
from lhnets.errors import CacheWarning, IntegrityError, MirrorError, MirrorWarning
from lhnets.format import INDEX_FILE, Entry, Index, read_path

HASTY = Patience(answer=0.3, silence=0.2, rate=1000.0, grace=0.2, total=1.0)
POINT = {"m_a": 500.0, "sqrt_s": 13000.0}


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SHORT", HASTY)
    monkeypatch.setattr(download, "FILE", HASTY)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For machines that are busy."""
    monkeypatch.setattr(download, "SHORT", Patience())
    monkeypatch.setattr(download, "FILE", Patience())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("hasty")
def test_a_hostile_mirror_is_passed_over_with_a_warning(
    kind: str, make_mirror: Callable[..., Path], sealed_file: bytes, tmp_path: Path
) -> None:
    good = str(make_mirror(tmp_path / "good", sealed_file))
    with HostileServer(kind, pause=0.05) as bad:
        zoo = Zoo([bad.address, good], Cache(tmp_path / "cache"))
        with pytest.warns(MirrorWarning, match=bad.address) as told:
            assert zoo.load("cs-exponential")(POINT).value > 0
    assert all(c.isprintable() for w in told for c in str(w.message))


def test_mirrors_are_asked_at_the_same_time(
    make_mirror: Callable[..., Path], sealed_file: bytes, tmp_path: Path
) -> None:
    zoo = Zoo([dead_address(), str(make_mirror(tmp_path, sealed_file))], Cache(tmp_path / "cache"))
    asked: list[str] = []

    class Watched(Mirror):
        def ask(self) -> None:
            asked.append(self.location)
            super().ask()

        @property
        def index(self) -> Index:  # type: ignore[override]
            assert len(asked) >= 2
            return super().index

    zoo.mirrors = [Watched(m.location, Cache(tmp_path / "cache")) for m in zoo.mirrors]
    with pytest.warns(MirrorWarning, match="no connection"):
        assert [e.name for e in zoo.entries] == ["cs-exponential"]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("where", ["file", "full"])
def test_without_a_usable_cache_a_mirror_still_answers(
    where: str,
    make_mirror: Callable[..., Path],
    sealed_file: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = make_mirror(tmp_path / "mirror", sealed_file)
    cache = Cache(tmp_path / "cache")
    if where == "file":
        (tmp_path / "cache").write_text("not a folder")
    else:

        def full(*_: object) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        monkeypatch.setattr(Path, "write_bytes", full)
    with HttpServer() as server:
        for path in folder.rglob("*"):
            if path.is_file():
                server.files[f"/{path.relative_to(folder)}"] = path
        zoo = Zoo([server.origin], cache)
        with pytest.warns(CacheWarning, match="Going on without it"):
            assert zoo.load("cs-exponential")(POINT).value > 0


def test_a_full_disk_stops_no_bundled_network(tmp_path: Path) -> None:
    """A process that may write no byte to a file, with a mirror that would be kept."""
    code = (
        "import resource, sys, lhnets as ml\n"
        "from lhnets._fetching import download, patience\n"
        "download.SHORT = patience.Patience()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "print(float(ml.CS('p p > go go', {'m_go': 2000.0}, energy='13 TeV')))\n"
    )
    with HttpServer() as server:
        server.files[f"/{INDEX_FILE}"] = Index.of([]).to_json()
        environment = os.environ | {
            "LHNETS_REGISTRY": server.origin,
            "LHNETS_CACHE": str(tmp_path / "cache"),
        }
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert 9e-4 < float(done.stdout) < 1.1e-3
    assert "CacheWarning" in done.stderr


def test_an_index_cannot_ask_for_more_than_is_accepted(
    make_mirror: Callable[..., Path],
    sealed_file: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = make_mirror(tmp_path / "mirror", sealed_file)
    index = Index.from_json((folder / INDEX_FILE).read_bytes(), "it")
    large = [structs.replace(e, size=10**15) for e in index.networks]
    (folder / INDEX_FILE).write_bytes(Index.of(large).to_json())
    mirror = Mirror(str(folder), Cache(tmp_path / "cache"))
    with pytest.raises(MirrorError, match=f"1000000000000000 bytes.*set {LIMIT_VARIABLE}"):
        mirror.fetch(mirror.index.networks[0])
    monkeypatch.setenv(LIMIT_VARIABLE, "1000")
    with pytest.raises(MirrorError, match="more than the 1000 accepted"):
        mirror.fetch(index.networks[0])


def test_what_is_not_an_ordinary_file_is_not_read(
    make_mirror: Callable[..., Path], sealed_file: bytes, tmp_path: Path
) -> None:
    folder = make_mirror(tmp_path / "mirror", sealed_file)
    (folder / INDEX_FILE).unlink()
    os.mkfifo(folder / INDEX_FILE)
    with pytest.raises(MirrorError, match="not an ordinary file"):
        _ = Mirror(str(folder), Cache(tmp_path / "cache")).index
    (folder / "zero.onnx").symlink_to("/dev/zero")
    with pytest.raises(ValueError, match="not an ordinary file"):
        read_path(folder / "zero.onnx")


@pytest.mark.usefixtures("hasty")
def test_a_password_in_an_address_is_never_shown(tmp_path: Path) -> None:
    where = dead_address().replace("//", "//reader:hunter2@")
    mirror = Mirror(where, Cache(tmp_path / "cache"))
    zoo = Zoo([where, where.replace("http", "nonsense", 1)], Cache(tmp_path / "cache"))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert zoo.entries == []
    shown = [str(w.message) for w in told]
    with pytest.raises(MirrorError) as caught:
        _ = mirror.index
    error: BaseException | None = caught.value
    while error is not None:
        shown.append(str(error))
        error = error.__cause__ or error.__context__
    assert len(shown) > 2
    assert "hunter2" not in " ".join([*shown, repr(mirror), mirror.name, mirror.location])


@pytest.mark.usefixtures("patient")
def test_a_password_in_an_address_is_used(tmp_path: Path) -> None:
    with HttpServer() as server:
        server.files[f"/{INDEX_FILE}"] = Index.of([]).to_json()
        where = server.origin.replace("//", "//reader:hunter2@")
        assert Mirror(where, Cache(tmp_path / "cache")).index.networks == ()
        assert server.requests[0].headers["authorization"].startswith("Basic ")


def test_an_entry_that_cannot_be_read_stops_no_other(
    make_mirror: Callable[..., Path], sealed_file: bytes, tmp_path: Path
) -> None:
    folder = make_mirror(tmp_path / "mirror", sealed_file)
    plain = json.loads((folder / INDEX_FILE).read_bytes())
    plain["networks"] += [0, None, {}, {"name": "x" * 10**5}, {**plain["networks"][0], "size": -1}]
    (folder / INDEX_FILE).write_text(json.dumps(plain))
    zoo = Zoo([str(folder)], Cache(tmp_path / "cache"))
    with pytest.warns(MirrorWarning, match="5 of 6 entries"):
        assert [e.name for e in zoo.entries] == ["cs-exponential"]


def test_a_file_that_is_another_is_passed_over_for_the_next_mirror(
    make_mirror: Callable[..., Path], sealed_file: bytes, tmp_path: Path
) -> None:
    bad, good = (make_mirror(tmp_path / n, sealed_file) for n in ("bad", "good"))
    entry: Entry = Index.from_json((bad / INDEX_FILE).read_bytes(), "it").networks[0]
    (bad / entry.blob).write_bytes(b"something else")
    zoo = Zoo([str(bad), str(good)], Cache(tmp_path / "cache"))
    with pytest.warns(MirrorWarning, match="Asking the next mirror"):
        assert zoo.load("cs-exponential").source == str(good)
    with pytest.raises(IntegrityError):
        Zoo([str(bad)], Cache(tmp_path / "cache")).load("cs-exponential")
