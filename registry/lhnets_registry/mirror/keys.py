"""The keys of a mirror: a folder of private keys and of the metadata that they signed, in the roles
of The Update Framework.

`root` keys say which keys count and are kept offline; the `targets` key says whose word counts for
which names; the `online` key signs what changes with every export. Only that one must lie where
exports are made: the others are brought when they are needed, or sign apart (`ceremony`).
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from securesystemslib.signer import CryptoSigner, Key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Root, T, Targets

from lhnets.mirrors import METADATA, MirrorPin
from lhnets_registry.errors import SigningKeyError
from lhnets_registry.mirror.key_files import key_path, make_key, read_key

MIRROR_ROLE = "mirror"
"""The delegated role that signs everything whose name nobody owns."""

ROOT_DAYS, TARGETS_DAYS = 730, 365

Holder: TypeAlias = Literal["root", "targets", "online"]

ROLES: Mapping[Holder, tuple[str, ...]] = {
    "root": ("root",),
    "targets": ("targets",),
    "online": ("snapshot", "timestamp"),
}
_EVERYTHING = ["*", "*/*", "*/*/*", "*/*/*/*", "*/*/*/*/*", "*/*/*/*/*/*"]
_PREFIX = re.compile(r"[a-z0-9][a-z0-9-]*")


class Keys:
    """The keys of one mirror.

    Parameters
    ----------
    folder : str or Path
        As `new` makes it.

    Raises
    ------
    SigningKeyError
        If there are none.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not (self.folder / METADATA / "1.root.json").is_file():
            raise SigningKeyError(
                f"{self.folder} is not a folder of keys: expected metadata/1.root.json in it. "
                "`lhnets mirror keys new DIR` makes one, and `lhnets mirror keys accept` puts a "
                "first root that its holders signed there"
            )

    @classmethod
    def new(cls, folder: str | Path, roots: int = 1, threshold: int = 1) -> Keys:
        """Fresh keys in an empty folder.

        Parameters
        ----------
        folder : str or Path
            Made, readable by its owner only.
        roots : int
            How many root keys.
        threshold : int
            How many of them must sign when keys change.

        Raises
        ------
        SigningKeyError
            If the folder holds something or cannot be written.
        """
        folder = Path(folder)
        require_threshold(threshold, roots)
        make_folder(folder)
        signers = [make_key(folder, "root") for _ in range(roots)]
        root = make_first_root(folder, [s.public_key for s in signers], threshold)
        _write_signed(folder, "root", Metadata(root), signers)
        return cls(folder)

    @property
    def root(self) -> Metadata[Root]:
        """The root metadata in force."""
        return _read_newest(self.folder, "root", Root)

    @property
    def targets(self) -> Metadata[Targets]:
        """The metadata that say whose word counts for which names."""
        return _read_newest(self.folder, "targets", Targets)

    @property
    def pin(self) -> MirrorPin:
        """What users of the mirror append to its address: the root in force."""
        newest = self.folder / METADATA / f"{self.root.signed.version}.root.json"
        return MirrorPin("root", hashlib.sha256(newest.read_bytes()).hexdigest())

    def signers(self, holder: str, brought: Iterable[Path] = ()) -> dict[str, CryptoSigner]:
        """The private keys of a holder that are here, by their key id."""
        files = [p for f in (self.folder, *brought) for p in sorted(f.glob(f"{holder}-*.pem"))]
        signers = [read_key(path) for path in files]
        return {s.public_key.keyid: s for s in signers}

    def online(self) -> CryptoSigner:
        """The key that signs exports.

        Raises
        ------
        SigningKeyError
            If it is not here, or not the one in force.
        """
        allowed = self.root.signed.roles["timestamp"].keyids
        for keyid, signer in self.signers("online").items():
            if keyid in allowed:
                return signer
        raise SigningKeyError(
            f"{self.folder} has no online key that the root in force names ({', '.join(allowed)}): "
            "bring it there, or make a new one with `lhnets mirror keys rotate`"
        )

    def holder_of(self, keyid: str) -> Holder:
        """Whose key it is, by the beginning of its id.

        Raises
        ------
        SigningKeyError
            If it is nobody's.
        """
        root = self.root.signed
        for holder, roles in ROLES.items():
            if any(k.startswith(keyid) for k in root.roles[roles[0]].keyids):
                return holder
        raise SigningKeyError(
            f"{keyid} is not a key of {self.folder}: expected the beginning of the id of one. "
            "`lhnets mirror keys list` shows them"
        )

    def rotate(self, holder: Holder, old: str = "", brought: Sequence[Path] = ()) -> CryptoSigner:
        """Replace a key by a fresh one.

        Parameters
        ----------
        holder : str
            Whose key.
        old : str
            Beginning of the id of the key that goes; needed if the holder has several.
        brought : sequence of Path
            Folders with keys that do not lie here: enough root keys, and the targets key.

        Returns
        -------
        CryptoSigner
            The new key, whose file is in the folder.

        Raises
        ------
        SigningKeyError
            If it is unclear which key goes, or too few root keys are here.
        """
        root = self.root.signed
        keyids = [k for k in root.roles[ROLES[holder][0]].keyids if k.startswith(old)]
        if len(keyids) != 1:
            raise SigningKeyError(
                f"which {holder} key shall go? {len(keyids)} begin with {old!r}: name one of "
                f"{', '.join(root.roles[ROLES[holder][0]].keyids)}"
            )
        if holder == "online":
            self.targets_signers(brought)
        signer = make_key(self.folder, holder)
        try:
            for role in ROLES[holder]:
                root.add_key(signer.public_key, role)
                root.revoke_key(keyids[0], role)
            self._write_root(root, brought)
            if holder != "root":
                self.renew_targets(brought)
        except SigningKeyError:
            key_path(self.folder, holder, signer).unlink()
            raise
        self.retire(holder, keyids[0])
        return signer

    def revoke(self, old: str, brought: Sequence[Path] = ()) -> str:
        """Take a root key away without another in its place.

        Parameters
        ----------
        old : str
            Beginning of its id.
        brought : sequence of Path
            As for `rotate`.

        Returns
        -------
        str
            Its id.

        Raises
        ------
        SigningKeyError
            If fewer keys than the threshold would be left, or too few root keys are here.
        """
        holder, root = self.holder_of(old), self.root.signed
        role = root.roles[ROLES[holder][0]]
        keyid = next(k for k in role.keyids if k.startswith(old))
        if len(role.keyids) <= role.threshold:
            raise SigningKeyError(
                f"without {keyid} nobody could sign as {holder}: {role.threshold} of its "
                f"{len(role.keyids)} keys must. Replace it: `lhnets mirror keys rotate`"
            )
        for name in ROLES[holder]:
            root.revoke_key(keyid, name)
        self._write_root(root, brought)
        self.retire(holder, keyid)
        return keyid

    def renew(self, brought: Sequence[Path] = ()) -> None:
        """Sign root and targets anew, before they expire.

        Raises
        ------
        SigningKeyError
            If too few keys are here.
        """
        self._write_root(self.root.signed, brought)
        self.renew_targets(brought)

    def give(self, prefix: str, owner: Key, brought: Sequence[Path] = ()) -> str:
        """Give all names that begin with ``prefix`` to the holder of a key: only what that key
        signs counts for them.

        Parameters
        ----------
        prefix : str
            Of names, such as ``cs-higgs-``.
        owner : Key
            The public key.
        brought : sequence of Path
            Folders with the targets key, if it does not lie here.

        Returns
        -------
        str
            The role of the owner.

        Raises
        ------
        SigningKeyError
            If the prefix is not one, overlaps with another owner's, or the targets key is not here.
        """
        if not _PREFIX.fullmatch(prefix):
            raise SigningKeyError(
                f"{prefix!r} is not the beginning of a name; expected small letters, digits and -"
            )
        targets = self.targets.signed
        owners = find_owners(targets)
        role = owner_role(prefix)
        for other in owners:
            if other.name != role and (other.name.startswith(role) or role.startswith(other.name)):
                raise SigningKeyError(f"{prefix} overlaps with {other.name}, which has an owner")
        kept = [r for r in owners if r.name != role]
        pattern = f"networks/{prefix}*/*.json"
        kept.append(DelegatedRole(role, [owner.keyid], 1, terminating=True, paths=[pattern]))
        known = targets.delegations.keys if targets.delegations else {}
        keys = {k: known[k] for r in kept for k in r.keyids if k in known} | {owner.keyid: owner}
        targets.delegations = _delegate(kept, keys, self.online().public_key)
        self._write_targets(targets, brought)
        return role

    def renew_targets(self, brought: Sequence[Path]) -> None:
        """Sign the targets anew, with the online key in force.

        Raises
        ------
        SigningKeyError
            If the targets key is not here.
        """
        targets = self.targets.signed
        owners = find_owners(targets)
        known = targets.delegations.keys if targets.delegations else {}
        keys = {k: known[k] for r in owners for k in r.keyids}
        online = self.root.signed.get_key(self.root.signed.roles["timestamp"].keyids[0])
        targets.delegations = _delegate(owners, keys, online)
        self._write_targets(targets, brought)

    def _write_root(self, root: Root, brought: Sequence[Path]) -> None:
        before = self.root.signed
        root.version, root.expires = before.version + 1, root_expiry()
        wanted = {*before.roles["root"].keyids, *root.roles["root"].keyids}
        signers = [s for k, s in self.signers("root", brought).items() if k in wanted]
        metadata = Metadata(root)
        for signer in signers:
            metadata.sign(signer, append=True)
        result = root.get_root_verification_result(
            before, metadata.signed_bytes, metadata.signatures
        )
        if not result:
            missing = max(result.first.missing, result.second.missing)
            raise SigningKeyError(
                f"{missing} more root keys must sign: {len(result.signed)} of "
                f"{', '.join(sorted(wanted))} are here. Bring the folders of the others with "
                "--with; nothing was changed"
            )
        write_metadata(self.folder, "root", metadata)

    def _write_targets(self, targets: Targets, brought: Sequence[Path]) -> None:
        signers = self.targets_signers(brought)
        targets.version += 1
        targets.expires = _days_from_now(TARGETS_DAYS)
        _write_signed(self.folder, "targets", Metadata(targets), signers)

    def targets_signers(
        self, brought: Sequence[Path], root: Root | None = None
    ) -> list[CryptoSigner]:
        """The targets keys at hand that count under ``root``, else under the root in force.

        Raises
        ------
        SigningKeyError
            If there is none.
        """
        allowed = (root or self.root.signed).roles["targets"].keyids
        signers = [s for k, s in self.signers("targets", brought).items() if k in allowed]
        if not signers:
            raise SigningKeyError(
                f"the targets key {', '.join(allowed)} is not here. Bring its folder with --with"
            )
        return signers

    def retire(self, holder: Holder, keyid: str) -> None:
        """Put the file of a key that counts no more out of the way, if it is here."""
        for path in self.folder.glob(f"{holder}-*.pem"):
            if read_key(path).public_key.keyid == keyid:
                (self.folder / "retired").mkdir(mode=0o700, exist_ok=True)
                path.rename(self.folder / "retired" / path.name)


