"""Signing the index of a mirror with Ed25519 keys that lie in files (PKCS #8 PEM, without a
password).

An index that says the same as the one before keeps its bytes, so that an export changes nothing
where nothing changed.
"""

from __future__ import annotations

import base64
import datetime
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from lhnets.errors import MirrorError
from lhnets.format import Index
from lhnets.mirrors import Signature, joined, key_text, require, signable, split
from lhnets_registry.errors import SigningKeyError

KEYS_VARIABLE = "LHNETS_SIGNING_KEYS"


class Key(Struct, frozen=True):
    """A private key and the written form of its public half."""

    private: Ed25519PrivateKey
    public: str

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> Key:
        """The pair of a private key."""
        return cls(private, key_text(private.public_key().public_bytes_raw()))

    @classmethod
    def new(cls, path: str | Path) -> Key:
        """A fresh key, written to ``path``, which only its owner can read.

        Raises
        ------
        SigningKeyError
            If the path exists or cannot be written.
        """
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        try:
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb"
            ) as file:
                file.write(pem)
        except FileExistsError as error:
            raise SigningKeyError(
                f"{path} is there already; a key is never written over. Name another file"
            ) from error
        except OSError as error:
            raise SigningKeyError(
                f"cannot write a key to {path}: {error.strerror or error}"
            ) from error
        return cls.of(private)

    @classmethod
    def read(cls, path: str | Path) -> Key:
        """The key in a file.

        Raises
        ------
        SigningKeyError
            If it cannot be read or is not an Ed25519 key.
        """
        try:
            private = serialization.load_pem_private_key(Path(path).read_bytes(), None)
        except OSError as error:
            raise SigningKeyError(
                f"cannot read the signing key {path}: {error.strerror or error}"
            ) from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise SigningKeyError(
                f"{path} is not a signing key: {error}. `lhnets mirror key FILE` makes one"
            ) from error
        if not isinstance(private, Ed25519PrivateKey):
            raise SigningKeyError(
                f"{path} is not an Ed25519 key. `lhnets mirror key FILE` makes one"
            )
        return cls.of(private)

    def signature(self, content: bytes) -> Signature:
        """The signature of ``content``."""
        return Signature(self.public, base64.b64encode(self.private.sign(content)).decode())


def keys_from_environment() -> list[Key]:
    """The keys in the files that LHNETS_SIGNING_KEYS names, separated by commas."""
    return [Key.read(p.strip()) for p in os.environ.get(KEYS_VARIABLE, "").split(",") if p.strip()]


def index_bytes(index: Index, keys: Sequence[Key], earlier: bytes | None) -> bytes:
    """The bytes of ``index.json``: signed by ``keys``, or those of an ``earlier`` one that says the
    same.

    Parameters
    ----------
    index : Index
        What the mirror holds, without a moment of its own.
    keys : sequence of Key
        None for an index without signature.
    earlier : bytes, optional
        The file that it replaces.

    Raises
    ------
    MirrorError
        If the earlier one was signed and no key is given.
    """
    _, signatures = split(earlier or b"")
    if not keys:
        if signatures:
            raise MirrorError(
                f"the mirror's index is signed by {signatures[0].key}, and no key is given to sign "
                f"the next: name it with --sign or {KEYS_VARIABLE}, or export to an empty folder"
            )
        return index.to_json()
    before = Index.from_json(earlier, "the mirror") if earlier else Index.of([])
    if earlier and before.networks == index.networks and _signed_by_all(earlier, keys):
        return earlier
    body = signable(msgspec.structs.replace(index, created=_moment(before.created)).to_json())
    return joined(body, [k.signature(body) for k in keys])


def _signed_by_all(content: bytes, keys: Sequence[Key]) -> bool:
    try:
        for key in keys:
            require(content, key.public, "the mirror")
    except ValueError:
        return False
    return len(split(content)[1]) == len(keys)


def _moment(earlier: str) -> str:
    """Now, in UTC and microseconds, and later than ``earlier`` whatever the clock says."""
    now = datetime.datetime.now(datetime.UTC)
    if earlier:
        now = max(
            now, datetime.datetime.fromisoformat(earlier) + datetime.timedelta(microseconds=1)
        )
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
