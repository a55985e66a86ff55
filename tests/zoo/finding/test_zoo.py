"""Mirrors in folders and behind a web server: what is loaded is what was published."""

import http.server
import json
import os
import threading
import time
from functools import partial

import pytest

from lhnets import (
    IntegrityError,
    LockFileNotice,
    MirrorError,
    MirrorWarning,
    NetworkNotFoundError,
    OfflineError,
    RetractedWarning,
    UpdateNeededError,
)
from lhnets._fetching.cache import Cache
from lhnets._finding.question import Question
from lhnets._finding.zoo import Zoo
from lhnets.format import Lock, read

POINT = {"m_a": 500.0}
ASK = (Question("cross_section", "p p > go go", "13 TeV"), POINT)


@pytest.fixture
def served(tmp_path, make_mirror, make_file):
    """The address of a mirror behind a plain web server, its folder, and the paths that were asked
    for."""
    folder = make_mirror(tmp_path / "served", make_file())
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", folder, asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_question_is_answered(zoo, truth):
    prediction = zoo.ask(*ASK)(POINT)
    assert prediction.value == pytest.approx(truth(500.0, 13000.0, column=1))
    assert zoo.ask(*ASK) is zoo.ask(*ASK)


def test_a_web_server_is_enough(served, tmp_path, truth):
    address, _, asked = served
    cache = Cache(tmp_path / "cache")
    assert Zoo([address], cache).ask(*ASK)(POINT).value == pytest.approx(
        truth(500.0, 13000.0, column=1)
    )
    network = Zoo([address], cache).load("cs-exponential")
    assert network.path.is_relative_to(tmp_path / "cache")
    assert sum("blobs" in path for path in asked) == 1
    assert Zoo([address], cache).card("cs-exponential") == network.card


def test_offline_serves_what_was_fetched_and_names_what_was_not(served, tmp_path, monkeypatch):
    address, _, _ = served
    cache = Cache(tmp_path / "cache")
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    with pytest.warns(MirrorWarning, match=f"the index of {address} is not here, and offline mode"):
        assert Zoo([address], cache).entries == []
    monkeypatch.delenv("LHNETS_OFFLINE")
    assert Zoo([address], cache).entries
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    with pytest.raises(OfflineError, match="cs-exponential@1 is not here"):
        Zoo([address], cache).load("cs-exponential")
    monkeypatch.delenv("LHNETS_OFFLINE")
    Zoo([address], cache).load("cs-exponential")
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    assert Zoo([address], cache).load("cs-exponential").name == "cs-exponential@1"


def test_a_tampered_file_is_not_loaded(served, tmp_path):
    address, folder, _ = served
    blob = next((folder / "blobs").rglob("*/*/*"))
    blob.write_bytes(blob.read_bytes().replace(b"An exponential", b"An Exponential"))
    for location in (address, str(folder)):
        with pytest.raises(IntegrityError, match="SHA-256"):
            Zoo([location], Cache(tmp_path / "cache")).load("cs-exponential")
    assert not [p for p in (tmp_path / "cache" / "blobs").rglob("*") if p.is_file()]


def test_a_file_listed_under_anothers_name_is_not_loaded(tmp_path, make_mirror, make_file):
    folder = make_mirror(tmp_path / "m", make_file())
    index = folder / "index.json"
    index.write_bytes(index.read_bytes().replace(b'"cs-exponential"', b'"cs-trusted"'))
    with pytest.raises(IntegrityError, match="lists the file of cs-exponential@1 as cs-trusted@1"):
        Zoo([str(folder)], Cache(tmp_path / "cache")).load("cs-trusted")


def test_a_scan_over_energies_does_not_fill_the_memory(zoo, monkeypatch):
    monkeypatch.setattr("lhnets._finding.zoo.MOST_SETTLED", 3)
    monkeypatch.setattr("lhnets._running.network.MOST_BOUND", 3)
    network = zoo.load("cs-exponential")
    for k in range(10):
        energy = 8000.0 + k
        asked = zoo.ask(Question("cross_section", "p p > go go", energy), POINT)(POINT)
        assert asked.value == network(POINT, energy=energy).value
    assert len(zoo._calls) <= 3
    assert len(network._calls) <= 3


