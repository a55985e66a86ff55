"""The networks that a command line is about, before they are asked."""

from __future__ import annotations

from lhnets._finding import zoo as _zoo
from lhnets._finding.candidates import Given
from lhnets._finding.question import Question
from lhnets._finding.resolve import canonicalize, find_related
from lhnets._finding.versions import pinned
from lhnets.format import Entry, Kind


def find_asked(kind: Kind | None, subject: str | None, name: str | None) -> list[Entry]:
    """The network of a name, or those of a kind that compute a subject, whatever their inputs.

    Raises
    ------
    NetworkNotFoundError
        If no network has the name.
    ProcessError
        If the subject is not a process, for kinds that are about one.
    """
    entries = _zoo.default().entries
    if name:
        return [pinned(name, entries)]
    if kind is None or not subject:
        return []
    return list(find_related(canonicalize(Question(kind, subject), Given()), entries)[1])