def require_threshold(threshold: int, roots: int) -> None:
    """Refuse a threshold of root keys that nobody can meet, or that asks for nobody.

    Raises
    ------
    SigningKeyError
        If it is not between 1 and the number of keys.
    """
    if not 1 <= threshold <= roots:
        raise SigningKeyError(
            f"{threshold} of {roots} root keys cannot sign; expected a threshold between 1 and "
            "the number of keys"
        )


def make_folder(folder: Path) -> None:
    """Make an empty folder for keys, readable by its owner only.

    Raises
    ------
    SigningKeyError
        If it holds something or cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise SigningKeyError(
                f"{folder} is not empty; keys are never written over. Name another folder"
            )
        (folder / METADATA).mkdir()
    except OSError as error:
        raise SigningKeyError(
            f"cannot make the folder of keys {folder}: {error.strerror or error}"
        ) from error


def make_first_root(folder: Path, holders: Sequence[Key], threshold: int) -> Root:
    """The first root, not signed yet, of the root keys ``holders`` and of fresh keys in ``folder``
    for everything else, whose first metadata are signed there."""
    targets, online = make_key(folder, "targets"), make_key(folder, "online")
    root = Root(version=1, expires=root_expiry(), consistent_snapshot=True)
    for key in holders:
        root.add_key(key, "root")
    root.roles["root"].threshold = threshold
    root.add_key(targets.public_key, "targets")
    for role in ROLES["online"]:
        root.add_key(online.public_key, role)
    signed = Targets(version=1, expires=_days_from_now(TARGETS_DAYS))
    signed.delegations = _delegate([], {}, online.public_key)
    _write_signed(folder, "targets", Metadata(signed), [targets])
    return root


def root_expiry() -> datetime.datetime:
    """When a root that is made now expires."""
    return _days_from_now(ROOT_DAYS)


def find_owners(targets: Targets) -> list[DelegatedRole]:
    """Who owns names of their own, in the order in which their word counts."""
    roles = targets.delegations.roles if targets.delegations else None
    return [r for r in (roles or {}).values() if r.name != MIRROR_ROLE]


def owner_role(prefix: str) -> str:
    """The role of who owns the names that begin with ``prefix``."""
    return f"names-{prefix}"


def _delegate(owners: Sequence[DelegatedRole], keys: Mapping[str, Key], online: Key) -> Delegations:
    """Owners first, each with the last word on its names; all else is the mirror's."""
    rest = DelegatedRole(MIRROR_ROLE, [online.keyid], 1, terminating=False, paths=_EVERYTHING)
    roles = {r.name: r for r in (*owners, rest)}
    return Delegations({**keys, online.keyid: online}, roles)


