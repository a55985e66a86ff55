import json

import msgspec
import pytest

from lhnets import MirrorError
from lhnets.format import FORMAT, Entry, Index, Ranked, RankedTask, blob_path, card_path


def test_an_index_comes_back_from_its_json(make_card):
    entries = [Entry.of(make_card(version=v), b"abc", "verified") for v in (2, 1)]
    index = Index.of(entries)
    assert [e.version for e in index.networks] == [1, 2]
    assert Index.from_json(index.to_json(), "here") == index
    assert Index.of(reversed(entries)).to_json() == index.to_json()


def test_an_empty_index_can_be_read():
    assert Index.from_json(Index.of([]).to_json(), "here").networks == ()


def test_only_values_can_be_asked_for(make_card):
    entry = Entry.of(make_card(), b"abc", "verified")
    assert [o.name for o in entry.outputs] == ["LO", "NLO"]


@pytest.mark.parametrize("content", [b"", b"<html></html>", b'{"networks": {"name": "x"}}'])
def test_what_is_no_index(content):
    with pytest.raises(MirrorError, match=r"the index of https://example\.org cannot be read"):
        Index.from_json(content, "https://example.org")


def test_a_later_format_asks_for_an_update():
    with pytest.raises(MirrorError, match="update lhnets"):
        Index.from_json(msgspec.json.encode({"format": 3, "networks": []}), "here")


def test_an_entry_that_cannot_be_read_is_skipped_and_told(make_card):
    known = Entry.of(make_card(), b"abc", "verified")
    entry = json.loads(known.to_json())
    odd = [
        entry | {"kind": "matrix_element", "name": "me-tomorrow"},
        entry | {"status": "blessed"},
        {"size": -1},
        7,
    ]
    index = Index.from_json(json.dumps({"networks": [*odd, entry]}), "here")
    assert index.networks == (known,)
    assert [s.identity for s in index.skipped] == [
        "me-tomorrow@1",
        known.identity,
        *["an entry without a name@?"] * 1,
        "an entry without a name",
    ]
    assert "matrix_element" in index.skipped[0].reason


def test_unknown_fields_of_an_entry_are_kept(make_card):
    entry = json.loads(Entry.of(make_card(), b"abc", "verified").to_json())
    entry["rank"] = {"by": "people"}
    entry["conditions"]["colour"] = "blue"
    entry["inputs"][0]["slha"] = {"block": "MASS", "entry": [1], "scheme": "on-shell"}
    index = Index.from_json(json.dumps({"networks": [entry]}), "here")
    assert json.loads(index.to_json())["networks"] == [entry]
    assert {str(u) for u in index.networks[0].unknown} == {
        "rank",
        "conditions.colour",
        "inputs[0].slha.scheme",
    }
    assert index.networks[0].missing == ()


def test_what_a_client_lacks_is_told_by_the_entry(make_card):
    entry = Entry.of(make_card(), b"abc", "verified")
    assert entry.format == FORMAT
    assert msgspec.structs.replace(entry, requires=("assumptions", "colour-flow")).missing == (
        "colour-flow",
    )
    assert msgspec.structs.replace(entry, format=FORMAT + 1).missing == (f"format {FORMAT + 1}",)


def test_paths_of_a_mirror():
    assert blob_path("ab" + "c" * 62) == "blobs/sha256/ab/" + "c" * 62
    assert card_path("cs-x", 3) == "networks/cs-x/3.json"


def test_superseded_versions_are_marked_and_old_readers_pass_over_the_mark(make_card):
    entry = Entry.of(make_card(), b"abc", "verified")
    first, second, third = (
        msgspec.structs.replace(entry, version=v, status=s)
        for v, s in ((1, "verified"), (2, "verified"), (3, "candidate"))
    )
    index = Index.of([third, second, first])
    assert [e.superseded_by for e in index.networks] == [2, None, None]
    assert Index.from_json(index.to_json(), "here").networks == index.networks
    assert Index.of(index.networks).networks == index.networks
    retracted = Index.of([index.networks[0], msgspec.structs.replace(second, status="retracted")])
    assert [e.superseded_by for e in retracted.networks] == [None, None]


def test_tasks_are_kept_and_one_of_an_unknown_kind_is_left_out():
    ranked = Ranked(name="a", version=1, sha256="0" * 64, rank=1)
    task = RankedTask(name="jets", kind="classifier", networks=(ranked,))
    index = Index((), tasks=(task,))
    data = index.to_json()
    assert Index.from_json(data, "here") == index
    unknown = data.replace(b'"kind":"classifier"', b'"kind":"oracle"')
    assert Index.from_json(unknown, "here").tasks == ()
