"""`POST /v1/predict/{name}` and `POST /v1/predict`: JSON or Arrow in, the same out."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import numpy as np
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from lhnets._errors import ParameterError
from lhnets_registry.service import arrow, evaluation, predict_examples
from lhnets_registry.service.answer import Answer
from lhnets_registry.service.body import media_type, read_body
from lhnets_registry.service.documents import PredictionDocument, problems
from lhnets_registry.service.errors import BodyError, MediaTypeError
from lhnets_registry.service.network_routes import NAME
from lhnets_registry.service.pool import Deadline
from lhnets_registry.service.question import AskedOfNetwork, AskedOfPhysics, from_address, from_json
from lhnets_registry.service.state import Service, service_of

JSON = "application/json"

router = APIRouter(prefix="/v1", tags=["predictions"])
_REFUSALS = problems(400, 404, 408, 413, 415, 422, 503)
_SERVICE = Depends(service_of)


@router.post(
    "/predict/{name}",
    response_model=PredictionDocument,
    responses=_REFUSALS,
    openapi_extra=predict_examples.OF_NETWORK,
    summary="Predict with a network",
)
async def predict_with(
    request: Request,
    name: Annotated[str, Path(pattern=NAME, max_length=90, examples=["cs-gluino-pair-lo"])],
    service: Annotated[Service, _SERVICE],
) -> Response:
    """The prediction of the network NAME (its newest verified version) or NAME@VERSION.

    Arrays are nested lists that broadcast against each other. A number that is not finite is `null` in JSON, and NaN in
    Arrow. An Arrow stream has one column for each input; energy, order, output and outside then stand in the query.
    """
    limits = service.settings
    kind = _kind(request)
    body = await read_body(request, limits.body_bytes, limits.body_seconds)

    def work(deadline: Deadline) -> Response:
        asked = _of_network(request, kind, body, limits.rows)
        return _response(evaluation.answer_of_network(service.networks, name, asked, limits.rows, deadline), kind)

    return await service.pool.run(work)


@router.post(
    "/predict",
    response_model=PredictionDocument,
    responses=_REFUSALS,
    openapi_extra=predict_examples.OF_PHYSICS,
    summary="Predict by the physics",
)
async def predict(request: Request, service: Annotated[Service, _SERVICE]) -> Response:
    """The prediction for a kind and a subject, such as a cross section and a process; the best network answers."""
    limits = service.settings
    kind = _kind(request)
    body = await read_body(request, limits.body_bytes, limits.body_seconds)

    def work(deadline: Deadline) -> Response:
        asked = _of_physics(request, kind, body, limits.rows)
        return _response(evaluation.answer_of_physics(service.networks, asked, limits.rows, deadline), kind)

    return await service.pool.run(work)


def _kind(request: Request) -> str:
    kind = media_type(request)
    if kind not in (JSON, arrow.STREAM):
        raise MediaTypeError(f"the content type {kind or '(none)'} is not taken: send {JSON} or {arrow.STREAM}")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise MediaTypeError("compressed bodies are not taken: send it plain")
    if kind == JSON and request.url.query:
        raise BodyError("a JSON body says everything itself: put what stands in the query into it")
    return kind


def _of_network(request: Request, kind: str, body: bytes, rows: int) -> AskedOfNetwork:
    if kind == JSON:
        return from_json(body, AskedOfNetwork)
    given = from_address(dict(request.query_params))
    if given.kind or given.subject or given.network:
        raise ParameterError("kind, subject and network belong to /v1/predict; here the address names the network")
    return AskedOfNetwork(
        parameters=arrow.read_table(body, rows),  # type: ignore[arg-type]
        energy=given.energy,
        order=given.order,
        output=given.output,
        outside=given.outside,
    )


def _of_physics(request: Request, kind: str, body: bytes, rows: int) -> AskedOfPhysics:
    if kind == JSON:
        return from_json(body, AskedOfPhysics)
    given = from_address(dict(request.query_params))
    if given.kind is None or given.subject is None or given.output:
        raise ParameterError("the query must give kind and subject, such as kind=cross_section&subject=p p > go go")
    return AskedOfPhysics(
        kind=given.kind,
        subject=given.subject,
        parameters=arrow.read_table(body, rows),  # type: ignore[arg-type]
        network=given.network,
        energy=given.energy,
        order=given.order,
        outside=given.outside,
    )


def _response(answer: Answer, kind: str) -> Response:
    if kind == JSON:
        return Response(msgspec.json.encode(answer, enc_hook=_plain), media_type=JSON)
    columns = {"value": answer.value, "uncertainty": answer.uncertainty, "reach": answer.reach}
    for source, shift in answer.components.items():
        columns |= {f"{source}_up": shift.up, f"{source}_down": shift.down}
    said = {
        k: getattr(answer, k) for k in ("network", "sha256", "kind", "subject", "output", "unit", "order", "energy")
    }
    metadata = {k: str(v) for k, v in said.items() if v is not None} | {"warnings": "; ".join(answer.warnings)}
    flat = {name: np.atleast_1d(np.asarray(values, dtype=np.float64)).reshape(-1) for name, values in columns.items()}
    return Response(arrow.write_table(flat, metadata), media_type=arrow.STREAM)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.floating):
        return float(value)
    raise NotImplementedError(f"{type(value).__name__} has no place in an answer")