def _read_newest(folder: Path, role: str, kind: type[T]) -> Metadata[T]:
    versions = [int(p.name.partition(".")[0]) for p in (folder / METADATA).glob(f"*.{role}.json")]
    path = folder / METADATA / f"{max(versions, default=0)}.{role}.json"
    try:
        metadata = Metadata[T].from_file(str(path))
    except (RepositoryError, OSError) as error:
        raise SigningKeyError(f"cannot read {path}: {error}") from error
    if not isinstance(metadata.signed, kind):
        raise SigningKeyError(f"{path} holds {metadata.signed.type}, expected {role}")
    return metadata


def _write_signed(
    folder: Path, role: str, metadata: Metadata[T], signers: Sequence[CryptoSigner]
) -> None:
    for signer in signers:
        metadata.sign(signer, append=True)
    write_metadata(folder, role, metadata)


def write_metadata(folder: Path, role: str, metadata: Metadata[T]) -> None:
    """Put metadata in force; what is in force is never written over.

    Raises
    ------
    SigningKeyError
        If they cannot be written.
    """
    path = folder / METADATA / f"{metadata.signed.version}.{role}.json"
    try:
        with path.open("xb") as file:
            file.write(metadata.to_bytes())
    except OSError as error:
        raise SigningKeyError(f"cannot write {path}: {error.strerror or error}") from error


def _days_from_now(days: float) -> datetime.datetime:
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    return now + datetime.timedelta(days=days)
