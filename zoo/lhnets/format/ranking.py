"""Which networks of a mirror were judged in a task, and in which order."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from lhnets.format.part import Kind, Name, Part, Sha256


class Ranked(Part, frozen=True, kw_only=True):
    """A network file that was judged."""

    name: Name
    version: Annotated[int, Meta(ge=1)]
    sha256: Sha256
    rank: Annotated[int, Meta(description="1 is the best; what chance allows shares one", ge=1)]
    microseconds: (
        Annotated[float, Meta(description="time of an event, for networks of one rank", gt=0)]
        | None
    ) = None

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"


class RankedTask(Part, frozen=True, kw_only=True):
    """A task that networks of the mirror were judged in. Its name is a subject."""

    name: Name
    kind: Kind
    networks: Annotated[tuple[Ranked, ...], Meta(description="the best first")]
