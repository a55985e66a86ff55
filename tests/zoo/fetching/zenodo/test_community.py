"""A community of Zenodo is a mirror; what its records say is believed as far as hashes go."""

import json

import pytest
from local_zenodo import Fault

from lhnets import (
    IntegrityError,
    MirrorError,
    MirrorWarning,
    NetworkNotFoundError,
    OfflineError,
)
from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import Mirror
from lhnets._fetching.zenodo.community import FRESH, CommunitySource
from lhnets._finding.question import Question
from lhnets._finding.zoo import Zoo

ASK = (Question("cross_section", "p p > go go", "13 TeV"), {"m_a": 500.0})


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def open_zoo(cache):
    return lambda: Zoo(["zenodo:susy"], cache)


def age(cache):
    """Let the time in which a community is not asked again pass."""
    for path in (cache.folder / "communities").rglob("susy.json"):
        seen = json.loads(path.read_text())
        path.write_text(json.dumps(seen | {"when": seen["when"] - 2 * FRESH}))


def test_a_question_is_answered_from_a_record(add, open_zoo, make_file, truth, zenodo):
    add(make_file())
    answer = open_zoo().ask(*ASK)(ASK[1])
    assert answer.value == pytest.approx(truth(500.0, 13000.0, column=1))
    assert open_zoo().load("cs-exponential").source == "zenodo:susy"
    assert sum("/content" in r.path for r in zenodo.requests) == 2
    assert sum(r.path == "/api/records" for r in zenodo.requests) == 1
    assert all("authorization" not in r.headers for r in zenodo.requests)


def test_the_card_comes_without_the_network(add, open_zoo, make_file, zenodo):
    add(make_file())
    assert open_zoo().card("cs-exponential").title == "An exponential"
    assert not any(r.path.endswith("onnx/content") for r in zenodo.requests)


def test_offline_serves_what_was_fetched_and_names_what_was_not(
    add, open_zoo, make_file, monkeypatch, zenodo
):
    add(make_file())
    add(make_file(name="cs-other"))
    open_zoo().load("cs-exponential")
    zenodo.requests.clear()
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    assert open_zoo().load("cs-exponential").name == "cs-exponential@1"
    with pytest.raises(OfflineError, match="cs-other@1 is not here"):
        open_zoo().load("cs-other")
    assert zenodo.requests == []


def test_new_versions_and_new_networks_are_found(add, open_zoo, make_file, cache, zenodo):
    first = add(make_file())
    assert [e.identity for e in open_zoo().entries] == ["cs-exponential@1"]
    add(make_file(version=2, title="Better"), new_version_of=first.id)
    add(make_file(name="cs-other"))
    assert len(open_zoo().entries) == 1
    age(cache)
    zenodo.requests.clear()
    names = {e.identity: e.superseded_by for e in open_zoo().entries}
    assert names == {"cs-exponential@1": 2, "cs-exponential@2": None, "cs-other@1": None}
    assert sum("/content" in r.path for r in zenodo.requests) == 2
    assert open_zoo().load("cs-exponential@1").card.version == 1


def test_other_records_and_data_sets_take_no_part(add, open_zoo, make_file, zenodo, recwarn):
    add(make_file())
    zenodo.add_record({"a.csv": b"1"}, communities=[{"identifier": "susy"}], keywords=["lhnets"])
    zenodo.add_record({"b.onnx": b"1"}, communities=[{"identifier": "other"}])
    assert len(open_zoo().entries) == 1
    assert not [w for w in recwarn if issubclass(w.category, MirrorWarning)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"keywords": ["lhnets:network/cs-other"]}, "lacks its SHA-256 as a keyword: deposit it"),
        ({"files": {"cs-other-1.onnx": b"x"}}, "lacks its card"),
        ({"files": {"cs-other-1.onnx": b"x", "cs-other-1.json": b"{}"}}, "the record 9000004: "),
        ({"files": {"readme.txt": b"x"}}, "has no network; expected a file NAME-VERSION.onnx"),
        ({"files": {"a.onnx": b"x", "b.onnx": b"x"}}, "has 2 networks"),
    ],
)
def test_a_record_that_is_not_whole_is_skipped_with_the_reason(
    add, open_zoo, make_file, changes, reason
):
    add(make_file())
    add(make_file(name="cs-other"), **changes)
    with pytest.warns(MirrorWarning, match=reason) as told:
        assert [e.name for e in open_zoo().entries] == ["cs-exponential"]
    assert "1 of 2 entries of the index of zenodo:susy" in str(told[0].message)


