"""Mirrors whose index is in parts: the same answers, and only what a question needs is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local_zenodo import HttpServer

from lhnets import MirrorWarning, NetworkNotFoundError, OutsideRegionError
from lhnets._fetching.cache import Cache
from lhnets._finding.question import Question
from lhnets._finding.zoo import Zoo
from lhnets.format import INDEX_BEGIN, INDEX_FILE, Index, Lock, split_index

Make = Callable[..., Path]
MakeFile = Callable[..., bytes]
POINT = {"m_a": 500.0}
QUESTION = Question("cross_section", "p p > go go", "13 TeV")


def split_mirror(folder: Path) -> Path:
    """Put the index of a mirror into parts."""
    index = Index.from_json((folder / INDEX_FILE).read_bytes(), "here")
    split = split_index(index, 0)
    for path, content in split.parts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / INDEX_FILE).write_bytes(split.front.to_json())
    return folder


def find_parts(folder: Path) -> list[Path]:
    files = (p for p in (folder / "blobs").rglob("*") if p.is_file())
    return [p for p in files if INDEX_BEGIN.match(p.read_bytes())]


@pytest.fixture
def whole(tmp_path: Path, make_mirror: Make, make_file: MakeFile) -> Path:
    """A mirror of three names."""
    files = [
        make_file(name=name, version=version)
        for name, version in (("cs-exponential", 1), ("cs-exponential", 2))
    ]
    outputs = (make_file(name="width-other", kind="width", subject="1000021 > 1 -1 1000022"),)
    return make_mirror(tmp_path / "mirror", *files, *outputs)


@pytest.fixture
def served(whole: Path) -> Iterator[tuple[HttpServer, Path]]:
    folder = split_mirror(whole)
    with HttpServer() as server:
        for path in folder.rglob("*"):
            if path.is_file():
                server.files[f"/{path.relative_to(folder)}"] = path
        yield server, folder


def test_a_split_mirror_answers_as_the_whole_one(whole: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    before = Zoo([str(whole)], cache)
    value, entries = before.ask(QUESTION, POINT)(POINT).value, before.entries
    after = Zoo([str(split_mirror(whole))], cache)
    assert after.ask(QUESTION, POINT)(POINT).value == value
    assert after.load("cs-exponential").card.version == 2
    assert after.load("cs-exponential@1").card.version == 1
    assert after.card("width-other").kind == "width"
    assert after.entries == entries


def test_errors_name_what_is_near(whole: Path, tmp_path: Path) -> None:
    zoo = Zoo([str(split_mirror(whole))], Cache(tmp_path / "cache"))
    with pytest.raises(NetworkNotFoundError, match="cs-exponential"):
        zoo.load("cs-exponentiel")
    with pytest.raises(NetworkNotFoundError, match="has no version"):
        zoo.load("cs-exponential@7")
    with pytest.raises(NetworkNotFoundError, match="go go"):
        zoo.ask(Question("cross_section", "p p > go sq", "13 TeV"), POINT)
    with pytest.raises(OutsideRegionError):
        zoo.ask(QUESTION, POINT)({"m_a": 1e9})


def test_only_what_a_question_needs_is_fetched_and_serves_offline(
    served: tuple[HttpServer, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, folder = served
    cache = Cache(tmp_path / "cache")
    value = Zoo([server.origin], cache).ask(QUESTION, POINT)(POINT).value
    parts = find_parts(folder)
    kept = [p for p in parts if cache.find(p.parent.name + p.name) is not None]
    assert 0 < len(kept) < len(parts)
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    assert Zoo([server.origin], cache).ask(QUESTION, POINT)(POINT).value == value
    with (
        pytest.warns(MirrorWarning, match="Going on with the other mirrors"),
        pytest.raises(NetworkNotFoundError),
    ):
        Zoo([server.origin], cache).load("width-other")


def test_a_forged_part_is_refused(served: tuple[HttpServer, Path], tmp_path: Path) -> None:
    server, folder = served
    for part in find_parts(folder):
        part.write_bytes(part.read_bytes().replace(b'"verified"', b'"candidat"'))
    for mirror in (server.origin, str(folder)):
        with (
            pytest.warns(MirrorWarning, match="is not the one that was published"),
            pytest.raises(NetworkNotFoundError),
        ):
            Zoo([mirror], Cache(tmp_path / "cache")).load("cs-exponential")


def test_names_belong_to_the_first_mirror_whatever_they_compute(
    whole: Path, tmp_path: Path, make_mirror: Make, make_file: MakeFile
) -> None:
    """A later mirror that offers the question under a name of the first one is not asked."""
    later = make_mirror(tmp_path / "later", make_file(name="width-other", version=7))
    zoo = Zoo([str(split_mirror(whole)), str(later)], Cache(tmp_path / "cache"))
    assert zoo.ask(QUESTION, POINT)(POINT).network == "cs-exponential@2"
    with pytest.raises(NetworkNotFoundError, match="belongs to"):
        zoo.load("width-other@7")


def test_a_lock_reads_what_it_pins(whole: Path, tmp_path: Path) -> None:
    cache, lock_file = Cache(tmp_path / "cache"), tmp_path / "lhnets.lock"
    Lock.of([Zoo([str(whole)], cache).find("cs-exponential@1")]).write(lock_file)
    zoo = Zoo([str(split_mirror(whole))], cache, lock_file)
    assert [e.identity for e in zoo.entries] == ["cs-exponential@1"]
    assert zoo.ask(QUESTION, POINT)(POINT).network == "cs-exponential@1"
