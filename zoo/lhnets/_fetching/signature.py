"""The signature of an index, and the memory of the newest index that a key has signed.

A mirror can be copied to any place, so an index is believed because of its signature (Ed25519, RFC
8032), not because of who sent it. The signatures are the last member of `index.json` and cover
every byte before them: one file, replaced at once. Which key a mirror must have is said where the
mirror is named: ``https://example.org/lhnets#ed25519:KEY``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec
from msgspec import Struct

from lhnets._fetching.cache import Cache
from lhnets.errors import IntegrityError, MirrorError, MissingExtraError, StaleIndexError

KEY_PREFIX = "ed25519:"
_MARK = b',"signatures":'
_END = b"}\n"
_KEY_BYTES = 32


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """One signature: the public key as users write it, and 64 bytes in base64."""

    key: str
    signature: str


class Seen(Struct, frozen=True):
    """The newest index that was seen under a key."""

    created: str


def split_key(location: str) -> tuple[str, str | None]:
    """The place of a mirror, and the key that its index must be signed with.

    Raises
    ------
    MirrorError
        If what follows ``#`` is not a key.
    """
    place, mark, key = location.partition("#")
    if not mark:
        return place, None
    key_bytes(key)
    return place, key


def key_bytes(key: str) -> bytes:
    """The 32 bytes of a public key in its written form.

    Raises
    ------
    MirrorError
        If it is none.
    """
    try:
        if not key.startswith(KEY_PREFIX):
            raise ValueError
        raw = base64.b64decode(key.removeprefix(KEY_PREFIX) + "=", altchars=b"-_", validate=True)
        if len(raw) != _KEY_BYTES:
            raise ValueError
    except (binascii.Error, ValueError) as error:
        raise MirrorError(
            f"{key!r} is not a key of a mirror; expected {KEY_PREFIX} and 43 letters, as its "
            "keeper gives it"
        ) from error
    return raw


def key_text(raw: bytes) -> str:
    """The written form of a public key."""
    return KEY_PREFIX + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def joined(signed: bytes, signatures: list[Signature]) -> bytes:
    """The file of the bytes that were signed and their signatures."""
    return signed + _MARK + msgspec.json.encode(signatures) + _END


def signable(index: bytes) -> bytes:
    """The bytes of an index without signatures that a signature covers."""
    return index.removesuffix(_END)


def split(content: bytes) -> tuple[bytes, list[Signature]]:
    """The bytes that were signed, and their signatures: none where the file carries none."""
    signed, mark, rest = content.rpartition(_MARK)
    if not mark or not rest.endswith(_END):
        return content, []
    try:
        return signed, msgspec.json.decode(rest.removesuffix(_END), type=list[Signature])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return content, []


def require(content: bytes, key: str, source: str) -> None:
    """Refuse an index of ``source`` that ``key`` has not signed.

    Raises
    ------
    IntegrityError
        If it has no signature of this key, or one that does not fit its bytes.
    MissingExtraError
        If the package that checks signatures is not installed.
    """
    signed, signatures = split(content)
    own = [s for s in signatures if s.key == key]
    if not own:
        by = ", ".join(s.key for s in signatures) or "nobody"
        raise IntegrityError(
            f"the index of {source} should be signed by {key}, but is signed by {by}. It was not "
            "used: ask the mirror's keeper for the key in force, or name the mirror without "
            "#ed25519:… to do without"
        )
    if not any(_fits(signed, s.signature, key) for s in own):
        raise IntegrityError(
            f"the index of {source} is forged or damaged: the signature of {key} does not fit its "
            "bytes. It was not used; tell the mirror's keeper"
        )


def require_no_older(created: str, key: str, source: str, cache: Cache) -> None:
    """Refuse an index that is older than one already seen under ``key``, and remember this one.

    Raises
    ------
    StaleIndexError
        If it is older.
    """
    name = f"indexes/{hashlib.sha256(key.encode()).hexdigest()}.seen.json"
    seen = _seen(cache, name)
    if created < seen:
        raise StaleIndexError(
            f"the index of {source} was signed on {created or 'an unknown day'}, but one of {seen} "
            "has been seen: it is out of date, or somebody holds the newer one back. It was not "
            "used"
        )
    if created > seen:
        cache.keep(name, msgspec.json.encode(Seen(created)))


def _seen(cache: Cache, name: str) -> str:
    try:
        return msgspec.json.decode((cache.folder / name).read_bytes(), type=Seen).created
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _fits(signed: bytes, signature: str, key: str) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise MissingExtraError(
            f"a signed mirror needs the extra [signed], which is not installed ({error}). "
            "Install it: pip install 'lhnets[signed]'"
        ) from error
    try:
        raw = base64.b64decode(signature, validate=True)
        if base64.b64encode(raw).decode() != signature:
            return False
        Ed25519PublicKey.from_public_bytes(key_bytes(key)).verify(raw, signed)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
