"""Keys in files, and the bytes of a signed index."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lhnets._fetching.signature import require, split
from lhnets.format import Index
from lhnets_registry.errors import SigningKeyError
from lhnets_registry.mirror.signing import Key, index_bytes, keys_from_environment

FUTURE = "2999-01-01T00:00:00.000000Z"


@pytest.fixture
def key(tmp_path: Path) -> Key:
    return Key.new(tmp_path / "key.pem")


def test_a_key_is_read_as_it_was_written_and_only_by_its_owner(key: Key, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    assert Key.read(path).public == key.public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_never_written_over(key: Key, tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match=r"key\.pem is there already"):
        Key.new(tmp_path / "key.pem")
    assert Key.read(tmp_path / "key.pem").public == key.public


def test_what_is_no_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match=r"cannot read the signing key .*absent"):
        Key.read(tmp_path / "absent")
    (tmp_path / "text").write_text("no key")
    with pytest.raises(SigningKeyError, match="is not a signing key"):
        Key.read(tmp_path / "text")
    other = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "rsa").write_bytes(other)
    with pytest.raises(SigningKeyError, match="is not an Ed25519 key"):
        Key.read(tmp_path / "rsa")


def test_keys_are_found_in_the_environment(
    key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Key.new(tmp_path / "second.pem")
    monkeypatch.setenv("LHNETS_SIGNING_KEYS", f"{tmp_path / 'key.pem'}, {tmp_path / 'second.pem'},")
    assert [k.public for k in keys_from_environment()] == [key.public, second.public]


def test_an_index_that_says_the_same_keeps_its_bytes(key: Key) -> None:
    first = index_bytes(Index.of([]), [key], None)
    assert index_bytes(Index.of([]), [key], first) == first
    require(first, key.public, "here")


def test_another_set_of_keys_signs_afresh(key: Key, tmp_path: Path) -> None:
    first = index_bytes(Index.of([]), [key], None)
    second = Key.new(tmp_path / "second.pem")
    both = index_bytes(Index.of([]), [key, second], first)
    assert [s.key for s in split(both)[1]] == [key.public, second.public]
    assert [s.key for s in split(index_bytes(Index.of([]), [second], both))[1]] == [second.public]


def test_a_later_index_is_later_whatever_the_clock_says(key: Key, tmp_path: Path) -> None:
    second = Key.new(tmp_path / "second.pem")
    earlier = Index.of([], FUTURE).to_json()
    created = Index.from_json(index_bytes(Index.of([]), [key, second], earlier), "here").created
    assert created > FUTURE
