"""The application: every endpoint of the registry behind one address."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from lhnets_registry.service import (
    errors,
    health_routes,
    logs,
    network_routes,
    predict_routes,
    publish_routes,
    review_routes,
    task_routes,
)
from lhnets_registry.service.mirror_files import MirrorFiles
from lhnets_registry.service.settings import Settings
from lhnets_registry.service.state import Service
from lhnets_registry.service.watch import Watch

_DESCRIPTION = """Networks of the registry: the mirror as static files, predictions, search,
publication and review.

Refusals are problem documents (`application/problem+json`)."""


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.service.close()


def create_app(settings: Settings) -> FastAPI:
    """The service over the mirror and the store that ``settings`` name."""
    app = FastAPI(
        title="lhnets registry",
        version=version("lhnets"),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.service = Service(settings)
    errors.install(app)
    app.add_middleware(MirrorFiles, folder=settings.folder)
    app.add_middleware(Watch)
    for routes in (
        predict_routes,
        network_routes,
        publish_routes,
        review_routes,
        task_routes,
        health_routes,
    ):
        app.include_router(routes.router)
    return app


def from_environment() -> FastAPI:
    """The application of a worker process; an ASGI server calls it."""
    logs.set_up(os.environ.get(logs.LEVEL_VARIABLE, "info"))
    return create_app(Settings.from_environment())
