"""Tokens: who may publish or review over HTTP.

A token is shown once, when it is made; kept is the SHA-256 of its 256 random bits, from which it
cannot be guessed. Its id is not a secret: it names the token in lists, in the audit log, and when
it is revoked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias, get_args

import sqlalchemy
from msgspec import Struct

from lhnets_registry.errors import ScopeError, TokenError
from lhnets_registry.ledger import audit
from lhnets_registry.ledger.tables import TOKENS, reading, writing
from lhnets_registry.location import Location

Scope: TypeAlias = Literal["publish", "review"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

_TOKEN = re.compile(r"lhnets_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NAME_LENGTH = 200
_DAY = 86_400_000
DAYS = 365.0
"""How long a token is valid unless said otherwise."""
_OWNER = re.compile(r"publish:([a-z0-9]+(?:-[a-z0-9]+)*-?)")


class Token(Struct, frozen=True):
    """A token without its secret. Times are milliseconds since 1970."""

    id: str
    name: str
    scopes: tuple[str, ...]
    digest: str
    created: int
    expires: int | None = None
    revoked: int | None = None

    @property
    def state(self) -> Literal["valid", "expired", "revoked"]:
        """What it is worth now."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= audit.now() else "valid"

    @property
    def shown(self) -> str:
        """Who it stands for in the audit log."""
        return f"token {self.id} ({self.name})"


def create(
    location: Location, scopes: Iterable[str], name: str = "", days: float | None = DAYS
) -> tuple[Token, str]:
    """Make a token, and give the secret text that is its only copy.

    Parameters
    ----------
    scopes : iterable of str
        ``publish``, ``review``, or ``publish:PREFIX``: all names that begin with PREFIX, which from
        then on only tokens with this scope may publish.
    name : str
        Whom it is for: a person, or a group that counts as one.
    days : float, optional
        How long it is valid; for ever if None.

    Raises
    ------
    TokenError
        for a scope that does not exist, or a name that is too long.
    """
    wanted = tuple(dict.fromkeys(scopes))
    unknown = [s for s in wanted if s not in SCOPES and not _OWNER.fullmatch(s)]
    if not wanted or unknown or len(" ".join(wanted)) > _NAME_LENGTH or len(name) > _NAME_LENGTH:
        raise TokenError(
            f"a token needs scopes out of {', '.join(SCOPES)}, publish:PREFIX, and a name of at "
            f"most {_NAME_LENGTH} characters; got {', '.join(wanted) or 'none'}"
        )
    made, identity, secret = audit.now(), secrets.token_hex(6), secrets.token_urlsafe(32)
    text = f"lhnets_{identity}_{secret}"
    expires = None if days is None else made + int(days * _DAY)
    token = Token(identity, name, wanted, _digest(text), made, expires)
    add(location, [token])
    audit.record(location, "token create", identity, "done", detail=f"{name}: {' '.join(wanted)}")
    return token, text


def add(location: Location, tokens: Iterable[Token]) -> None:
    """Keep tokens that were made elsewhere."""
    rows = [
        {
            "id": t.id,
            "name": t.name,
            "scopes": " ".join(t.scopes),
            "digest": t.digest,
            "created": t.created,
            "expires": t.expires,
            "revoked": t.revoked,
        }
        for t in tokens
    ]
    if rows:
        with writing(location) as connection:
            connection.execute(sqlalchemy.insert(TOKENS), rows)


def listed(location: Location) -> list[Token]:
    """All tokens, the oldest first."""
    with reading(location) as connection:
        if connection is None:
            return []
        rows = (
            connection.execute(sqlalchemy.select(TOKENS).order_by(TOKENS.c.created, TOKENS.c.id))
            .mappings()
            .all()
        )
    return [_token(row) for row in rows]


def revoke(location: Location, identity: str) -> Token:
    """Make the token with this id worthless, at once and for good.

    Raises
    ------
    TokenError
        If there is no such token.
    """
    token = next((t for t in listed(location) if t.id == identity), None)
    if token is None:
        raise TokenError(
            f"there is no token with the id {identity!r}; `lhnets token list` shows those there are"
        )
    if token.revoked is None:
        with writing(location) as connection:
            change = sqlalchemy.update(TOKENS).where(
                TOKENS.c.id == identity, TOKENS.c.revoked.is_(None)
            )
            connection.execute(change.values(revoked=audit.now()))
        audit.record(location, "token revoke", identity, "done", detail=token.name)
    return next(t for t in listed(location) if t.id == identity)


def authenticate(location: Location, text: str, scopes: Iterable[Scope]) -> Token:
    """The token whose secret text is ``text``, where it is valid and has one of ``scopes``.

    Raises
    ------
    TokenError
        If it is unknown, expired or revoked. The message never has the text.
    ScopeError
        If it is valid for something else.
    """
    found = _find(location, text)
    if found is None or not hmac.compare_digest(found.digest, _digest(text)):
        raise TokenError("the token is not known here; ask the registry's keeper for one")
    if found.state != "valid":
        raise TokenError(
            f"the token {found.id} is {found.state}; ask the registry's keeper for another"
        )
    wanted = tuple(scopes)
    if not {s.partition(":")[0] for s in found.scopes} & set(wanted):
        raise ScopeError(
            f"the token {found.id} may {' and '.join(found.scopes)}; this takes one that may "
            f"{' or '.join(wanted)}"
        )
    return found


def owned_prefixes(scopes: Iterable[str]) -> frozenset[str]:
    """The beginnings of names that scopes give to their holders."""
    return frozenset(found[1] for s in scopes if (found := _OWNER.fullmatch(s)))


def require_name(location: Location, name: str, actor: audit.Actor) -> None:
    """Refuse to let the holder of a token publish under a name of somebody else.

    A name belongs to the tokens that own a beginning of it, until all of them are revoked; else to
    whoever published its first version.

    Raises
    ------
    ScopeError
        If it belongs to somebody else.
    """
    own = owned_prefixes(actor.scopes)
    if any(name.startswith(p) for p in own):
        return
    if "publish" not in actor.scopes:
        raise ScopeError(
            f"{actor.who} may publish names that begin with {', '.join(sorted(own))}; got {name}"
        )
    owners = {p for t in listed(location) if not t.revoked for p in owned_prefixes(t.scopes)}
    taken = sorted(p for p in owners if name.startswith(p))
    if taken:
        raise ScopeError(
            f"names that begin with {taken[-1]} have an owner, and {actor.who} is not: choose "
            f"another name than {name}, or ask the registry's keeper for a token of the owner"
        )
    first = audit.publishers(location).get(f"{name}@1", actor.who)
    is_theirs = first.startswith("token ") and audit.person_of(first) != audit.person_of(actor.who)
    if is_theirs:
        raise ScopeError(
            f"{name} belongs to {audit.person_of(first)}, who published its first version: choose "
            f"another name, or ask the registry's keeper for a token with publish:{name}"
        )


def id_of(text: str) -> str | None:
    """The id that the secret text of a token claims; None if it is not the text of a token."""
    match = _TOKEN.fullmatch(text)
    return None if match is None else match[1]


def _find(location: Location, text: str) -> Token | None:
    identity = id_of(text)
    if identity is None:
        return None
    with reading(location) as connection:
        if connection is None:
            return None
        row = (
            connection.execute(sqlalchemy.select(TOKENS).where(TOKENS.c.id == identity))
            .mappings()
            .first()
        )
    return None if row is None else _token(row)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _token(row: Any) -> Token:
    return Token(**{**row, "scopes": tuple(row["scopes"].split())})
