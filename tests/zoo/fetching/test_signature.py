"""A signed index: believed from its key, refused where forged, unsigned or older than what was
seen."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lhnets import IntegrityError, MirrorError, MirrorWarning, MissingExtraError
from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import Mirror
from lhnets._fetching.signature import (
    Signature,
    joined,
    key_text,
    require,
    signable,
    split,
    split_key,
)
from lhnets._finding.zoo import Zoo
from lhnets.format import Entry, Index

ed25519 = pytest.importorskip(
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    reason="needs the extra [signed]",
    exc_type=ImportError,
)
PRIVATE = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
DAYS = [f"2026-11-2{d}T00:00:00.000000Z" for d in range(5)]


def public(private=PRIVATE):
    return key_text(private.public_key().public_bytes_raw())


def signed(index, *keys):
    body = signable(index.to_json())
    return joined(
        body, [Signature(public(k), base64.b64encode(k.sign(body)).decode()) for k in keys]
    )


@pytest.fixture
def index(make_card):
    return Index.of([Entry.of(make_card(), b"abc", "verified")], DAYS[1])


@pytest.fixture
def mirror(tmp_path, make_mirror, make_file):
    """A mirror's folder whose index is replaced by a signed one of the given day."""
    folder = make_mirror(tmp_path / "m", make_file())
    networks = Index.from_json((folder / "index.json").read_bytes(), "m").networks

    def sign(day=DAYS[1], *keys):
        (folder / "index.json").write_bytes(signed(Index.of(networks, day), *(keys or (PRIVATE,))))
        return f"{folder}#{public()}"

    return sign


def test_a_signed_index_is_an_index(index):
    content = signed(index, PRIVATE, OTHER)
    assert Index.from_json(content, "m") == index
    body, signatures = split(content)
    assert content.startswith(body)
    assert [s.key for s in signatures] == [public(), public(OTHER)]
    for key in (PRIVATE, OTHER):
        require(content, public(key), "m")


EMPTY = signed(Index.of([], DAYS[1]), PRIVATE)


@given(st.integers(0, len(EMPTY) - 1), st.integers(1, 255))
@example(EMPTY.index(b'=="') - 1, 1)
def test_no_byte_of_a_signed_index_can_be_changed(at, flip):
    content = EMPTY
    byte = content[at] ^ flip
    with pytest.raises(IntegrityError):
        require(content[:at] + bytes([byte]) + content[at + 1 :], public(), "m")


def test_nothing_can_be_said_behind_the_signature(index):
    content = signed(index, PRIVATE)
    with pytest.raises(IntegrityError, match=r"forged|nobody"):
        require(content.removesuffix(b"}\n") + b',"networks":[]}\n', public(), "m")
    with pytest.raises(IntegrityError, match="forged"):
        require(joined(signable(content), split(content)[1]), public(), "m")


def test_who_signed_is_named(index):
    with pytest.raises(
        IntegrityError, match=f"should be signed by {public()}, but is signed by nobody"
    ):
        require(index.to_json(), public(), "m")
    with pytest.raises(IntegrityError, match=f"but is signed by {public(OTHER)}"):
        require(signed(index, OTHER), public(), "m")


def test_a_signature_of_anothers_under_this_key_does_not_fit(index):
    body = signable(index.to_json())
    stolen = Signature(public(), base64.b64encode(OTHER.sign(body)).decode())
    for signature in (stolen, Signature(public(), "no base64!"), Signature(public(), "")):
        with pytest.raises(IntegrityError, match="forged or damaged"):
            require(joined(body, [signature]), public(), "m")


@pytest.mark.parametrize(
    "key", ["", "ed25519:", "ed25519:AAAA", "rsa:" + "A" * 43, "ed25519:" + "!" * 43]
)
def test_what_is_no_key(key):
    with pytest.raises(
        MirrorError, match=r"is not a key of a mirror; expected ed25519: and 43 letters"
    ):
        split_key(f"https://example.org/m#{key}")


def test_a_mirror_without_a_key_needs_no_signature():
    assert split_key("https://example.org/m") == ("https://example.org/m", None)
    assert split_key(f"/m#{public()}") == ("/m", public())


def test_the_client_uses_what_its_key_signed(mirror, tmp_path):
    zoo = Zoo([mirror()], Cache(tmp_path / "cache"))
    assert zoo.load("cs-exponential").verify().passed


def test_the_client_refuses_what_its_key_did_not_sign(mirror, tmp_path):
    forged = mirror(DAYS[1], OTHER)
    with pytest.raises(IntegrityError, match="should be signed by"):
        _ = Mirror(forged, Cache(tmp_path / "cache")).index
    with pytest.warns(MirrorWarning, match="should be signed by"):
        assert not Zoo([forged], Cache(tmp_path / "cache")).entries


def test_an_older_index_than_the_one_seen_is_passed_over(mirror, tmp_path):
    cache = Cache(tmp_path / "cache")
    assert Zoo([mirror(DAYS[2])], cache).entries
    assert Zoo([mirror(DAYS[2])], cache).entries
    with pytest.warns(
        MirrorWarning, match=r"was signed on 2026-11-21.*but one of 2026-11-22.*has been seen"
    ):
        assert not Zoo([mirror(DAYS[1])], cache).entries
    assert Zoo([mirror(DAYS[3])], cache).entries
    assert Zoo([mirror(DAYS[1])], Cache(tmp_path / "another")).entries


def test_without_its_package_a_signed_mirror_names_the_extra(mirror, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cryptography.exceptions", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lhnets\[signed\]'"):
        _ = Mirror(mirror(), Cache(tmp_path / "cache")).index
