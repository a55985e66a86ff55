"""The exported mirror: complete, deterministic, incremental, and never a promise broken."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import Mirror
from lhnets.errors import IntegrityError, MirrorError
from lhnets.format import INDEX_BEGIN, Entry, Index, Shard, blob_path, card_path, read
from lhnets_registry.admission.admit import admit
from lhnets_registry.errors import StoreError
from lhnets_registry.location import Location
from lhnets_registry.mirror import export as mirror
from lhnets_registry.mirror.keys import Keys
from lhnets_registry.publishing.publication import register
from lhnets_registry.review import decisions as review

Make = Callable[..., bytes]
export = partial(mirror.export, pages=False)


@pytest.fixture
def store(store_folder: Path) -> Location:
    return Location.of(store_folder)


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives the client other bundled networks."""

    def bundle(*contents: bytes) -> None:
        folder = tmp_path / "bundled"
        entries = []
        for content in contents:
            card = read(content).card
            entries.append(Entry.of(card, content, "verified"))
            for path, data in (
                (blob_path(read(content).sha256), content),
                (card_path(card.name, card.version), card.to_json()),
            ):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(data)
        folder.mkdir(exist_ok=True)
        (folder / "index.json").write_bytes(Index.of(entries).to_json())
        monkeypatch.setattr(mirror, "BUNDLED", folder)

    bundle()
    return bundle


@pytest.fixture(autouse=True)
def _no_bundled_networks(bundled: Any) -> None:
    """Tests see the networks that they bundle themselves."""


def put(store: Location, content: bytes, **options: Any) -> None:
    register(read(content), admit(b"").report, store, **options)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_what_was_reviewed_is_exported_and_the_client_reads_it(
    store: Location, make: Make, tmp_path: Path
) -> None:
    contents = {
        k: make(name=f"net-{k}", slope=n)
        for n, k in enumerate(("kept", "wrong", "waiting", "refused"), 1)
    }
    for k, content in contents.items():
        put(store, content, approve=k in ("kept", "wrong"))
    review.retract("net-wrong@1", "<b>wrong</b>", store)
    review.reject("net-refused@1", "no", store)
    done = export(tmp_path / "out", store)
    assert [(e.identity, e.status, e.reason) for e in done.index.networks] == [
        ("net-kept@1", "verified", ""),
        ("net-wrong@1", "retracted", "<b>wrong</b>"),
    ]
    client = Mirror(str(tmp_path / "out"), Cache(tmp_path / "cache"))
    for entry in client.index.networks:
        content = contents[entry.name.removeprefix("net-")]
        assert client.fetch(entry)[1] == content
        assert client.card(entry) == read(content).card
    with_candidates = export(tmp_path / "all", store, candidates=True).index
    assert [e.status for e in with_candidates.networks] == ["verified", "candidate", "retracted"]


def test_the_same_store_gives_the_same_bytes(store: Location, make: Make, tmp_path: Path) -> None:
    for number in (1, 2):
        put(store, make(version=number), approve=True)
    export(tmp_path / "a", store)
    export(tmp_path / "b", store)
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert len(files(tmp_path / "a")) == 6


