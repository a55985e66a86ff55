"""`GET /health/live`, `/health/ready` and `/metrics`: for whatever watches over the service."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from lhnets.errors import MirrorError
from lhnets_registry.service import metrics
from lhnets_registry.service.documents import HealthDocument, problems
from lhnets_registry.service.state import Service, service_of

router = APIRouter(tags=["operation"])


@router.get("/health/live", response_model=HealthDocument, summary="Is the process alive?")
async def live() -> Response:
    """Always, where it answers."""
    return _document(status="live")


@router.get(
    "/health/ready", response_model=HealthDocument, responses=problems(503), summary="Can it serve?"
)
@router.get(
    "/health", response_model=HealthDocument, responses=problems(503), include_in_schema=False
)
async def ready(service: Annotated[Service, Depends(service_of)]) -> Response:
    """Whether the mirror's index can be read."""
    try:
        count = len(service.networks.entries)
    except OSError as error:
        raise MirrorError(f"the index of the mirror cannot be read: {error.strerror}") from error
    return _document(status="ready", networks=count)


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses=metrics.DESCRIBED,
)
def figures() -> Response:
    """Counts and times of all worker processes."""
    return Response(metrics.text(), headers={"content-type": metrics.CONTENT_TYPE})


def _document(**members: str | int) -> Response:
    return Response(msgspec.json.encode(members), media_type="application/json")