def test_a_tampered_cache_is_fetched_afresh(served, tmp_path):
    address, _, _ = served
    cache = Cache(tmp_path / "cache")
    path = Zoo([address], cache).load("cs-exponential").path
    path.write_bytes(b"half a file")
    assert Zoo([address], cache).load("cs-exponential").verify().passed


def test_a_mirror_that_cannot_be_read_is_passed_over(tmp_path, make_mirror, make_file):
    good = make_mirror(tmp_path / "good", make_file())
    made = Zoo([str(tmp_path / "absent"), str(good)], Cache(tmp_path / "cache"))
    with pytest.warns(
        MirrorWarning, match=r"cannot read index\.json.*Going on with the other mirrors"
    ):
        assert made.load("cs-exponential").name == "cs-exponential@1"


def test_a_name_belongs_to_the_first_mirror_that_has_it(tmp_path, make_mirror, make_file):
    one = str(make_mirror(tmp_path / "one", make_file()))
    other = str(
        make_mirror(
            tmp_path / "other",
            make_file(title="Another"),
            make_file(version=2),
            make_file(name="cs-other", subject="2212 2212 > 6 6"),
        )
    )
    made = Zoo([one, other], Cache(tmp_path / "cache"))
    with pytest.warns(
        MirrorWarning, match=rf"{other} has other files than {one} under cs-exponential@1"
    ):
        assert [e.identity for e in made.entries] == ["cs-exponential@1", "cs-other@1"]
    assert made.load("cs-exponential").card.title == "An exponential"
    with pytest.raises(
        NetworkNotFoundError, match=rf"no version '2'.*{other} has .*belongs to {one}, which comes"
    ):
        made.load("cs-exponential@2")
    with pytest.raises(NetworkNotFoundError, match="name the other mirror first"):
        made.ask(
            Question("cross_section", "p p > go go", "13 TeV", network="cs-exponential@2"), POINT
        )
    with pytest.warns(MirrorWarning, match=rf"{one} has other files"):
        assert Zoo([other, one], Cache(tmp_path / "cache")).load("cs-exponential@2")


def test_a_lock_takes_its_very_files_from_any_mirror(tmp_path, make_mirror, make_file):
    one = str(make_mirror(tmp_path / "one", make_file()))
    other = str(make_mirror(tmp_path / "other", make_file(title="Another"), make_file(version=2)))
    alone = Zoo([other], Cache(tmp_path / "cache"))
    for name in ("cs-exponential@1", "cs-exponential@2"):
        lock_file = Lock.of([alone.find(name)]).write(tmp_path / "lhnets.lock")
        locked = Zoo([one, other], Cache(tmp_path / "cache"), lock_file)
        assert [e.sha256 for e in locked.entries] == [alone.find(name).sha256]
        assert locked.load(name).source == other


@pytest.mark.parametrize("score", [-1.0, 0.0, 1e-30])
def test_a_later_mirror_takes_over_no_question(tmp_path, make_mirror, make_file, score):
    one = str(make_mirror(tmp_path / "one", make_file()))
    later = make_mirror(tmp_path / "later", make_file(name="cs-better"), make_file(version=9))
    index = json.loads((later / "index.json").read_bytes())
    for entry in index["networks"]:
        entry["score"] = score
    (later / "index.json").write_text(json.dumps(index))
    made = Zoo([one, str(later)], Cache(tmp_path / "cache"))
    if score < 0:
        with pytest.warns(MirrorWarning, match="2 of 2 entries .* a negative error"):
            _ = made.entries
    assert made.ask(*ASK)(POINT).network == "cs-exponential@1"


def test_a_retracted_network_warns_with_its_reason(tmp_path, make_mirror, make_file):
    mirror = make_mirror(
        tmp_path / "m", make_file(), status="retracted", reason="labels used the wrong PDF set"
    )
    made = Zoo([str(mirror)], Cache(tmp_path / "cache"))
    with pytest.warns(
        RetractedWarning, match="cs-exponential@1 was retracted: labels used the wrong PDF set"
    ):
        made.load("cs-exponential@1")
    with pytest.raises(NetworkNotFoundError):
        made.ask(*ASK)


