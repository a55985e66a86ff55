"""`POST /v1/predict/{name}` and `POST /v1/predict`: JSON or Arrow in, the same out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import numpy as np
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from lhnets.errors import ParameterError
from lhnets_registry.service import arrow, evaluation, predict_examples
from lhnets_registry.service.answer import Answer
from lhnets_registry.service.body import media_type, read_body
from lhnets_registry.service.documents import PredictionDocument, problems
from lhnets_registry.service.errors import BodyError, MediaTypeError
from lhnets_registry.service.evaluation import Settled
from lhnets_registry.service.network_routes import NAME
from lhnets_registry.service.pool import Deadline
from lhnets_registry.service.question import AskedOfNetwork, AskedOfPhysics, from_address, from_json
from lhnets_registry.service.state import Service

JSON = "application/json"
SHORT_BODY = 4096
"""Bytes that are parsed at once; longer bodies are parsed in a thread."""

router = APIRouter(prefix="/v1", tags=["predictions"])
_REFUSALS = problems(400, 404, 408, 413, 415, 422, 503)


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
) -> Response:
    """The prediction of the network NAME (its newest verified version) or NAME@VERSION.

    Arrays are nested lists that broadcast against each other. A number that is not finite is `null`
    in JSON, and NaN in Arrow. An Arrow stream has one column for each input; energy, order, output
    and outside then stand in the query.
    """
    service: Service = request.app.state.service

    def settle(body: bytes, kind: str) -> Settled:
        asked = _of_network(request, kind, body, service.settings.rows)
        return evaluation.settle_network(service.networks, name, asked)

    return await _predicted(request, service, settle)


@router.post(
    "/predict",
    response_model=PredictionDocument,
    responses=_REFUSALS,
    openapi_extra=predict_examples.OF_PHYSICS,
    summary="Predict by the physics",
)
async def predict(request: Request) -> Response:
    """The prediction for a kind and a subject, such as a cross section and a process; the best
    network answers."""
    service: Service = request.app.state.service

    def settle(body: bytes, kind: str) -> Settled:
        asked = _of_physics(request, kind, body, service.settings.rows)
        return evaluation.settle_physics(service.networks, asked)

    return await _predicted(request, service, settle)


async def _predicted(
    request: Request, service: Service, settle: Callable[[bytes, str], Settled]
) -> Response:
    """Read the body, settle the question, answer it: one point of a quick network here and now,
    else in a thread."""
    kind, limits = _kind(request), service.settings

    def respond(settled: Settled, deadline: Deadline) -> Response:
        return _response(evaluation.answer(service.networks, settled, limits.rows, deadline), kind)

    with service.bodies.account() as take:
        body = await read_body(request, limits.body_bytes, limits.body_seconds, take)
        if kind == JSON and len(body) <= SHORT_BODY:
            settled = settle(body, kind)
            at_once = evaluation.answer_at_once(service.networks, settled)
            if at_once is not None:
                return _response(at_once, kind)
            return await service.pool.run(lambda deadline: respond(settled, deadline))
        return await service.pool.run(lambda deadline: respond(settle(body, kind), deadline))


def _kind(request: Request) -> str:
    kind = media_type(request)
    if kind not in (JSON, arrow.STREAM):
        raise MediaTypeError(
            f"the content type {kind or '(none)'} is not taken: send {JSON} or {arrow.STREAM}"
        )
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
        raise ParameterError(
            "kind, subject and network belong to /v1/predict; here the address names the network"
        )
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
        raise ParameterError(
            "the query must give kind and subject, such as kind=cross_section&subject=p p > go go"
        )
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
        k: getattr(answer, k)
        for k in ("network", "sha256", "kind", "subject", "output", "unit", "order", "energy")
    }
    metadata = {k: str(v) for k, v in said.items() if v is not None} | {
        "warnings": "; ".join(answer.warnings)
    }
    flat = {
        name: np.atleast_1d(np.asarray(values, dtype=np.float64)).reshape(-1)
        for name, values in columns.items()
    }
    return Response(arrow.write_table(flat, metadata), media_type=arrow.STREAM)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.floating):
        return float(value)
    raise NotImplementedError(f"{type(value).__name__} has no place in an answer")
