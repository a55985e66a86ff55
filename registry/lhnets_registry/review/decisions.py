"""Review: what becomes of a candidate.

candidate ── approve ──> verified ── retract ──> retracted
    └────── reject ───> rejected

Rejected and retracted are final: the number is used up, and the author publishes the next version.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lhnets.format import read
from lhnets_registry.errors import ReviewError, UnknownVersionError
from lhnets_registry.ledger import audit
from lhnets_registry.ledger.audit import Actor
from lhnets_registry.location import Location
from lhnets_registry.mirror.export import bundled_mirror
from lhnets_registry.review.checklist import Checklist, of_network

if TYPE_CHECKING:
    from lhnets_registry.report import Report
    from lhnets_registry.store import Status, Store, Version

_FROM: dict[Status, Status] = {
    "verified": "candidate",
    "rejected": "candidate",
    "retracted": "verified",
}
_DEEDS: dict[Status, str] = {"verified": "approve", "rejected": "reject", "retracted": "retract"}
_REASON_LENGTH = 2000


def approve(
    identity: str, store: str | Path | Location | None = None, actor: Actor | None = None
) -> Version:
    """Make the candidate NAME@VERSION verified. ``actor`` is who decides, else the local user.

    Raises
    ------
    ReviewError
        If there is no such version, or it is not a candidate.
    """
    return _step(identity, "verified", "", store, actor)


def reject(
    identity: str,
    reason: str,
    store: str | Path | Location | None = None,
    actor: Actor | None = None,
) -> Version:
    """Turn the candidate NAME@VERSION down. Its number is used up."""
    return _step(identity, "rejected", reason, store, actor)


def retract(
    identity: str,
    reason: str,
    store: str | Path | Location | None = None,
    actor: Actor | None = None,
) -> Version:
    """Withdraw the verified NAME@VERSION. It stays reachable by pin, and its next user is shown the
    reason."""
    return _step(identity, "retracted", reason, store, actor)


def listed(store: str | Path | Location | None = None, status: str | None = None) -> list[Version]:
    """The versions in the store, of one status or all; none where no store was made yet."""
    location = Location.of(store)
    if not location.exists:
        return []
    with location.shared_lock():
        versions = _open(location).versions()
    return [v for v in versions if status in (None, v.status)]


def publishers(store: str | Path | Location | None = None) -> dict[str, str]:
    """Who published each NAME@VERSION, as the audit log says."""
    return audit.publishers(Location.of(store))


def shown(identity: str, store: str | Path | Location | None = None) -> tuple[Version, Report]:
    """A version and the report with which it was admitted."""
    from lhnets_registry.store import identified

    location = _existing(store)
    with location.shared_lock():
        opened = _open(location)
        version = identified(opened.versions(), identity)
    return version, opened.report(version)


def checked(identity: str, store: str | Path | Location | None = None) -> tuple[Version, Checklist]:
    """A version and the checklist that `lhnets check` gives for its file, with the report of its
    admission."""
    from lhnets_registry.store import identified

    location = _existing(store)
    with location.shared_lock():
        opened = _open(location)
        versions = opened.versions()
        version = identified(versions, identity)
        report, content = opened.report(version), opened.content(version)
    taken = {v.name for v in versions} | {e.name for e in bundled_mirror().index.networks}
    return version, of_network(read(content).card, report, taken)


def approve_in(store: Store, version: Version, actor: Actor | None = None) -> Version:
    """Make ``version`` verified in an open, locked store."""
    return _marked(store, version, "verified", "", actor)


def _step(
    identity: str,
    status: Status,
    reason: str,
    store: str | Path | Location | None,
    actor: Actor | None,
) -> Version:
    from lhnets_registry.store import Store, identified

    location = _existing(store)
    if status != "verified" and not 0 < len(reason.strip()) <= _REASON_LENGTH:
        raise ReviewError(
            f"{identity} cannot become {status} without a reason of at most {_REASON_LENGTH} "
            "characters: its author and its users will read it"
        )
    with location.lock():
        opened = Store.for_writing(location)
        return _marked(
            opened, identified(opened.versions(), identity), status, reason.strip(), actor
        )


def _marked(
    store: Store, version: Version, status: Status, reason: str, actor: Actor | None
) -> Version:
    from lhnets_registry.store import identified

    needed = _FROM[status]
    if version.status != needed:
        since = f" ({version.reason})" if version.reason else ""
        raise ReviewError(
            f"{version.identity} is {version.status}{since}; only a {needed} version can become "
            f"{status}. Publish the next version instead"
        )
    if status == "verified":
        _require_second(store, version, actor)
        store.content(version)
    store.mark(version, status, reason)
    audit.record(store.location, _DEEDS[status], version.identity, status, actor, detail=reason)
    return identified(store.versions(version.name), version.identity)


def _require_second(store: Store, version: Version, actor: Actor | None) -> None:
    """Refuse an approval with a token of the person who published."""
    publisher = audit.publishers(store.location).get(version.identity, "")
    if actor is not None and publisher and audit.person_of(publisher) == audit.person_of(actor.who):
        raise ReviewError(
            f"{version.identity} was published by {publisher}: another person must approve it"
        )


def _existing(store: str | Path | Location | None) -> Location:
    location = Location.of(store)
    if not location.exists:
        raise UnknownVersionError(
            f"there is no store at {location.shown}: nothing was published yet. Name another with "
            "--store"
        )
    return location


def _open(location: Location) -> Store:
    from lhnets_registry.store import Store

    return Store(location)
