"""Submissions to blind tasks, kept as entries of the audit log: nothing of them is ever changed.

A submission that was judged has an entry with its figures; one that was withdrawn has a second
entry, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy
from msgspec import Struct

from lhnets_registry.errors import SubmissionLimitError
from lhnets_registry.ledger import audit
from lhnets_registry.ledger.audit import Actor
from lhnets_registry.ledger.tables import AUDIT, lock_submissions, reading, writing
from lhnets_registry.location import Location

DAY = 86_400_000
ACTION = "submit"
_TRIED, _JUDGED, _WITHDRAWN = "tried", "judged", "withdrawn"


class Submission(Struct, frozen=True, kw_only=True):
    """A file that was judged in a blind task.

    Attributes
    ----------
    network, sha256 : str
        NAME@VERSION and hash of the file.
    figures : dict
        As they were given out.
    time : int
        Milliseconds since 1970.
    who : str
        The token.
    withdrawn : str or None
        Why it was withdrawn, if it was.
    """

    network: str
    sha256: str
    figures: dict[str, Any]
    time: int
    who: str
    withdrawn: str | None = None


class _Detail(Struct, frozen=True):
    network: str
    figures: dict[str, Any]


def claim(location: Location, task: str, sha256: str, actor: Actor, most: int) -> None:
    """Count a submission of a file, before it is judged. Trying the same file again counts too.

    Raises
    ------
    SubmissionLimitError
        If the token submitted ``most`` files to this task within the last 24 hours.
    """
    now = audit.now()
    with writing(location) as connection:
        lock_submissions(connection)
        tried = connection.execute(
            sqlalchemy.select(sqlalchemy.func.count())
            .select_from(AUDIT)
            .where(
                AUDIT.c.action == ACTION,
                AUDIT.c.result == _TRIED,
                AUDIT.c.who == actor.who[:300],
                AUDIT.c.subject.startswith(f"{task}:", autoescape=True),
                AUDIT.c.time > now - DAY,
            )
        ).scalar()
        if int(tried or 0) >= most:
            raise SubmissionLimitError(
                f"{actor.who} submitted {most} files to {task} within 24 hours, which is the most: "
                "try again tomorrow. Measure on rows of your own meanwhile"
            )
        connection.execute(AUDIT.insert(), [_row(now, task, sha256, _TRIED, actor, "")])


def note_judged(
    location: Location,
    task: str,
    network: str,
    sha256: str,
    figures: Mapping[str, Any],
    actor: Actor,
) -> None:
    """Add the entry of a submission that was judged."""
    detail = msgspec.json.encode(_Detail(network, dict(figures))).decode()
    _add(location, _row(audit.now(), task, sha256, _JUDGED, actor, detail))


def note_withdrawn(location: Location, task: str, sha256: str, reason: str, actor: Actor) -> None:
    """Add the entry of a submission that is withdrawn. It stays in every list."""
    _add(location, _row(audit.now(), task, sha256, _WITHDRAWN, actor, reason))


def listed(location: Location, task: str) -> list[Submission]:
    """The submissions that were judged, the oldest first, those that were withdrawn too."""
    with reading(location) as connection:
        if connection is None:
            return []
        query = (
            AUDIT.select()
            .where(
                AUDIT.c.action == ACTION,
                AUDIT.c.result.in_((_JUDGED, _WITHDRAWN)),
                AUDIT.c.subject.startswith(f"{task}:", autoescape=True),
            )
            .order_by(AUDIT.c.number)
        )
        rows = connection.execute(query).mappings().all()
    found: dict[str, Submission] = {}
    for row in rows:
        sha256 = row["subject"].partition(":")[2]
        if row["result"] == _JUDGED:
            detail = msgspec.json.decode(row["detail"], type=_Detail)
            found.setdefault(
                sha256,
                Submission(
                    network=detail.network,
                    sha256=sha256,
                    figures=detail.figures,
                    time=row["time"],
                    who=row["who"],
                ),
            )
        elif sha256 in found:
            found[sha256] = msgspec.structs.replace(found[sha256], withdrawn=row["detail"])
    return list(found.values())


def _row(
    time: int, task: str, sha256: str, result: str, actor: Actor, detail: str
) -> dict[str, Any]:
    return {
        "time": time,
        "who": actor.who[:300],
        "action": ACTION,
        "subject": f"{task}:{sha256}",
        "result": result,
        "detail": detail[:2000],
        "client": actor.client[:100],
    }


def _add(location: Location, row: dict[str, Any]) -> None:
    with writing(location) as connection:
        connection.execute(AUDIT.insert(), [row])