def test_files_are_loaded_by_their_path_when_their_digest_fits(tmp_path, zoo, sealed_file):
    path = tmp_path / "mine.onnx"
    path.write_bytes(sealed_file)
    assert zoo.load(str(path)).path == path
    path.write_bytes(sealed_file.replace(b"An exponential", b"An Exponential"))
    with pytest.raises(IntegrityError, match=r"mine\.onnx was changed after it was sealed"):
        zoo.load(str(path))


def test_a_lock_file_decides_what_takes_part(tmp_path, make_mirror, make_file):
    files = [make_file(), make_file(version=2)]
    mirror = str(make_mirror(tmp_path / "m", *files))
    unlocked = Zoo([mirror], Cache(tmp_path / "cache"))
    lock_file = Lock.of([unlocked.find("cs-exponential@1")]).write(tmp_path / "lhnets.lock")
    locked = Zoo([mirror], Cache(tmp_path / "cache"), lock_file)
    assert unlocked.ask(*ASK)(POINT).network == "cs-exponential@2"
    assert locked.ask(*ASK)(POINT).network == "cs-exponential@1"
    with pytest.raises(NetworkNotFoundError, match=r"Only what .*lhnets\.lock pins takes part"):
        locked.load("cs-exponential@2")


def test_the_environment_names_mirrors_and_lock(tmp_path, monkeypatch, make_mirror, make_file):
    mirror = make_mirror(tmp_path / "m", make_file())
    monkeypatch.setenv("LHNETS_REGISTRY", f"{mirror}, ")
    monkeypatch.setenv("LHNETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    made = Zoo.from_environment()
    assert next(m.location for m in made.mirrors) == str(mirror)
    assert len(made.mirrors) == 2
    assert made.lock_file is None
    Lock.of(e for e in made.entries if e.name == "cs-exponential").write("lhnets.lock")
    with pytest.warns(LockFileNotice, match=r"lhnets\.lock is in force: only the networks that it"):
        assert [e.name for e in Zoo.from_environment().entries] == ["cs-exponential"]
    monkeypatch.setenv("LHNETS_LOCK", "lhnets.lock")
    assert [e.name for e in Zoo.from_environment().entries] == ["cs-exponential"]


def test_a_folder_that_is_no_mirror(tmp_path):
    (tmp_path / "index.json").write_text("{}")
    from lhnets._fetching.mirror import Mirror

    with pytest.raises(MirrorError, match="Is it an lhnets mirror"):
        _ = Mirror(str(tmp_path), Cache(tmp_path)).index


def test_what_was_used_is_remembered(zoo, sealed_file):
    assert zoo.used == []
    zoo.ask(*ASK)
    assert zoo.used == [read(sealed_file).card]


def test_the_next_mirror_is_asked_where_one_lacks_the_file(tmp_path, make_mirror, make_file):
    empty = make_mirror(tmp_path / "empty", make_file())
    damaged = make_mirror(tmp_path / "damaged", make_file())
    good = make_mirror(tmp_path / "good", make_file())
    next((empty / "blobs").rglob("*/*/*")).unlink()
    next((damaged / "blobs").rglob("*/*/*")).write_bytes(b"damaged")
    made = Zoo([str(empty), str(damaged), str(good)], Cache(tmp_path / "cache"))
    with pytest.warns(MirrorWarning) as warned:
        assert made.load("cs-exponential").source == str(good)
    assert [("cannot read" in str(w.message), "SHA-256" in str(w.message)) for w in warned] == [
        (True, False),
        (False, True),
    ]
    with pytest.raises(IntegrityError):
        Zoo([str(damaged)], Cache(tmp_path / "cache")).load("cs-exponential")


def test_an_unchanged_index_is_not_sent_again(
    served, tmp_path, make_file, make_mirror, monkeypatch
):
    address, folder, asked = served
    cache = Cache(tmp_path / "cache")
    an_hour_ago = time.time() - 3600
    os.utime(folder / "index.json", (an_hour_ago, an_hour_ago))
    first = Zoo([address], cache).entries
    sent = []
    monkeypatch.setattr(
        http.server.SimpleHTTPRequestHandler,
        "copyfile",
        lambda self, *files: sent.append(self.path),
    )
    assert Zoo([address], cache).entries == first
    assert sent == []
    assert [p for p in asked if "index" in p] == ["/index.json"] * 2
    monkeypatch.undo()
    make_mirror(folder, make_file(version=2))
    assert Zoo([address], cache).find("cs-exponential@2")


def test_an_index_that_was_changed_in_the_cache_is_fetched_afresh(served, tmp_path):
    address, folder, _ = served
    an_hour_ago = time.time() - 3600
    os.utime(folder / "index.json", (an_hour_ago, an_hour_ago))
    cache = Cache(tmp_path / "cache")
    first = Zoo([address], cache).entries
    for kept in (cache.folder / "indexes").iterdir():
        kept.write_bytes(b"{}")
    assert Zoo([address], cache).entries == first


def test_the_index_last_read_serves_while_its_server_is_away(served, tmp_path, monkeypatch):
    address, _, _ = served
    cache = Cache(tmp_path / "cache")
    Zoo([address], cache).load("cs-exponential")

    def away(*_args, **_options):
        raise MirrorError(f"cannot fetch {address}")

    monkeypatch.setattr("lhnets._fetching.download.Downloader.refresh", away)
    with pytest.warns(MirrorWarning, match="Going on with its index as last read"):
        assert Zoo([address], cache).load("cs-exponential").source == address


@pytest.fixture
def mirror_of_tomorrow(make_card, make_file, make_mirror, tmp_path):
    """A mirror with an entry that is plain, one of an unknown kind, one with unknown fields and one
    that requires more."""
    folder = make_mirror(tmp_path / "tomorrow", make_file())
    index = json.loads((folder / "index.json").read_bytes())
    (plain,) = index["networks"]
    index["networks"] += [
        plain | {"name": "me-tomorrow", "kind": "matrix_element"},
        plain | {"name": "cs-blue", "conditions": plain["conditions"] | {"colour": "blue"}},
        plain | {"name": "cs-tomorrow", "requires": ["colour-flow"]},
        plain | {"version": 2, "requires": ["colour-flow"]},
    ]
    (folder / "index.json").write_text(json.dumps(index))
    return folder


def test_a_mirror_of_tomorrow_serves_what_this_client_knows(mirror_of_tomorrow, tmp_path):
    zoo = Zoo([str(mirror_of_tomorrow)], Cache(tmp_path / "c"))
    with pytest.warns(
        MirrorWarning, match=r"1 of 5 entries .* skipped, the first me-tomorrow@1: .*matrix_element"
    ) as told:
        assert {e.identity for e in zoo.entries} == {"cs-exponential@1", "cs-blue@1"}
    assert len(told) == 1
    assert zoo.load("cs-exponential").name == "cs-exponential@1"
    assert zoo.find("cs-blue").missing == ()


@pytest.mark.filterwarnings("ignore::lhnets.MirrorWarning")
@pytest.mark.parametrize("name", ["cs-tomorrow", "cs-tomorrow@1", "cs-exponential@2"])
def test_what_requires_more_asks_for_a_newer_lhnets(name, mirror_of_tomorrow, tmp_path):
    zoo = Zoo([str(mirror_of_tomorrow)], Cache(tmp_path / "c"))
    with pytest.raises(
        UpdateNeededError, match=rf"{name.split('@')[0]}@\d requires 'colour-flow'.*newer lhnets"
    ):
        zoo.load(name)


def test_a_file_that_requires_more_is_not_evaluated(make_card, make_file, tmp_path):
    path = tmp_path / "later.onnx"
    path.write_bytes(make_file(requires=("colour-flow",)))
    with pytest.raises(UpdateNeededError, match="cs-exponential@1 requires 'colour-flow'"):
        Zoo([], Cache(tmp_path / "c")).load(path)
