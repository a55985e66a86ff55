"""The audit log: who did what, when, and what became of it. Entries are only ever added.

The database is not touched before an entry is written or read.
"""

from __future__ import annotations

import getpass
import re
import time
from collections.abc import Iterable

from msgspec import Struct

from lhnets_registry.location import Location

_LENGTHS = {"who": 300, "action": 40, "subject": 300, "result": 40, "detail": 2000, "client": 100}


_TOKEN = re.compile(r"token ([0-9a-f]+) \((.*)\)")


class Actor(Struct, frozen=True):
    """Who does something, the address that the request came from, and of a token what it may."""

    who: str
    client: str = ""
    scopes: tuple[str, ...] = ()


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One entry. ``who`` is ``token ID (NAME)``, or ``user NAME`` at the registry's own machine."""

    time: int
    """Milliseconds since 1970."""
    who: str
    action: str
    subject: str
    result: str
    detail: str = ""
    client: str = ""
    """Address that a request came from."""


def local_user() -> str:
    """Who works at this machine."""
    try:
        return f"user {getpass.getuser()}"
    except (KeyError, OSError):
        return "user unknown"


def record(
    location: Location,
    action: str,
    subject: str,
    result: str,
    actor: Actor | None = None,
    *,
    detail: str = "",
) -> None:
    """Add an entry; the local user did it where no ``actor`` is given."""
    actor = actor or Actor(local_user())
    made = AuditEntry(
        time=now(),
        who=actor.who,
        action=action,
        subject=subject,
        result=result,
        detail=detail,
        client=actor.client,
    )
    add(location, [made])


def add(location: Location, entries: Iterable[AuditEntry]) -> None:
    """Add entries in one transaction, each text cut to the length that is kept."""
    rows = [
        {"time": e.time} | {name: getattr(e, name)[:length] for name, length in _LENGTHS.items()}
        for e in entries
    ]
    if rows:
        from lhnets_registry.ledger.tables import AUDIT, writing

        with writing(location) as connection:
            connection.execute(AUDIT.insert(), rows)


def listed(location: Location, newest: int | None = None) -> list[AuditEntry]:
    """The entries in their order, all or the ``newest``."""
    from lhnets_registry.ledger.tables import AUDIT, reading

    with reading(location) as connection:
        if connection is None:
            return []
        query = AUDIT.select().with_only_columns(*(c for c in AUDIT.c if c.name != "number"))
        query = query.order_by(AUDIT.c.number.desc())
        rows = connection.execute(query.limit(newest)).mappings().all()
    return [AuditEntry(**row) for row in reversed(rows)]


def person_of(who: str) -> str:
    """Whom ``who`` of an entry stands for: tokens of the same name are of one person."""
    found = _TOKEN.fullmatch(who)
    return who if found is None else found[2] or found[1]


def publishers(location: Location) -> dict[str, str]:
    """Who published each NAME@VERSION."""
    from lhnets_registry.ledger.tables import AUDIT, reading

    with reading(location) as connection:
        if connection is None:
            return {}
        query = (
            AUDIT.select()
            .with_only_columns(AUDIT.c.subject, AUDIT.c.who)
            .where(AUDIT.c.action == "publish", AUDIT.c.result == "created")
        )
        return {row.subject: row.who for row in connection.execute(query)}


def count_since(location: Location, who: str, action: str, time: int) -> int:
    """How many entries somebody made since a time, in milliseconds since 1970."""
    from lhnets_registry.ledger.tables import AUDIT, reading

    with reading(location) as connection:
        if connection is None:
            return 0
        query = (
            AUDIT.select()
            .with_only_columns(AUDIT.c.number)
            .where(AUDIT.c.who == who, AUDIT.c.action == action, AUDIT.c.time >= time)
        )
        return len(connection.execute(query).all())


def newest_decision(location: Location) -> int:
    """The number of the last entry that changed what a mirror holds: an approval or a retraction; 0
    where there is none."""
    from lhnets_registry.ledger.tables import AUDIT, reading

    with reading(location) as connection:
        if connection is None:
            return 0
        query = (
            AUDIT.select()
            .with_only_columns(AUDIT.c.number)
            .where(AUDIT.c.result.in_(("verified", "retracted")))
        )
        return int(connection.execute(query.order_by(AUDIT.c.number.desc()).limit(1)).scalar() or 0)


def now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)