def test_an_export_is_incremental_and_mends_what_was_damaged(
    store: Location, make: Make, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    put(store, make(), approve=True)
    assert export(out, store).written == 3
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    again = export(out, store)
    assert (again.written, again.kept) == (0, 3)
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before
    blob = out / again.index.networks[0].blob
    blob.write_bytes(b"damaged")
    assert mirror.check(str(out))[1]
    assert export(out, store).written == 1
    assert mirror.check(str(out)) == (again.index, [])


def test_a_tampered_store_is_not_exported(store: Location, make: Make, tmp_path: Path) -> None:
    put(store, make(), approve=True)
    (stored,) = Path(store.artifacts or "").glob("**/model.onnx")
    stored.write_bytes(stored.read_bytes().replace(b"gluino", b"gluon0"))
    with pytest.raises(IntegrityError, match="cs-gluino-pair-lo@1"):
        export(tmp_path / "out", store)
    assert not (tmp_path / "out" / "index.json").exists()


def test_the_index_comes_last(
    store: Location, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, make(), approve=True)
    order: list[str] = []
    real = mirror._write

    def write(path: Path, content: bytes) -> bool:
        order.append(path.name)
        return real(path, content)

    monkeypatch.setattr(mirror, "_write", write)
    export(tmp_path / "out", store)
    assert order[1:] == ["1.json", "log.jsonl", "index.json"]


def test_a_full_disk_leaves_the_old_mirror(
    store: Location, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    put(store, make(), approve=True)
    export(out, store)
    before = files(out)
    put(store, make(version=2), approve=True)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mirror.os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        export(out, store)
    assert files(out) == before


def test_without_a_store_the_export_copies_what_comes_with_the_client(
    bundled: Callable[..., None], make: Make, tmp_path: Path
) -> None:
    bundled(make())
    absent = Location.of(tmp_path / "absent")
    done = export(tmp_path / "out", absent)
    assert [e.identity for e in done.index.networks] == ["cs-gluino-pair-lo@1"]
    (tmp_path / "out/log.jsonl").unlink()
    assert files(tmp_path / "out") == files(tmp_path / "bundled")
    assert not (tmp_path / "absent").exists()
    assert export(tmp_path / "bare", absent, bundled=False).index.networks == ()


def test_the_store_decides_on_a_bundled_network_that_it_has(
    bundled: Callable[..., None], store: Location, make: Make, tmp_path: Path
) -> None:
    bundled(make(), make(name="other-net"))
    put(store, make(), approve=True)
    review.retract("cs-gluino-pair-lo@1", "wrong", store)
    statuses = [(e.name, e.status) for e in export(tmp_path / "out", store).index.networks]
    assert statuses == [("cs-gluino-pair-lo", "retracted"), ("other-net", "verified")]


def test_one_version_never_has_two_contents(
    bundled: Callable[..., None], store: Location, make: Make, tmp_path: Path
) -> None:
    bundled(make())
    put(store, make(slope=1.0), approve=True)
    with pytest.raises(MirrorError, match="--no-bundled"):
        export(tmp_path / "out", store)
    export(tmp_path / "out", store, bundled=False)
    with pytest.raises(MirrorError, match="never changes"):
        export(tmp_path / "out", Location.of(tmp_path / "absent"))


def test_no_version_disappears_from_a_mirror(store: Location, make: Make, tmp_path: Path) -> None:
    put(store, make(), approve=True)
    export(tmp_path / "out", store)
    with pytest.raises(MirrorError, match="which the export lacks"):
        export(tmp_path / "out", Location.of(tmp_path / "absent"))


def test_a_candidate_may_be_rejected_after_it_was_exported(
    store: Location, make: Make, tmp_path: Path
) -> None:
    put(store, make())
    assert len(export(tmp_path / "out", store, candidates=True).index.networks) == 1
    review.reject("cs-gluino-pair-lo@1", "no", store)
    assert export(tmp_path / "out", store).index.networks == ()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a plain web server over the folder `out`."""
    handler = partial(QuietHandler, directory=str(tmp_path / "out"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def test_a_mirror_is_checked_over_http_too(
    store: Location, make: Make, tmp_path: Path, served: str
) -> None:
    put(store, make(), approve=True)
    out = tmp_path / "out"
    entry = export(out, store).index.networks[0]
    assert mirror.check(served)[1] == []
    card = out / card_path(entry.name, 1)
    card.write_bytes(card.read_bytes().replace(b"Gluino pairs", b"Gluino  airs"))
    assert mirror.check(served)[1] == ["cs-gluino-pair-lo@1: its card is not that of its file"]
    forged = msgspec.structs.replace(entry, score=1e-9)
    (out / "index.json").write_bytes(Index.of([forged]).to_json())
    assert "does not agree" in mirror.check(str(out))[1][1]


def test_what_is_no_mirror_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MirrorError):
        mirror.check(str(tmp_path))


def test_a_signed_mirror_is_checked_with_its_root(
    store: Location, make: Make, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    keys = Keys.new(tmp_path / "keys")
    put(store, make(), approve=True)
    export(out, store, keys=keys)
    assert mirror.check(f"{out}{keys.pin}")[1] == []
    before = files(out)
    assert export(out, store, keys=keys).written == 0
    assert files(out) == before
    (out / "assets").mkdir()
    (out / "assets/search.js").write_text("alert()")
    assert mirror.check(f"{out}{keys.pin}")[1] == [
        f"assets/search.js of {out} is not signed by those who may give it. It was not used; tell "
        "the mirror's keeper"
    ]
    put(store, make(version=2), approve=True)
    with pytest.raises(MirrorError, match="is signed, and no keys are given"):
        export(out, store)
    export(out, store, keys=keys)
    assert mirror.check(f"{out}{keys.pin}")[1] == []
    client = Mirror(f"{out}{keys.pin}", Cache(tmp_path / "cache"))
    assert len(client.index.networks) == 2


def test_exports_to_one_folder_wait_for_each_other(
    store: Location, make: Make, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    held, ended = threading.Event(), threading.Event()

    def slowly(items: Any) -> Any:
        held.set()
        assert not ended.wait(0.2)
        return items

    put(store, make(), approve=True)
    first = threading.Thread(target=lambda: export(out, store, track=slowly))
    first.start()
    held.wait()
    put(store, make(version=2), approve=True)
    assert len(export(out, store).index.networks) == 2
    ended.set()
    first.join()
    assert len(Mirror(str(out), Cache(tmp_path / "cache")).index.networks) == 2


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every index counts as large."""
    monkeypatch.setattr(mirror, "write_parts", partial(mirror.write_parts, large=0))


def find_parts(folder: Path) -> set[str]:
    return {
        name
        for name, content in files(folder).items()
        if INDEX_BEGIN.match(content) and name != "index.json"
    }


@pytest.mark.usefixtures("large")
def test_a_large_index_is_written_in_parts(store: Location, make: Make, tmp_path: Path) -> None:
    """Those of the last two exports stay; older ones are removed, and nothing else is."""
    out, seen = tmp_path / "out", []
    for version in (1, 2, 3):
        put(store, make(name="net", version=version), approve=True)
        export(out, store)
        seen.append({shard.blob for shard in Mirror(str(out), Cache(tmp_path)).list_shards()})
    assert find_parts(out) == seen[1] | seen[2]
    assert not seen[0] & find_parts(out)
    index, problems = mirror.check(str(out))
    assert problems == []
    assert [e.identity for e in index.networks] == ["net@1", "net@2", "net@3"]
    assert export(out, store).written == 0


@pytest.mark.usefixtures("large")
def test_parts_that_disagree_are_found(store: Location, make: Make, tmp_path: Path) -> None:
    out = tmp_path / "out"
    put(store, make(name="net"), approve=True)
    export(out, store)
    front = Mirror(str(out), Cache(tmp_path)).front
    empty = Index.of([]).to_json()
    shard = Shard.of(empty)
    (out / shard.blob).parent.mkdir(parents=True, exist_ok=True)
    (out / shard.blob).write_bytes(empty)
    forged = msgspec.structs.replace(front, shards={"cross_section": shard})
    (out / "index.json").write_bytes(forged.to_json())
    assert "the parts of index.json do not agree with each other" in mirror.check(str(out))[1]


@pytest.mark.usefixtures("large")
def test_parts_are_signed_like_all_files(store: Location, make: Make, tmp_path: Path) -> None:
    out, keys = tmp_path / "out", Keys.new(tmp_path / "keys")
    put(store, make(name="net"), approve=True)
    export(out, store, keys=keys)
    signed = f"{out}{keys.pin}"
    assert [e.identity for e in Mirror(signed, Cache(tmp_path)).index.networks] == ["net@1"]
    assert mirror.check(signed)[1] == []
