"""What the endpoints of one worker process share."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request

from lhnets_registry.admission.limits import Limits
from lhnets_registry.blind.tasks import BlindTasks
from lhnets_registry.mirror import export as mirror
from lhnets_registry.service.attempts import Attempts
from lhnets_registry.service.body import Bodies
from lhnets_registry.service.desk import Desk
from lhnets_registry.service.known_ids import KnownIds
from lhnets_registry.service.networks import Networks
from lhnets_registry.service.pool import Pool
from lhnets_registry.service.settings import Settings


class Service:
    """The settings, the networks and the threads of one worker process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.networks = Networks(settings.folder, settings.loaded)
        self.bodies = Bodies(settings.bodies_bytes)
        self.pool = Pool(settings.concurrency, settings.seconds)
        limits = Limits.of_size(settings.file_bytes)
        self.largest_file = limits.largest_file
        self.desk = Desk(settings.admissions, limits)
        self.blind = BlindTasks(Path(settings.blind) if settings.blind else None)
        self.attempts = Attempts()
        self.known_ids = KnownIds(settings.location)

    def close(self) -> None:
        """End what runs beside the worker process."""
        self.desk.close()

    def refresh(self) -> mirror.Exported:
        """Bring the served mirror and its catalogue up to date with the store. Takes seconds: call
        it in a thread.

        Every worker process sees the new index at its next request.
        """
        return refresh(self.settings)


def refresh(settings: Settings, *, pages: bool = True) -> mirror.Exported:
    """Bring a served mirror up to date with its store, with or without the pages of the
    catalogue."""
    keys = mirror.keys_from_environment()
    return mirror.export(
        settings.folder, settings.location, bundled=settings.bundled, keys=keys, pages=pages
    )


async def service_of(request: Request) -> Service:
    """The service that a request came to."""
    service: Service = request.app.state.service
    return service
