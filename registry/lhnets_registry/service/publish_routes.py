"""`POST /v1/publish`: a network file in, admitted and made a candidate."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.errors import AdmissionError, NameConflictError, ScopeError
from lhnets_registry.ledger import audit, tokens
from lhnets_registry.ledger.audit import Actor
from lhnets_registry.publishing.publication import PublishedVersion, check_bundled, register
from lhnets_registry.service.access import allowed
from lhnets_registry.service.body import NETWORK_FILE, read_body, require_network_file
from lhnets_registry.service.documents import problems
from lhnets_registry.service.errors import TooManyAttemptsError
from lhnets_registry.service.review_documents import PublishedDocument
from lhnets_registry.service.state import Service

_DAY = 86_400_000

router = APIRouter(prefix="/v1", tags=["publication"])


@router.post(
    "/publish",
    status_code=201,
    response_model=PublishedDocument,
    responses={
        200: {
            "model": PublishedDocument,
            "description": "These bytes were published before; nothing changed.",
        },
        **problems(400, 401, 403, 408, 409, 413, 415, 422, 429, 503, 507),
    },
    openapi_extra=NETWORK_FILE,
    summary="Publish a network file",
)
async def publish(
    request: Request, actor: Annotated[Actor, Depends(allowed("publish"))]
) -> Response:
    """Admit the network file in the body and register it as a candidate.

    The same bytes may be sent again after a connection was lost: a version is published once.
    """
    service: Service = request.app.state.service
    require_network_file(request)
    with service.bodies.account() as take:
        limits = service.settings
        content = await read_body(request, service.largest_file, limits.body_seconds, take)
        async with service.desk.turn() as admitter:
            done = await run_in_threadpool(_published, service, content, admitter, actor)
    return Response(
        msgspec.json.encode({k: getattr(done, k) for k in PublishedDocument.model_fields}),
        201 if done.created else 200,
        {"Location": f"/v1/review/{done.name}/{done.version}"},
        "application/json",
    )


def _published(
    service: Service, content: bytes, admitter: Admitter, actor: Actor
) -> PublishedVersion:
    location = service.settings.location
    _require_quota(service, actor)
    admission = admitter.admit(content)
    try:
        network = admission.require("the file")
        tokens.require_name(location, network.card.name, actor)
        if service.settings.bundled:
            check_bundled(network)
        return register(network, admission.report, location, actor=actor)
    except (AdmissionError, NameConflictError, ScopeError) as error:
        result = "refused" if isinstance(error, AdmissionError) else "conflict"
        audit.record(location, "publish", admission.report.sha256, result, actor, detail=str(error))
        raise


def _require_quota(service: Service, actor: Actor) -> None:
    """Refuse more publications of one token in a day than the service allows, refused ones
    included."""
    settings = service.settings
    made = audit.count_since(settings.location, actor.who, "publish", audit.now() - _DAY)
    if made >= settings.quota:
        raise TooManyAttemptsError(
            f"{actor.who} sent {made} files within a day, and {settings.quota} are allowed. Try "
            "again tomorrow, or ask the registry's keeper (`lhnets serve --quota`)"
        )