def test_a_name_belongs_to_the_older_record(add, open_zoo, make_file):
    add(make_file())
    add(make_file(version=2, title="Somebody else's"))
    with pytest.warns(MirrorWarning, match=r"that name belongs to the record 9000001"):
        assert [e.identity for e in open_zoo().entries] == ["cs-exponential@1"]


def test_a_version_keeps_the_file_that_was_seen_first(add, open_zoo, make_file, cache):
    record = add(make_file())
    assert open_zoo().entries
    record.published_metadata["keywords"][-1] = f"lhnets:sha256/{'0' * 64}"
    age(cache)
    with pytest.warns(MirrorWarning, match="a version never changes"):
        assert open_zoo().entries == []


def test_a_wrong_file_is_not_loaded(add, open_zoo, make_file):
    content = make_file()
    changed = content.replace(b"An exponential", b"An Exponential")
    add(
        content, files={"cs-exponential-1.onnx": changed, "cs-exponential-1.json": card_of(content)}
    )
    with pytest.raises(IntegrityError, match="expected SHA-256"):
        open_zoo().load("cs-exponential")


def test_a_card_that_says_something_else_than_the_file_is_refused(add, open_zoo, make_file):
    content, other = make_file(), make_file(subject="2212 2212 > 1000022 1000022")
    add(content, files={"cs-exponential-1.onnx": content, "cs-exponential-1.json": card_of(other)})
    with pytest.raises(IntegrityError, match="is not the one in the network file"):
        open_zoo().load("cs-exponential")


def test_a_card_that_changes_on_the_way_is_not_read(add, open_zoo, make_file, zenodo):
    record = add(make_file())
    record.files["cs-exponential-1.json"].md5 = "0" * 32
    with pytest.warns(MirrorWarning, match="is not the file that Zenodo describes"):
        assert open_zoo().entries == []


def test_a_zenodo_that_does_not_answer_leaves_the_last_index(
    add, open_zoo, make_file, cache, zenodo
):
    add(make_file())
    assert open_zoo().entries
    age(cache)
    zenodo.faults.add(*[Fault("/api/records$", status=500)] * 9)
    with pytest.warns(MirrorWarning, match="Going on with its index as last read"):
        assert len(open_zoo().entries) == 1


def test_many_records_come_in_pages(add, open_zoo, make_file, zenodo):
    for k in range(30):
        add(make_file(name=f"cs-n{k}"))
    assert len(open_zoo().entries) == 30
    assert sum(r.path == "/api/records" for r in zenodo.requests) == 2


def test_the_rate_of_guests_is_kept(add, make_file, cache, zenodo):
    class Counting:
        steps = 0

        def step(self):
            self.steps += 1

    for k in range(3):
        add(make_file(name=f"cs-n{k}"))
    pace = Counting()
    CommunitySource("zenodo:susy", cache, pace=pace).ask()
    assert pace.steps == len(zenodo.requests) == 4


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("zenodo:", "does not name a community"),
        ("zenodo:../x", "does not name a community"),
        ("zenodo:a b", "does not name a community"),
        (f"zenodo:susy#index={'0' * 64}", "a community grows"),
    ],
)
def test_a_wrong_name_is_refused(location, reason, cache):
    with pytest.raises(MirrorError, match=reason):
        Mirror(location, cache)


def test_an_unknown_network_is_not_found(add, open_zoo, make_file):
    add(make_file())
    with pytest.raises(NetworkNotFoundError):
        open_zoo().load("cs-nothing")


def card_of(content):
    from lhnets.format import read

    return read(content).card.to_json()
