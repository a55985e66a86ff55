import msgspec
import pytest

from lhnets import MirrorError
from lhnets.format import Entry, Index, blob_path, card_path


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


@pytest.mark.parametrize("content", [b"", b"<html></html>", b'{"networks": [{"name": "x"}]}'])
def test_what_is_no_index(content):
    with pytest.raises(MirrorError, match=r"the index of https://example\.org cannot be read"):
        Index.from_json(content, "https://example.org")


def test_a_later_format_asks_for_an_update():
    with pytest.raises(MirrorError, match="update lhnets"):
        Index.from_json(msgspec.json.encode({"format": 2, "networks": []}), "here")


def test_paths_of_a_mirror():
    assert blob_path("ab" + "c" * 62) == "blobs/sha256/ab/" + "c" * 62
    assert card_path("cs-x", 3) == "networks/cs-x/3.json"
