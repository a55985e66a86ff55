"""The public log of a mirror, `log.jsonl`: a line for each publication, approval and retraction,
each with the SHA-256 of the line before it. Lines are only ever added.

Who kept an earlier copy sees whether something was changed or left out since: the copy must be the
beginning of the log.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from lhnets.errors import IntegrityError
from lhnets.format import Index, Status

LOG_FILE = "log.jsonl"
LOG_LIMIT = 64 * 1000**2

Action: TypeAlias = Literal["publish", "approve", "retract"]
_START = "0" * 64
_ACTIONS: dict[Status, tuple[Action, ...]] = {
    "candidate": ("publish",),
    "verified": ("publish", "approve"),
    "retracted": ("publish", "approve", "retract"),
}
_STATUS: dict[Action, Status] = {
    "publish": "candidate",
    "approve": "verified",
    "retract": "retracted",
}


class Event(Struct, frozen=True):
    """What happened to a version.

    Attributes
    ----------
    time : str
        When, in UTC; empty if it is not known.
    network : str
        NAME@VERSION.
    action : str
        publish, approve or retract.
    sha256 : str
        Of the network file.
    reason : str
        Of a retraction.
    """

    time: str
    network: str
    action: Action
    sha256: str
    reason: str = ""


class LogLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the log: an event, its number from 1, and the SHA-256 of the line before it."""

    number: int
    previous: str
    time: str
    network: str
    action: Action
    sha256: str
    reason: str = ""


class Happened(Struct, frozen=True):
    """A version as the mirror has it now, and when its steps were taken (milliseconds since 1970; 0
    if that is not known)."""

    identity: str
    sha256: str
    status: Status
    reason: str
    times: dict[str, int]


def continue_log(earlier: bytes, versions: Iterable[Happened]) -> bytes:
    """The log with what has happened since.

    Raises
    ------
    IntegrityError
        If the earlier log is damaged.
    """
    lines = read_log(earlier)
    known = {(line.network, line.action) for line in lines}
    order = list(_STATUS)
    news = [e for v in versions for e in _events_of(v) if (e.network, e.action) not in known]
    news.sort(key=lambda e: (e.time, e.network, order.index(e.action)))
    written, previous = [earlier], _hash_of_last(earlier)
    for number, event in enumerate(news, len(lines) + 1):
        line = LogLine(number=number, previous=previous, **msgspec.structs.asdict(event))
        text = msgspec.json.encode(line)
        written.append(text + b"\n")
        previous = hashlib.sha256(text).hexdigest()
    return b"".join(written)


def read_log(content: bytes) -> list[LogLine]:
    """The lines of a log.

    Raises
    ------
    IntegrityError
        If a line cannot be read, or does not follow the one before it.
    """
    lines, previous = [], _START
    if content and not content.endswith(b"\n"):
        raise IntegrityError(f"{LOG_FILE} ends within a line: it is damaged")
    for number, text in enumerate(content.splitlines(), 1):
        try:
            line = msgspec.json.decode(text, type=LogLine)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise IntegrityError(f"line {number} of {LOG_FILE} cannot be read: {error}") from error
        if (line.number, line.previous) != (number, previous):
            raise IntegrityError(
                f"line {number} of {LOG_FILE} does not follow the one before it: something was "
                "changed or left out. Compare with an earlier copy, and tell the mirror's keeper"
            )
        previous = hashlib.sha256(text).hexdigest()
        lines.append(line)
    return lines


def find_differences(lines: Sequence[LogLine], index: Index) -> Iterator[str]:
    """Where the log and the index say different things, in words."""
    last = {line.network: line for line in lines}
    for entry in index.networks:
        line = last.pop(entry.identity, None)
        if line is None:
            yield f"{entry.identity} is not in {LOG_FILE}"
        elif (line.sha256, _STATUS[line.action]) != (entry.sha256, entry.status):
            yield (
                f"{entry.identity} is {entry.status} with SHA-256 {entry.sha256[:12]}… in the "
                f"index, but {_STATUS[line.action]} with {line.sha256[:12]}… in {LOG_FILE}"
            )
    for identity, line in last.items():
        if line.action != "publish":
            yield f"{identity} is in {LOG_FILE}, but no longer in the index"


def _events_of(version: Happened) -> Iterator[Event]:
    for action in _ACTIONS[version.status]:
        yield Event(
            _moment(version.times.get(action, 0)),
            version.identity,
            action,
            version.sha256,
            version.reason if action == "retract" else "",
        )


def _moment(milliseconds: int) -> str:
    if not milliseconds:
        return ""
    moment = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _hash_of_last(content: bytes) -> str:
    if not content:
        return _START
    return hashlib.sha256(content.splitlines()[-1]).hexdigest()
