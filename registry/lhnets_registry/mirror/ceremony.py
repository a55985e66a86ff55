"""Roots that several holders sign apart.

A draft of the next root travels as a file from holder to holder. Each sees what it says, and adds a
signature by a key that never leaves its disk; once as many have signed as the root in force and the
new one ask for, the keeper of the mirror puts it in force.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from pathlib import Path

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import CryptoSigner, Key, Signature
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from lhnets.format import read_file
from lhnets.mirrors import METADATA
from lhnets_registry.errors import SigningKeyError
from lhnets_registry.mirror.key_files import make_key, public_text, read_public
from lhnets_registry.mirror.keys import (
    ROLES,
    Holder,
    Keys,
    make_first_root,
    make_folder,
    require_threshold,
    root_expiry,
    write_metadata,
)

DRAFT = "draft.root.json"
_MOST_BYTES = 512_000


def draft_first(folder: Path, holders: Sequence[Key], threshold: int) -> Path:
    """The draft of a first root, whose root keys are elsewhere, in a new folder of keys.

    Parameters
    ----------
    folder : Path
        Made, with the targets and the online key.
    holders : sequence of Key
        The public root keys.
    threshold : int
        How many of them must sign.

    Returns
    -------
    Path
        The draft.

    Raises
    ------
    SigningKeyError
        If a key is named twice, the threshold cannot be met, or the folder holds something.
    """
    if len({key.keyid for key in holders}) < len(holders):
        raise SigningKeyError(
            "a root key is named twice: expected a key of its own for each holder"
        )
    require_threshold(threshold, len(holders))
    make_folder(folder)
    return _write_draft(folder / DRAFT, Metadata(make_first_root(folder, holders, threshold)))


def draft_next(
    keys: Keys,
    path: Path,
    add: Sequence[Key] = (),
    remove: Sequence[str] = (),
    fresh: Sequence[Holder] = (),
    threshold: int | None = None,
) -> Path:
    """The draft of the root that follows the one in force.

    Parameters
    ----------
    keys : Keys
        Of the mirror.
    path : Path
        Where the draft is written.
    add : sequence of Key
        Public root keys that come.
    remove : sequence of str
        Beginnings of the ids of root keys that go.
    fresh : sequence of str
        Whose keys are replaced by fresh ones in the folder: ``targets``, ``online``.
    threshold : int, optional
        How many root keys must sign from then on; as before if not given.

    Returns
    -------
    Path
        The draft.

    Raises
    ------
    SigningKeyError
        If a key that goes is not one, or the threshold could not be met.
    """
    root = keys.root.signed
    for old in remove:
        found = [k for k in root.roles["root"].keyids if k.startswith(old)]
        if len(found) != 1:
            raise SigningKeyError(
                f"which root key shall go? {len(found)} begin with {old!r}: expected one of "
                f"{', '.join(root.roles['root'].keyids)}"
            )
        root.revoke_key(found[0], "root")
    for key in add:
        root.add_key(key, "root")
    root.roles["root"].threshold = threshold or root.roles["root"].threshold
    require_threshold(root.roles["root"].threshold, len(root.roles["root"].keyids))
    root.version, root.expires = root.version + 1, root_expiry()
    for holder in fresh:
        new = make_key(keys.folder, holder).public_key
        for role in ROLES[holder]:
            for keyid in list(root.roles[role].keyids):
                root.revoke_key(keyid, role)
            root.add_key(new, role)
    return _write_draft(path, Metadata(root))


def read_draft(path: Path) -> Metadata[Root]:
    """The draft in a file.

    Raises
    ------
    SigningKeyError
        If it is not one.
    """
    try:
        draft = Metadata[Root].from_bytes(read_file(path, _MOST_BYTES))
    except (RepositoryError, OSError) as error:
        raise SigningKeyError(
            f"cannot read {path} as the draft of a root: {error}. `lhnets mirror keys draft` and "
            "`lhnets mirror keys new --root` write one"
        ) from error
    if not isinstance(draft.signed, Root):
        raise SigningKeyError(f"{path} holds {draft.signed.type}, expected the draft of a root")
    if hidden := _find_hidden(draft.signed):
        raise SigningKeyError(f"{path} {hidden}. Do not sign it")
    return draft


def _find_hidden(root: Root) -> str:
    """What a draft says besides what a holder is shown; empty if nothing."""
    for keyid, key in root.keys.items():
        if key.keytype != "ed25519" or read_public(public_text(key)).keyid != keyid:
            return f"gives the id {keyid} to a key of another id, or that is not an Ed25519 key"
    shown = {k for roles in ROLES.values() for k in root.roles[roles[0]].keyids}
    others = [r for r in root.roles if r != "root"]
    if any(root.roles[r].threshold != 1 for r in others):
        return "asks for several signatures of a role that has one key"
    if {*root.roles["snapshot"].keyids} != {*root.roles["timestamp"].keyids}:
        return "names different keys for snapshot and timestamp, which are both the online key"
    if root.keys.keys() != shown or root.unrecognized_fields or not root.consistent_snapshot:
        return "holds more than the keys of a mirror, their thresholds and a date"
    return ""


def list_signed(draft: Metadata[Root]) -> list[str]:
    """The ids of the root keys of a draft whose signatures hold."""
    content, signatures = draft.signed_bytes, draft.signatures
    known = draft.signed.keys
    return [
        k
        for k in draft.signed.roles["root"].keyids
        if k in signatures and _holds(known[k], signatures[k], content)
    ]


def fingerprint(draft: Metadata[Root]) -> str:
    """SHA-256 of what is signed, by which holders compare by telephone what they have before
    them."""
    return hashlib.sha256(draft.signed_bytes).hexdigest()


def sign_draft(path: Path, signer: CryptoSigner) -> Metadata[Root]:
    """Add the signature of a holder to a draft.

    Raises
    ------
    SigningKeyError
        If the file is not a draft or cannot be written.
    """
    draft = read_draft(path)
    draft.sign(signer, append=True)
    _write_draft(path, draft)
    return draft


def accept(folder: Path, drafts: Sequence[Path], brought: Sequence[Path] = ()) -> Keys:
    """Put a draft in force that enough holders signed.

    Parameters
    ----------
    folder : Path
        The folder of keys.
    drafts : sequence of Path
        Copies of one draft; their signatures are taken together.
    brought : sequence of Path
        Folders with the targets key, where that is needed and does not lie here: if it or the
        online key changes.

    Returns
    -------
    Keys
        With the new root in force.

    Raises
    ------
    SigningKeyError
        If too few have signed, the copies differ, the draft does not follow the root in force, has
        expired, or the targets key is needed and not here. Nothing is changed then.
    """
    keys = Keys(folder) if (folder / METADATA / "1.root.json").is_file() else None
    before = keys.root.signed if keys else None
    draft = _merge(drafts, before)
    _require_next(draft.signed, before)
    _require_signed(draft, before)
    if keys is None or before is None:
        write_metadata(folder, "root", draft)
        return Keys(folder)
    changed = _find_changed(before, draft.signed)
    renewed = {"targets", "online"} & changed.keys()
    if renewed:
        keys.targets_signers(brought, draft.signed)
    write_metadata(folder, "root", draft)
    if renewed:
        keys.renew_targets(brought)
    for holder, keyids in changed.items():
        for keyid in keyids:
            keys.retire(holder, keyid)
    return keys


def _merge(paths: Sequence[Path], before: Root | None) -> Metadata[Root]:
    """One draft with the signatures of all its copies that hold, by root keys of it or of the root
    before."""
    copies = [read_draft(path) for path in paths]
    first, signed = copies[0], copies[0].signed_bytes
    for path, other in zip(paths, copies, strict=True):
        if other.signed_bytes != signed:
            raise SigningKeyError(
                f"{path} says something else than {paths[0]}: expected copies of one draft. "
                "Nothing was changed"
            )
    known = {k: r.keys[k] for r in (before, first.signed) if r for k in r.roles["root"].keyids}
    given = [(k, s) for c in copies for k, s in c.signatures.items() if k in known]
    first.signatures = {k: s for k, s in given if _holds(known[k], s, signed)}
    return first


def _holds(key: Key, signature: Signature, content: bytes) -> bool:
    try:
        key.verify_signature(signature, content)
    except UnverifiedSignatureError:
        return False
    return True


def _require_next(root: Root, before: Root | None) -> None:
    version = before.version + 1 if before else 1
    if root.version != version:
        raise SigningKeyError(
            f"the draft is of version {root.version}, expected {version}, which follows the root "
            "in force: make a new draft"
        )
    if root.is_expired(datetime.datetime.now(datetime.UTC)):
        raise SigningKeyError(f"the draft expired on {root.expires:%Y-%m-%d}: make a new one")


def _require_signed(draft: Metadata[Root], before: Root | None) -> None:
    result = draft.signed.get_root_verification_result(before, draft.signed_bytes, draft.signatures)
    if not result:
        missing = max(result.first.missing, result.second.missing)
        unsigned = sorted(k[:8] for k in result.unsigned)
        raise SigningKeyError(
            f"{missing} more root keys must sign the draft, of {', '.join(unsigned)}: "
            "`lhnets mirror keys sign`. Nothing was changed"
        )


def _find_changed(before: Root, root: Root) -> dict[Holder, list[str]]:
    """The ids of the keys that go, by their holders; of no holder whose keys stay."""
    found: dict[Holder, list[str]] = {}
    for holder, roles in ROLES.items():
        old, new = (set(r.roles[roles[0]].keyids) for r in (before, root))
        if old != new:
            found[holder] = sorted(old - new)
    return found


def _write_draft(path: Path, draft: Metadata[Root]) -> Path:
    temporary = path.with_name(f"{path.name}.part")
    try:
        temporary.write_bytes(draft.to_bytes())
        temporary.replace(path)
    except OSError as error:
        raise SigningKeyError(f"cannot write {path}: {error.strerror or error}") from error
    return path
