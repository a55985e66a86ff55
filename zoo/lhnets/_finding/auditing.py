"""What became of the networks that a lock file pins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from lhnets._finding.listing import Listed
from lhnets.format import Entry, Pin

State: TypeAlias = Literal["in force", "superseded", "retracted", "another file", "absent"]


class Audited(Struct, frozen=True):
    """One pin.

    Attributes
    ----------
    network : str
        NAME@VERSION.
    state : str
        What became of it.
    reason : str
        Why it was retracted, or what is wrong.
    replacement : str
        The newest verified version of that name, if it is another one.
    """

    network: str
    state: State
    reason: str = ""
    replacement: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether a paper may go on with it; a better version may exist."""
        return self.state in ("in force", "superseded")


def audit(pins: Iterable[Pin], listed: Mapping[str, Listed]) -> list[Audited]:
    """What became of pinned networks, by what the mirrors list now.

    Parameters
    ----------
    pins : iterable of Pin
        Of a lock file.
    listed : mapping
        By NAME@VERSION.
    """
    entries = [offer.entry for offer in listed.values()]
    verified = [e for e in entries if e.status == "verified"]
    newest = {e.name: e for e in sorted(verified, key=lambda e: e.version)}
    return [_audited(pin, listed, newest.get(pin.name)) for pin in pins]


def _audited(pin: Pin, listed: Mapping[str, Listed], newest: Entry | None) -> Audited:
    identity = f"{pin.name}@{pin.version}"
    better = newest.identity if newest is not None and newest.version > pin.version else ""
    offer = listed.get(identity)
    if offer is None:
        return Audited(identity, "absent", "no mirror has it", better)
    entry = offer.entry
    if entry.sha256 != pin.sha256:
        reason = f"SHA-256 should be {pin.sha256}, but is {entry.sha256}"
        return Audited(identity, "another file", reason, better)
    if entry.status == "retracted":
        return Audited(identity, "retracted", entry.reason, better)
    return Audited(identity, "superseded" if better else "in force", "", better)
