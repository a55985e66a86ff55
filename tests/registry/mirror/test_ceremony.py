"""Roots that several holders sign apart: what counts, and what does not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from securesystemslib.signer import CryptoSigner

from lhnets.cli import group
from lhnets_registry.errors import SigningKeyError
from lhnets_registry.mirror import ceremony
from lhnets_registry.mirror.key_files import make_key, public_text
from lhnets_registry.mirror.keys import Keys

Holders = Mapping[str, CryptoSigner]


@pytest.fixture
def holders(tmp_path: Path) -> Holders:
    return {name: make_key(tmp_path, name) for name in ("alice", "bob", "carol")}


@pytest.fixture
def draft(tmp_path: Path, holders: Holders) -> Path:
    """The draft of a first root of which two of three must sign."""
    return ceremony.draft_first(
        tmp_path / "keys", [s.public_key for s in holders.values()], threshold=2
    )


@pytest.fixture
def keys(tmp_path: Path, draft: Path, holders: Holders) -> Keys:
    """Keys whose first root is in force."""
    for name in ("alice", "bob"):
        ceremony.sign_draft(draft, holders[name])
    return ceremony.accept(tmp_path / "keys", [draft])


def test_a_root_is_in_force_once_enough_signed(
    tmp_path: Path, draft: Path, holders: Holders
) -> None:
    folder = tmp_path / "keys"
    ceremony.sign_draft(draft, holders["alice"])
    ceremony.sign_draft(draft, holders["alice"])
    with pytest.raises(SigningKeyError, match="1 more root keys must sign the draft"):
        ceremony.accept(folder, [draft])
    with pytest.raises(SigningKeyError, match=r"expected metadata/1.root.json"):
        Keys(folder)
    ceremony.sign_draft(draft, holders["carol"])
    keys = ceremony.accept(folder, [draft])
    assert keys.root.signed.version == 1
    assert not list(folder.glob("root-*.pem"))
    assert keys.online().public_key.keyid in keys.root.signed.roles["timestamp"].keyids


def test_copies_signed_apart_are_taken_together(
    tmp_path: Path, draft: Path, holders: Holders
) -> None:
    copy = Path(shutil.copy(draft, tmp_path / "copy.json"))
    ceremony.sign_draft(draft, holders["alice"])
    ceremony.sign_draft(copy, holders["bob"])
    assert ceremony.accept(tmp_path / "keys", [draft, copy]).root.signed.version == 1


def test_a_stranger_does_not_count(tmp_path: Path, draft: Path, holders: Holders) -> None:
    ceremony.sign_draft(draft, holders["alice"])
    ceremony.sign_draft(draft, CryptoSigner.generate_ed25519())
    with pytest.raises(SigningKeyError, match="1 more root keys"):
        ceremony.accept(tmp_path / "keys", [draft])


def test_a_false_signature_in_one_copy_does_not_hide_a_true_one(
    tmp_path: Path, draft: Path, holders: Holders
) -> None:
    copy = Path(shutil.copy(draft, tmp_path / "copy.json"))
    for name in ("alice", "bob"):
        ceremony.sign_draft(draft, holders[name])
    forged = json.loads(draft.read_text())
    for signature in forged["signatures"]:
        signature["sig"] = "00" * 64
    copy.write_text(json.dumps(forged))
    with pytest.raises(SigningKeyError, match="2 more root keys"):
        ceremony.accept(tmp_path / "keys", [copy])
    assert ceremony.list_signed(ceremony.read_draft(copy)) == []
    assert ceremony.accept(tmp_path / "keys", [copy, draft]).root.signed.version == 1


def _change(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    plain = json.loads(path.read_text())
    change(plain["signed"])
    path.write_text(json.dumps(plain))


def test_a_draft_that_was_changed_after_it_was_signed_is_not_in_force(
    tmp_path: Path, draft: Path, holders: Holders
) -> None:
    for name in ("alice", "bob"):
        ceremony.sign_draft(draft, holders[name])
    before = Path(shutil.copy(draft, tmp_path / "before.json"))
    _change(draft, lambda signed: signed["roles"]["root"].update(threshold=1))
    with pytest.raises(SigningKeyError, match="1 more root keys"):
        ceremony.accept(tmp_path / "keys", [draft])
    with pytest.raises(SigningKeyError, match="says something else"):
        ceremony.accept(tmp_path / "keys", [before, draft])


def _exchange_key(signed: dict[str, Any]) -> None:
    """Put another key under the id of a holder."""
    other = CryptoSigner.generate_ed25519().public_key
    keyid = signed["roles"]["root"]["keyids"][0]
    signed["keys"][keyid] = other.to_dict()


def _add_hidden_key(signed: dict[str, Any]) -> None:
    """Let another key sign snapshots, of which a holder is shown nothing."""
    other = CryptoSigner.generate_ed25519().public_key
    signed["keys"][other.keyid] = other.to_dict()
    signed["roles"]["snapshot"]["keyids"].append(other.keyid)


@pytest.mark.parametrize(
    "change",
    [
        _exchange_key,
        _add_hidden_key,
        lambda signed: signed["roles"]["targets"].update(threshold=2),
        lambda signed: signed.update(more={"a": 1}),
        lambda signed: signed.update(consistent_snapshot=False),
    ],
    ids=["key exchanged", "key added", "threshold", "field", "snapshot"],
)
def test_what_a_holder_is_not_shown_is_not_signed(
    draft: Path, holders: Holders, change: Callable[[dict[str, Any]], object]
) -> None:
    _change(draft, change)
    with pytest.raises(SigningKeyError, match="Do not sign it"):
        ceremony.sign_draft(draft, holders["alice"])


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000, b"\xff", b"x" * 600_000])
def test_what_is_not_a_draft_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "draft.json").write_bytes(content)
    with pytest.raises(SigningKeyError, match=r"cannot read .* as the draft of a root"):
        ceremony.read_draft(tmp_path / "draft.json")


def test_a_holder_is_replaced_and_an_online_key_renewed(
    tmp_path: Path, keys: Keys, holders: Holders
) -> None:
    dave = make_key(tmp_path, "dave")
    old = holders["alice"].public_key.keyid
    online = keys.online().public_key.keyid
    path = ceremony.draft_next(
        keys, tmp_path / "next.json", [dave.public_key], [old[:10]], ["online"]
    )
    ceremony.sign_draft(path, dave)
    ceremony.sign_draft(path, holders["bob"])
    with pytest.raises(SigningKeyError, match="1 more root keys"):
        ceremony.accept(keys.folder, [path])
    ceremony.sign_draft(path, holders["carol"])
    ceremony.accept(keys.folder, [path])
    now = keys.root.signed
    assert now.version == 2
    assert old not in now.roles["root"].keyids
    assert keys.online().public_key.keyid != online
    assert keys.targets.signed.version == 2
    assert len(list((keys.folder / "retired").iterdir())) == 1


def test_a_draft_is_put_in_force_once(tmp_path: Path, keys: Keys, holders: Holders) -> None:
    path = ceremony.draft_next(keys, tmp_path / "next.json")
    for name in ("alice", "bob"):
        ceremony.sign_draft(path, holders[name])
    ceremony.accept(keys.folder, [path])
    with pytest.raises(SigningKeyError, match="is of version 2, expected 3"):
        ceremony.accept(keys.folder, [path])


def test_without_the_targets_key_nothing_changes(
    tmp_path: Path, keys: Keys, holders: Holders
) -> None:
    (targets,) = keys.folder.glob("targets-*.pem")
    targets.rename(tmp_path / targets.name)
    path = ceremony.draft_next(keys, tmp_path / "next.json", fresh=["online"])
    for name in ("alice", "bob"):
        ceremony.sign_draft(path, holders[name])
    with pytest.raises(SigningKeyError, match=r"the targets key .* is not here"):
        ceremony.accept(keys.folder, [path])
    assert keys.root.signed.version == 1
    ceremony.accept(keys.folder, [path], [tmp_path])
    assert keys.root.signed.version == 2


def test_changes_that_nobody_could_sign_are_refused(
    tmp_path: Path, keys: Keys, holders: Holders
) -> None:
    first, second, _ = keys.root.signed.roles["root"].keyids
    with pytest.raises(SigningKeyError, match="2 of 1 root keys cannot sign"):
        ceremony.draft_next(keys, tmp_path / "a", remove=[first, second])
    with pytest.raises(SigningKeyError, match="which root key shall go"):
        ceremony.draft_next(keys, tmp_path / "a", remove=["absent"])
    alice = holders["alice"].public_key
    with pytest.raises(SigningKeyError, match="is named twice"):
        ceremony.draft_first(tmp_path / "other", [alice, alice], 1)


def test_a_holder_is_asked_before_the_key_signs(tmp_path: Path, draft: Path) -> None:
    (key,) = tmp_path.glob("alice-*.pem")
    command = ["mirror", "keys", "sign", str(draft), "--key", str(key)]
    refused = CliRunner().invoke(group, command, input="n\n")
    assert refused.exit_code == 1
    assert ceremony.list_signed(ceremony.read_draft(draft)) == []
    done = CliRunner().invoke(group, [*command, "--yes", "--json"])
    told = json.loads(done.output)
    root = ceremony.read_draft(draft).signed
    assert told["signed_by"] == ceremony.list_signed(ceremony.read_draft(draft))
    assert told["keys"]["root"] == [public_text(root.keys[k]) for k in root.roles["root"].keyids]
