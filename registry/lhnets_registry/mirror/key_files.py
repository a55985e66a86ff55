"""Keys in files (PKCS #8 PEM, without a password), and public keys as people pass them on."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.signer import CryptoSigner, Key, SSlibKey

from lhnets.errors import NetworkFileError
from lhnets.format import key_bytes, key_text, read_private_key
from lhnets_registry.errors import SigningKeyError


def make_key(folder: Path, holder: str) -> CryptoSigner:
    """A fresh private key in a file that only its owner can read.

    Raises
    ------
    SigningKeyError
        If it cannot be written.
    """
    signer = CryptoSigner.generate_ed25519()
    write_key(key_path(folder, holder, signer), signer)
    return signer


def key_path(folder: Path, holder: str, signer: CryptoSigner) -> Path:
    """Where the key of a holder lies."""
    return folder / f"{holder}-{signer.public_key.keyid[:8]}.pem"


def write_key(path: Path, signer: CryptoSigner) -> None:
    """Write a private key to a new file (PKCS #8 PEM, without a password).

    Raises
    ------
    SigningKeyError
        If the path exists or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(signer.private_bytes)
    except FileExistsError as error:
        raise SigningKeyError(
            f"{path} is there already; a key is never written over. Name another file"
        ) from error
    except OSError as error:
        raise SigningKeyError(f"cannot write a key to {path}: {error.strerror or error}") from error


def read_key(path: str | Path) -> CryptoSigner:
    """The private key in a file.

    Raises
    ------
    SigningKeyError
        If it cannot be read or is not an Ed25519 key.
    """
    try:
        return CryptoSigner(read_private_key(Path(path)))
    except NetworkFileError as error:
        raise SigningKeyError(str(error)) from error


def public_text(key: Key) -> str:
    """A public key as people pass it on."""
    return key_text(bytes.fromhex(key.to_dict()["keyval"]["public"]))


def read_public(text: str) -> Key:
    """The public key that is written as ``text``.

    Raises
    ------
    SigningKeyError
        If it is none.
    """
    try:
        raw = key_bytes(text)
    except NetworkFileError as error:
        raise SigningKeyError(f"{error}, as `lhnets mirror keys person FILE` prints it") from error
    return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(raw))
