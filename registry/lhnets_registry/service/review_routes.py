"""`GET /v1/review` and `POST /v1/review/{name}/{version}/…`: what becomes of candidates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError

from lhnets.errors import Error
from lhnets_registry.ledger.audit import Actor
from lhnets_registry.review import decisions as review
from lhnets_registry.service.access import allowed
from lhnets_registry.service.body import read_body
from lhnets_registry.service.documents import problems
from lhnets_registry.service.errors import BodyError
from lhnets_registry.service.review_documents import (
    DecidedDocument,
    ReasonDocument,
    ReviewDocument,
    ReviewListDocument,
    Status,
    VersionDocument,
)
from lhnets_registry.service.state import Service, service_of

if TYPE_CHECKING:
    from lhnets_registry.store import Version

MOST_PER_PAGE = 500

router = APIRouter(prefix="/v1/review", tags=["review"])
_log = logging.getLogger("lhnets.service")
_READERS, _REVIEWERS = allowed("review", "publish"), allowed("review")

Name = Annotated[
    str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80, examples=["cs-gluino-pair-lo"])
]
Number = Annotated[int, Path(ge=1, le=999_999_999, examples=[1])]
Serving = Annotated[Service, Depends(service_of)]
_REASON_BYTES = 16_384


async def _reason(request: Request, service: Serving) -> str:
    body = await read_body(request, _REASON_BYTES, service.settings.body_seconds)
    try:
        return ReasonDocument.model_validate_json(body, strict=True).reason
    except ValidationError as error:
        raise BodyError(
            'the body must be JSON with a reason of 1 to 2000 characters, such as {"reason": '
            '"alpha_s was wrong"}'
        ) from error


Reason = Annotated[str, Depends(_reason)]


@router.get(
    "",
    response_model=ReviewListDocument,
    responses=problems(401, 403, 422, 429, 503),
    summary="List versions",
)
def listed(
    service: Serving,
    actor: Annotated[Actor, Depends(_READERS)],
    status: Annotated[Status | None, Query()] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 100,
) -> Response:
    """The versions in the store, of one status or all, by name and version."""
    location = service.settings.location
    found, by = review.listed(location, status), review.publishers(location)
    return _json(
        {
            "total": len(found),
            "offset": offset,
            "versions": [_public(v, by) for v in found[offset : offset + limit]],
        }
    )


@router.get(
    "/{name}/{version}",
    response_model=ReviewDocument,
    responses=problems(401, 403, 404, 422, 429, 503),
    summary="One version and its report",
)
def shown(
    service: Serving, actor: Annotated[Actor, Depends(_READERS)], name: Name, version: Number
) -> Response:
    """The state of a version and the report of its admission."""
    found, report = review.shown(f"{name}@{version}", service.settings.location)
    by = review.publishers(service.settings.location)
    return _json({"version": _public(found, by), "report": report})


_DECISION: dict[str, Any] = {
    "response_model": DecidedDocument,
    "responses": problems(400, 401, 403, 404, 408, 409, 413, 422, 429, 503, 507),
}
_WITH_REASON = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ReasonDocument.model_json_schema()}},
    }
}


@router.post("/{name}/{version}/approve", **_DECISION, summary="Make a candidate verified")
def approve(
    service: Serving, actor: Annotated[Actor, Depends(_REVIEWERS)], name: Name, version: Number
) -> Response:
    """The version is exported and resolved from now on."""
    return _decided(
        service, lambda: review.approve(f"{name}@{version}", service.settings.location, actor)
    )


@router.post(
    "/{name}/{version}/reject",
    **_DECISION,
    openapi_extra=_WITH_REASON,
    summary="Turn a candidate down",
)
def reject(
    service: Serving,
    actor: Annotated[Actor, Depends(_REVIEWERS)],
    name: Name,
    version: Number,
    reason: Reason,
) -> Response:
    """Its number is used up; the author publishes the next version."""
    return _decided(
        service,
        lambda: review.reject(f"{name}@{version}", reason, service.settings.location, actor),
    )


@router.post(
    "/{name}/{version}/retract",
    **_DECISION,
    openapi_extra=_WITH_REASON,
    summary="Withdraw a verified version",
)
def retract(
    service: Serving,
    actor: Annotated[Actor, Depends(_REVIEWERS)],
    name: Name,
    version: Number,
    reason: Reason,
) -> Response:
    """It stays reachable by pin, with a warning that gives the reason, and is never chosen
    again."""
    return _decided(
        service,
        lambda: review.retract(f"{name}@{version}", reason, service.settings.location, actor),
    )


def _decided(service: Service, decide: Callable[[], Any]) -> Response:
    """Decide, then bring the mirror up to date; a decision holds where the mirror must wait for its
    keeper."""
    version, by = decide(), review.publishers(service.settings.location)
    try:
        service.refresh()
    except (Error, OSError) as error:
        _log.error("the mirror is behind the store: %s", error)
        return _json({"version": _public(version, by), "mirror": "behind"})
    return _json({"version": _public(version, by), "mirror": "current"})


def _public(version: Version, publishers: Mapping[str, str]) -> dict[str, Any]:
    known = {"published_by": publishers.get(version.identity, "")}
    return {k: known.get(k) or getattr(version, k, "") for k in VersionDocument.model_fields}


def _json(document: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(document), media_type="application/json")
