"""The signed metadata of a mirror: every file in it under a signature.

`mirror` lists the index and delegates all other files to `files-…`, by the hash of their path, so
that a client reads one small list for one card however large the mirror is. What has an owner is
listed by that owner. Metadata that say the same keep their bytes until half of their life is over.

Versions are moments (seconds since 1970): an export to a fresh folder is newer than every earlier
one.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import CryptoSigner, Key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Snapshot,
    SuccinctRoles,
    T,
    TargetFile,
    Targets,
    Timestamp,
)

from lhnets.errors import MirrorError
from lhnets.format import INDEX_FILE, card_path, read
from lhnets.mirrors import METADATA, NETWORK_FIELD
from lhnets_registry.errors import SigningKeyError
from lhnets_registry.mirror.keys import MIRROR_ROLE, Keys, find_owners, owner_role

BITS = 6
"""The files are listed in 2^6 parts: 600 files each in a mirror of 10,000 networks."""

LISTS_DAYS = 365
"""Life of the lists of files, in days."""

_BLOB = re.compile(r"blobs/sha256/([0-9a-f]{2})/([0-9a-f]{62})")
_VERSIONED = re.compile(r"([0-9]+)\.(.+)\.json")
_TIMESTAMP = "timestamp.json"

Write = Callable[[Path, bytes], bool]


class Signing:
    """The metadata of one export.

    Parameters
    ----------
    folder : Path
        The mirror.
    keys : Keys
        Whose online key signs.
    networks : mapping
        Path of a card -> SHA-256 of its network file.
    files : iterable of str
        Every file of the mirror but the index and the metadata.
    write : callable
        Puts a file atomically into the mirror; whether that changed anything.
    days : float
        Until the mirror must be exported again, in days.
    bits : int
        The files are listed in 2^bits parts.
    """

    def __init__(
        self,
        folder: Path,
        keys: Keys,
        networks: Mapping[str, str],
        files: Iterable[str],
        write: Write,
        days: float,
        bits: int = BITS,
    ) -> None:
        self._folder, self._keys = folder, keys
        self._networks, self._files = networks, files
        self._write, self._days, self._bits = write, days, bits
        self._online = keys.online()
        self._now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        self._metas: dict[str, MetaFile] = {}
        self._earlier = _read_versions(folder)
        self.written = 0

    def sign(self, index: bytes) -> int:
        """Sign every file of the mirror and put ``index`` in its place.

        Returns
        -------
        int
            How many files of metadata were written.

        Raises
        ------
        MirrorError
            If an owner has not signed what the mirror has under the owner's names.
        SigningKeyError
            If the online key is not here.
        """
        self._copy_root()
        lists = SuccinctRoles([self._online.public_key.keyid], 1, self._bits, "files")
        targets = self._keys.targets.signed
        owners = find_owners(targets)
        parts: dict[str, dict[str, TargetFile]] = {r: {} for r in lists.get_roles()}
        owned: dict[str, dict[str, TargetFile]] = {r.name: {} for r in owners}
        for name in self._files:
            target = self._describe(name)
            role = next((r.name for r in owners if r.is_delegated_path(target.path)), None)
            if role is None:
                parts[lists.get_role_for_target(target.path)][target.path] = target
            else:
                owned[role][target.path] = target
        for owner in owners:
            self._add_owner(owner, owned[owner.name], targets)
        for name, files in parts.items():
            self._add_list(name, files, None)
        listed = TargetFile.from_data(INDEX_FILE, index, ["sha256"])
        keys: dict[str, Key] = {self._online.public_key.keyid: self._online.public_key}
        self._add_list(MIRROR_ROLE, {INDEX_FILE: listed}, Delegations(keys, None, lists))
        self._add_targets()
        self._add_snapshot()
        timestamp = self._make_timestamp()
        self._write(self._folder / INDEX_FILE, index)
        if timestamp is not None:
            self.written += self._write(self._folder / METADATA / _TIMESTAMP, timestamp)
        self._prune()
        return self.written

    def _describe(self, name: str) -> TargetFile:
        path = self._folder / name
        if blob := _BLOB.fullmatch(name):
            return TargetFile(path.stat().st_size, {"sha256": blob[1] + blob[2]}, name)
        return _card_target(name, path.read_bytes(), self._networks.get(name, ""))

    def _copy_root(self) -> None:
        for path in sorted((self._keys.folder / METADATA).glob("*.root.json")):
            self.written += self._write(self._folder / METADATA / path.name, path.read_bytes())

    def _add_owner(
        self, role: DelegatedRole, files: Mapping[str, TargetFile], targets: Targets
    ) -> None:
        """What an owner signed: here, if the key is here, else before."""
        signers = [s for k, s in self._keys.signers(role.name).items() if k in role.keyids]
        if signers:
            self._add_list(role.name, files, None, signers[0])
            return
        stated, version, content = self._read_owner(role, targets)
        missing = [path for path, target in files.items() if stated.get(path) != target]
        if missing or not content:
            raise MirrorError(
                f"{', '.join(missing[:3]) or role.name} belongs to the owner of {role.name}, who "
                "has not signed it: `lhnets mirror keys vouch` does, with the owner's key"
            )
        self._keep_as(role.name, version, content)

    def _read_owner(
        self, role: DelegatedRole, targets: Targets
    ) -> tuple[Mapping[str, TargetFile], int, bytes]:
        """What an owner last signed: the files, the version and the bytes."""
        folders = (self._keys.folder, self._folder)
        paths = [p for f in folders for p in (f / METADATA).glob(f"*.{role.name}.json")]
        for path in sorted(paths, key=_version_of, reverse=True):
            content = path.read_bytes()
            try:
                signed = Metadata[Targets].from_bytes(content)
                targets.verify_delegate(role.name, signed.signed_bytes, signed.signatures)
            except RepositoryError:
                continue
            return signed.signed.targets, signed.signed.version, content
        return {}, 0, b""

    def _add_list(
        self,
        role: str,
        files: Mapping[str, TargetFile],
        delegations: Delegations | None,
        signer: CryptoSigner | None = None,
    ) -> None:
        signer = signer or self._online
        before = self._read(role, Targets)
        wanted = dict(sorted(files.items()))
        if before is not None and self._is_current(before, signer, LISTS_DAYS):
            same = before.signed.targets == wanted and before.signed.delegations == delegations
            if same:
                self._keep_as(role, before.signed.version, self._bytes_of(role))
                return
        signed = Targets(
            version=self._next_version(role),
            expires=self._now + datetime.timedelta(days=LISTS_DAYS),
            targets=wanted,
            delegations=delegations,
        )
        self._add(role, signed, signer)

    def _add_targets(self) -> None:
        version = self._keys.targets.signed.version
        path = self._keys.folder / METADATA / f"{version}.targets.json"
        self._keep_as("targets", version, path.read_bytes())

    def _add_snapshot(self) -> None:
        before = self._read("snapshot", Snapshot)
        metas = dict(before.signed.meta) if before else {}
        metas |= {f"{role}.json": meta for role, meta in self._metas.items()}
        if (
            before is not None
            and before.signed.meta == metas
            and self._is_current(before, self._online, self._days)
        ):
            self._keep_as("snapshot", before.signed.version, self._bytes_of("snapshot"))
            return
        signed = Snapshot(
            version=self._next_version("snapshot"),
            expires=self._now + datetime.timedelta(days=self._days),
            meta=metas,
        )
        self._add("snapshot", signed, self._online)

    def _make_timestamp(self) -> bytes | None:
        """A new one; None if the old one says the same."""
        before, meta = self._read("timestamp", Timestamp), self._metas["snapshot"]
        if (
            before is not None
            and before.signed.snapshot_meta == meta
            and self._is_current(before, self._online, self._days)
        ):
            return None
        signed = Timestamp(
            version=self._next_version("timestamp"),
            expires=self._now + datetime.timedelta(days=self._days),
            snapshot_meta=meta,
        )
        return self._signed_bytes(signed, self._online)

    def _add(self, role: str, signed: T, signer: CryptoSigner) -> None:
        self._keep_as(role, signed.version, self._signed_bytes(signed, signer))

    def _keep_as(self, role: str, version: int, content: bytes) -> None:
        path = self._folder / METADATA / f"{version}.{role}.json"
        self.written += self._write(path, content)
        self._metas[role] = MetaFile.from_data(version, content, ["sha256"])

    def _signed_bytes(self, signed: T, signer: CryptoSigner) -> bytes:
        metadata = Metadata(signed)
        metadata.sign(signer)
        return metadata.to_bytes()

    def _is_current(self, before: Metadata[T], signer: CryptoSigner, days: float) -> bool:
        """Whether it is signed by ``signer`` and more than half of its life is left."""
        key = signer.public_key
        signature = before.signatures.get(key.keyid)
        if signature is None:
            return False
        try:
            key.verify_signature(signature, before.signed_bytes)
        except UnverifiedSignatureError:
            return False
        return before.signed.expires - self._now > datetime.timedelta(days=days / 2)

    def _next_version(self, role: str) -> int:
        return max(self._earlier.get(role, 0) + 1, int(time.time()))

    def _path(self, role: str) -> Path:
        if role == "timestamp":
            return self._folder / METADATA / _TIMESTAMP
        return self._folder / METADATA / f"{self._earlier.get(role, 0)}.{role}.json"

    def _bytes_of(self, role: str) -> bytes:
        return self._path(role).read_bytes()

    def _read(self, role: str, kind: type[T]) -> Metadata[T] | None:
        """The metadata that the mirror has of a role; None if there are none to go by."""
        try:
            metadata = Metadata[T].from_bytes(self._bytes_of(role))
        except (OSError, RepositoryError):
            return None
        return metadata if isinstance(metadata.signed, kind) else None

    def _prune(self) -> None:
        """Remove metadata that no reader can still be asking for: all but the last two."""
        for path in (self._folder / METADATA).glob("*.json"):
            found = _VERSIONED.fullmatch(path.name)
            if found is None or found[2] == "root":
                continue
            now = self._metas[found[2]].version if found[2] in self._metas else 0
            if int(found[1]) not in (now, self._earlier.get(found[2], now)):
                path.unlink()


def vouch(folder: Path, prefix: str, signer: CryptoSigner, files: Sequence[bytes]) -> Path:
    """Sign network files as the owner of a prefix, besides those that were signed before.

    Parameters
    ----------
    folder : Path
        Where the owner's signed lists are; the new one is written there.
    prefix : str
        That the owner has.
    signer : CryptoSigner
        The owner's key.
    files : sequence of bytes
        Sealed network files.

    Returns
    -------
    Path
        The new list, which the keeper of the mirror puts among the metadata of the keys.

    Raises
    ------
    SigningKeyError
        If a name does not begin with the prefix, or the list cannot be written.
    """
    role = owner_role(prefix)
    paths = sorted(folder.glob(f"*.{role}.json"), key=_version_of)
    before = Metadata[Targets].from_file(str(paths[-1])).signed if paths else None
    targets = dict(before.targets) if before else {}
    for content in files:
        network = read(content)
        if not network.card.name.startswith(prefix):
            raise SigningKeyError(f"{network.card.name} does not begin with {prefix}")
        path = card_path(network.card.name, network.card.version)
        targets[path] = _card_target(path, network.card.to_json(), network.sha256)
    version = max(before.version + 1 if before else 1, int(time.time()))
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    expires = now + datetime.timedelta(days=LISTS_DAYS)
    metadata = Metadata(Targets(version, expires=expires, targets=dict(sorted(targets.items()))))
    metadata.sign(signer)
    made = folder / f"{version}.{role}.json"
    try:
        made.write_bytes(metadata.to_bytes())
    except OSError as error:
        raise SigningKeyError(f"cannot write {made}: {error.strerror or error}") from error
    return made


def _card_target(path: str, content: bytes, network: str) -> TargetFile:
    digest = hashlib.sha256(content).hexdigest()
    custom = {"custom": {NETWORK_FIELD: network}} if network else None
    return TargetFile(len(content), {"sha256": digest}, path, custom)


def _version_of(path: Path) -> int:
    return int(path.name.partition(".")[0])


def _read_versions(folder: Path) -> dict[str, int]:
    """The version in force of each role of the mirror, its timestamp's included."""
    try:
        timestamp = Metadata[Timestamp].from_bytes((folder / METADATA / _TIMESTAMP).read_bytes())
        version = timestamp.signed.snapshot_meta.version
        snapshot = Metadata[Snapshot].from_bytes(
            (folder / METADATA / f"{version}.snapshot.json").read_bytes()
        )
    except (OSError, RepositoryError):
        return {}
    versions = {n.removesuffix(".json"): m.version for n, m in snapshot.signed.meta.items()}
    return versions | {"snapshot": version, "timestamp": timestamp.signed.version}
