"""The keys of a mirror: made, replaced, revoked, and never written over."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lhnets_registry.errors import SigningKeyError
from lhnets_registry.mirror.export import KEYS_VARIABLE, keys_from_environment
from lhnets_registry.mirror.key_files import make_key, read_key
from lhnets_registry.mirror.keys import Keys


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "keys"
    Keys.new(folder, roots=3, threshold=2)
    return folder


@pytest.fixture
def keys(made: Path, tmp_path: Path) -> Keys:
    shutil.copytree(made, tmp_path / "keys")
    return Keys(tmp_path / "keys")


def test_private_keys_are_read_by_their_owner_only(keys: Keys) -> None:
    files = list(keys.folder.glob("*.pem"))
    assert len(files) == 5
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}


def test_keys_are_never_written_over(keys: Keys) -> None:
    with pytest.raises(SigningKeyError, match="is not empty; keys are never written over"):
        Keys.new(keys.folder)


def test_what_is_no_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match=r"cannot read the key .*absent"):
        read_key(tmp_path / "absent")
    (tmp_path / "text").write_text("no key")
    with pytest.raises(SigningKeyError, match="is not a private key"):
        read_key(tmp_path / "text")
    other = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "rsa").write_bytes(other)
    with pytest.raises(SigningKeyError, match="is not an Ed25519 key"):
        read_key(tmp_path / "rsa")
    with pytest.raises(SigningKeyError, match="is not a folder of keys"):
        Keys(tmp_path)


def test_keys_are_found_in_the_environment(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEYS_VARIABLE, raising=False)
    assert keys_from_environment() is None
    monkeypatch.setenv(KEYS_VARIABLE, str(keys.folder))
    found = keys_from_environment()
    assert found is not None
    assert found.pin == keys.pin


def test_a_threshold_that_nobody_can_meet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="3 of 2 root keys cannot sign"):
        Keys.new(tmp_path / "keys", roots=2, threshold=3)


@pytest.mark.parametrize("holder", ["root", "targets", "online"])
def test_a_replaced_key_counts_no_more(keys: Keys, holder: str) -> None:
    role = "timestamp" if holder == "online" else holder
    old = keys.root.signed.roles[role].keyids[0]
    new = keys.rotate(holder, old[:10]).public_key.keyid  # type: ignore[arg-type]
    now = keys.root.signed
    assert now.version == 2
    assert old not in now.keys
    assert new in now.roles[role].keyids
    assert (keys.folder / "retired").is_dir()
    assert old not in keys.signers(holder)


def test_which_key_goes_must_be_clear(keys: Keys) -> None:
    with pytest.raises(SigningKeyError, match="which root key shall go"):
        keys.rotate("root")


def test_too_few_root_keys_change_nothing(keys: Keys, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    for path in sorted(keys.folder.glob("root-*.pem"))[1:]:
        path.rename(away / path.name)
    before = sorted(keys.folder.rglob("*"))
    with pytest.raises(SigningKeyError, match="1 more root keys must sign"):
        keys.rotate("targets")
    assert sorted(keys.folder.rglob("*")) == before
    keys.rotate("targets", brought=[away])
    assert keys.root.signed.version == 2


def test_without_the_targets_key_the_online_key_stays(keys: Keys, tmp_path: Path) -> None:
    (away,) = keys.folder.glob("targets-*.pem")
    away.rename(tmp_path / away.name)
    with pytest.raises(SigningKeyError, match=r"the targets key .* is not here"):
        keys.rotate("online")
    assert keys.root.signed.version == 1
    keys.rotate("online", brought=[tmp_path])
    assert keys.root.signed.version == 2


def test_a_revoked_key_is_gone_unless_it_is_needed(keys: Keys) -> None:
    first, second, _ = keys.root.signed.roles["root"].keyids
    assert keys.revoke(first[:8]) == first
    with pytest.raises(SigningKeyError, match=r"without .* nobody could sign as root: 2 of its 2"):
        keys.revoke(second)
    with pytest.raises(SigningKeyError, match="is not a key of"):
        keys.revoke(first)


def test_an_owner_gets_names_that_no_other_owner_has(keys: Keys, tmp_path: Path) -> None:
    owner = make_key(tmp_path, "owner").public_key
    assert keys.give("cs-higgs-", owner) == "names-cs-higgs-"
    with pytest.raises(SigningKeyError, match="overlaps with names-cs-higgs-"):
        keys.give("cs-", owner)
    with pytest.raises(SigningKeyError, match="is not the beginning of a name"):
        keys.give("cs*", owner)
    keys.rotate("online")
    delegations = keys.targets.signed.delegations
    assert delegations is not None
    assert list(delegations.roles or ()) == ["names-cs-higgs-", "mirror"]
