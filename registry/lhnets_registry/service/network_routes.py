"""`GET /v1/search` and `GET /v1/networks/{name}`: what there is, and everything about one of it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from lhnets.format import Kind, card_path
from lhnets.networks import find_matching
from lhnets_registry.service.documents import NetworkDocument, SearchDocument, problems
from lhnets_registry.service.state import Service, service_of

NAME = r"^[a-z0-9]+(-[a-z0-9]+)*(@[1-9][0-9]{0,8})?$"
MOST_PER_PAGE = 500

router = APIRouter(prefix="/v1", tags=["networks"])


@router.get(
    "/search", response_model=SearchDocument, responses=problems(422), summary="Find networks"
)
def search(
    service: Annotated[Service, Depends(service_of)],
    text: Annotated[
        str | None, Query(max_length=200, description="words in name, title, subject, inputs")
    ] = None,
    kind: Annotated[Kind | None, Query()] = None,
    process: Annotated[
        str | None,
        Query(
            max_length=200,
            description="a process or decay in any spelling",
            examples=["p p > go go"],
        ),
    ] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 50,
) -> Response:
    """The newest verified version of each network that fits, by name."""
    found = find_matching(service.networks.entries, kind=kind, process=process, text=text)
    page: dict[str, Any] = {
        "total": len(found),
        "offset": offset,
        "networks": list(found[offset : offset + limit]),
    }
    return Response(msgspec.json.encode(page), media_type="application/json")


@router.get(
    "/networks/{name}",
    response_model=NetworkDocument,
    responses=problems(404, 422),
    summary="One network and its card",
)
def network(
    service: Annotated[Service, Depends(service_of)],
    name: Annotated[str, Path(pattern=NAME, max_length=90, examples=["cs-gluino-pair-lo"])],
) -> Response:
    """The index entry and the card of NAME (its newest verified version) or NAME@VERSION."""
    entry = service.networks.find(name)
    card = (service.settings.folder / card_path(entry.name, entry.version)).read_bytes()
    document = {"entry": entry, "card": msgspec.Raw(card)}
    return Response(msgspec.json.encode(document), media_type="application/json")
