"""Signatures of authors in a network file: Ed25519 (RFC 8032), in the entry `lhnets.signatures` of
its metadata.

They cover every byte of the file but that entry and the digest; the digest covers them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from lhnets.errors import IntegrityError, MissingExtraError, NetworkFileError
from lhnets.format.file import (
    DIGEST_KEY,
    SIGNATURES_KEY,
    digest,
    drop_entries,
    encode_entry,
    metadata,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEY = re.compile(r"ed25519:([0-9a-f]{64})")
_PURPOSE = b"lhnets network file\n"
_MOST = 20


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """Who signed, as ``ed25519:`` and 64 hexadecimal digits, and 64 bytes in base64."""

    key: str
    signature: str


def key_text(public: bytes) -> str:
    """A public key of 32 bytes as people pass it on."""
    return f"ed25519:{public.hex()}"


def key_bytes(text: str) -> bytes:
    """The 32 bytes of a public key that is written as ``text``.

    Raises
    ------
    NetworkFileError
        If it is not one.
    """
    found = _KEY.fullmatch(text)
    if found is None:
        raise NetworkFileError(
            f"{text!r} is not a public key; expected ed25519: and 64 hexadecimal digits"
        )
    return bytes.fromhex(found[1])


def sign(content: bytes, private: Ed25519PrivateKey) -> bytes:
    """A network file with one more signature; its digest is renewed.

    Raises
    ------
    NetworkFileError
        If the bytes are not a network file, or were changed after they were sealed.
    """
    stated = metadata(content).get(DIGEST_KEY, b"").decode(errors="replace")
    if digest(content) != stated:
        raise NetworkFileError("the file was changed after it was sealed; it is not signed")
    key = key_text(private.public_key().public_bytes_raw())
    made = base64.b64encode(private.sign(_signed(content))).decode()
    others = [s for s in read_signatures(content) if s.key != key]
    body = drop_entries(content, {DIGEST_KEY, SIGNATURES_KEY})
    body += encode_entry(SIGNATURES_KEY, msgspec.json.encode([*others, Signature(key, made)]))
    return body + encode_entry(DIGEST_KEY, digest(body).encode())


def read_signatures(content: bytes) -> tuple[Signature, ...]:
    """The signatures in a network file, unchecked; none where it carries none.

    Raises
    ------
    NetworkFileError
        If they cannot be read.
    """
    entry = metadata(content).get(SIGNATURES_KEY)
    if entry is None:
        return ()
    try:
        found = msgspec.json.decode(entry, type=tuple[Signature, ...])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NetworkFileError(f"the signatures of the file cannot be read: {error}") from error
    if len(found) > _MOST:
        raise NetworkFileError(f"the file has {len(found)} signatures; expected at most {_MOST}")
    return found


def verify_signatures(content: bytes) -> tuple[str, ...]:
    """The keys that signed a network file.

    Raises
    ------
    IntegrityError
        If a signature does not fit the file.
    NetworkFileError
        If they cannot be read.
    MissingExtraError
        If there are some, and the package that checks them is not installed.
    """
    signatures = read_signatures(content)
    if not signatures:
        return ()
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise _missing(error) from error
    signed = _signed(content)
    for signature in signatures:
        try:
            raw = base64.b64decode(signature.signature, validate=True)
            Ed25519PublicKey.from_public_bytes(key_bytes(signature.key)).verify(raw, signed)
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise IntegrityError(
                f"the signature of {signature.key[:80]} does not fit the network file: it was "
                "changed after it was signed, or is another's. It was not used; get it anew from "
                "its author"
            ) from error
    return tuple(s.key for s in signatures)


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a file (PKCS #8 PEM, without a password).

    Raises
    ------
    NetworkFileError
        If it cannot be read or is not an Ed25519 key.
    MissingExtraError
        If the package that signs is not installed.
    """
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise _missing(error) from error
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise NetworkFileError(f"cannot read the key {path}: {error.strerror or error}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NetworkFileError(f"{path} is not a private key: {error}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise NetworkFileError(
            f"{path} is not an Ed25519 key; `lhnets mirror keys person FILE` makes one"
        )
    return private


def _signed(content: bytes) -> bytes:
    """What a signature covers."""
    rest = drop_entries(content, {DIGEST_KEY, SIGNATURES_KEY})
    return _PURPOSE + hashlib.sha256(rest).hexdigest().encode()


def _missing(error: ImportError) -> MissingExtraError:
    return MissingExtraError(
        f"signatures of authors need the extra [signed], which is not installed ({error}). "
        "Install it: pip install 'lhnets[signed]'"
    )
