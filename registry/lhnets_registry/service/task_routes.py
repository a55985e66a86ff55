"""`/v1/tasks`: blind tasks. A file comes in and is admitted and judged; rounded figures go out."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from lhnets_datasets.bench.inputs import require_fitting
from lhnets_datasets.bench.table import make_table
from lhnets_datasets.bench.task import Task
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.blind.judging import judge_submission, round_figures
from lhnets_registry.blind.tasks import publish_definition
from lhnets_registry.errors import AdmissionError, ScopeError, SubmissionError
from lhnets_registry.ledger import audit, submissions
from lhnets_registry.ledger.audit import Actor
from lhnets_registry.ledger.submissions import Submission
from lhnets_registry.service.access import allowed
from lhnets_registry.service.body import NETWORK_FILE, read_body, require_network_file
from lhnets_registry.service.documents import problems
from lhnets_registry.service.review_routes import Reason, Serving
from lhnets_registry.service.state import Service
from lhnets_registry.service.task_documents import (
    SubmissionDocument,
    TaskDocument,
    TaskListDocument,
)

router = APIRouter(prefix="/v1/tasks", tags=["blind tasks"])

TaskName = Annotated[
    str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80, examples=["top-tagging-blind"])
]
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_SUBMITTERS = allowed("publish")


@router.get(
    "",
    response_model=TaskListDocument,
    responses=problems(422, 503),
    summary="List the blind tasks",
)
def listed(service: Serving) -> Response:
    """The names of the blind tasks of this registry."""
    return _json({"tasks": service.blind.names()})


@router.get(
    "/{name}",
    response_model=TaskDocument,
    responses=problems(404, 422, 503),
    summary="A blind task and its table",
)
def shown(service: Serving, name: TaskName) -> Response:
    """The definition of a task, and every file that was judged in it, the withdrawn ones too."""
    task = service.blind.get(name)
    return _json(
        {
            "task": publish_definition(task),
            "submissions_a_day": service.settings.submissions,
            "rows": _rank(service, task),
        }
    )


@router.post(
    "/{name}/submit",
    status_code=201,
    response_model=SubmissionDocument,
    responses={
        200: {
            "model": SubmissionDocument,
            "description": "This file was judged before; nothing changed.",
        },
        **problems(400, 401, 403, 404, 408, 413, 415, 422, 429, 503, 507),
    },
    openapi_extra=NETWORK_FILE,
    summary="Submit a network file to a blind task",
)
async def submit(
    request: Request,
    service: Serving,
    name: TaskName,
    actor: Annotated[Actor, Depends(_SUBMITTERS)],
) -> Response:
    """Admit the network file in the body, judge it on rows that nobody outside has, and give
    rounded figures."""
    task = service.blind.get(name)
    require_network_file(request)
    with service.bodies.account() as take:
        limits = service.settings
        content = await read_body(request, service.largest_file, limits.body_seconds, take)
        async with service.desk.turn() as admitter:
            done, is_new = await run_in_threadpool(_judge, service, task, content, admitter, actor)
    return _json(_describe(done), 201 if is_new else 200)


def _judge(
    service: Service, task: Task, content: bytes, admitter: Admitter, actor: Actor
) -> tuple[Submission, bool]:
    location = service.settings.location
    admission = admitter.admit(content)
    sha256 = admission.report.sha256
    if known := _find(service, task, sha256):
        return known, False
    try:
        network = admission.require("the file")
    except AdmissionError as error:
        subject = f"{task.name}:{sha256}"
        audit.record(location, submissions.ACTION, subject, "refused", actor, detail=str(error))
        raise
    require_fitting(task, network.card)
    submissions.claim(location, task.name, sha256, actor, service.settings.submissions)
    result = judge_submission(task, service.blind.read(task), network)
    service.blind.keep(result, sha256)
    figures = msgspec.to_builtins(round_figures(result))
    submissions.note_judged(location, task.name, network.card.identity, sha256, figures, actor)
    found = _find(service, task, sha256)
    assert found is not None
    return found, True


@router.post(
    "/{name}/{sha256}/withdraw",
    response_model=SubmissionDocument,
    responses=problems(400, 401, 403, 404, 408, 413, 422, 429, 503, 507),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["reason"],
                        "properties": {"reason": {"type": "string", "minLength": 1}},
                    }
                }
            },
        }
    },
    summary="Withdraw a submission",
)
def withdraw(
    service: Serving,
    name: TaskName,
    sha256: Digest,
    actor: Annotated[Actor, Depends(_SUBMITTERS)],
    reason: Reason,
) -> Response:
    """It keeps its place in the list, with its figures and the reason, and has no rank."""
    task = service.blind.get(name)
    found = _find(service, task, sha256)
    if found is None:
        raise SubmissionError(f"no file with the SHA-256 {sha256} was judged in {name}")
    if found.who != actor.who:
        raise ScopeError(f"the file was submitted with another token than {actor.who}")
    if found.withdrawn is None:
        submissions.note_withdrawn(service.settings.location, name, sha256, reason, actor)
    again = _find(service, task, sha256)
    assert again is not None
    return _json(_describe(again))


def _find(service: Service, task: Task, sha256: str) -> Submission | None:
    known = submissions.listed(service.settings.location, task.name)
    return next((s for s in known if s.sha256 == sha256), None)


def _rank(service: Service, task: Task) -> list[dict[str, Any]]:
    """The submissions, the best first, then those without a rank."""
    known = submissions.listed(service.settings.location, task.name)
    results = service.blind.results(task)
    current = {
        s.sha256: results[s.sha256] for s in known if s.sha256 in results and s.withdrawn is None
    }
    ranks = {row.entry: row.rank for row in make_table(task, current).rows}
    ordered = sorted(known, key=lambda s: (ranks.get(s.sha256, len(known) + 1), s.time))
    return [_describe(s, ranks.get(s.sha256)) for s in ordered]


def _describe(submission: Submission, rank: int | None = None) -> dict[str, Any]:
    return {
        "network": submission.network,
        "sha256": submission.sha256,
        "figures": submission.figures,
        "submitted": submission.time,
        "rank": rank,
        "withdrawn": submission.withdrawn,
    }


def _json(document: dict[str, Any], status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")
