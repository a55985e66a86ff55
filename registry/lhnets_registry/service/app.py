"""The application: every endpoint of the registry behind one address."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI

from lhnets_registry.service import errors, network_routes
from lhnets_registry.service.settings import Settings
from lhnets_registry.service.state import Service

_DESCRIPTION = """Networks of the registry: the mirror as static files, predictions, search, publication and review.

Refusals are problem documents (`application/problem+json`)."""


def create_app(settings: Settings) -> FastAPI:
    """The service over the mirror and the store that ``settings`` name."""
    app = FastAPI(
        title="lhnets registry", version=version("lhnets"), description=_DESCRIPTION, docs_url=None, redoc_url=None
    )
    app.state.service = Service(settings)
    errors.install(app)
    for routes in (network_routes,):
        app.include_router(routes.router)
    return app


def from_environment() -> FastAPI:
    """The application of a worker process; an ASGI server calls it."""
    return create_app(Settings.from_environment())
