"""What a service serves and how much it allows. Handed to the worker processes through the
environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from lhnets_registry.location import Location

SETTINGS_VARIABLE = "LHNETS_SERVICE_SETTINGS"
"""JSON of `Settings`: set by `lhnets serve` for its workers, or by an operator for another ASGI
server."""

_Positive = Annotated[float, Meta(gt=0)]
_Count = Annotated[int, Meta(ge=1)]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one service.

    ``mirror`` is the folder that is served and kept up to date from the store.
    """

    mirror: str
    store: str | None = None
    artifacts: str | None = None
    bundled: bool = True
    body_bytes: _Count = 16_000_000
    """Largest request body of a prediction."""
    bodies_bytes: _Count = 256_000_000
    """All bodies that one worker process holds at a time."""
    body_seconds: _Positive = 20.0
    """Time in which a request body must have arrived."""
    idle_seconds: _Count = 15
    """How long a connection may stay open without a request, or with one whose headers are not
    complete."""
    rows: _Count = 100_000
    """Most points of one prediction."""
    seconds: _Positive = 10.0
    """Time for one prediction."""
    concurrency: _Count = 64
    """Predictions at work or waiting in one worker process; more are turned away with 503."""
    admissions: _Count = 2
    """Published files that one worker process tries at a time; others wait."""
    quota: _Count = 200
    """Files that one token may send in a day."""
    file_bytes: _Count | None = None
    """Largest network file that is taken in; without it 1 MB, and 16 MB for networks on events."""
    blind: str | None = None
    """Folder of the blind tasks."""
    submissions: _Count = 3
    """Files that a token may submit to a blind task within 24 hours."""
    loaded: _Count = 256
    """Networks kept loaded in one worker process."""

    @property
    def location(self) -> Location:
        """The store."""
        return Location.of(self.store, self.artifacts)

    @property
    def folder(self) -> Path:
        """The mirror."""
        return Path(self.mirror)

    @classmethod
    def from_environment(cls) -> Settings:
        """What `to_environment` left there."""
        return msgspec.json.decode(os.environ[SETTINGS_VARIABLE], type=cls)

    def to_environment(self) -> None:
        """Leave these settings for the worker processes of this process."""
        os.environ[SETTINGS_VARIABLE] = msgspec.json.encode(self).decode()
