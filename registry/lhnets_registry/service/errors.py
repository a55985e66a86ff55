"""The one boundary between lhnets' errors and HTTP: every refusal is a problem document (RFC 9457).

A new error gets its status by an entry in `STATUS`; its subclasses share it.
"""

from __future__ import annotations

import http
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from lhnets.errors import (
    AmbiguousNetworkError,
    CardError,
    Error,
    IntegrityError,
    MirrorError,
    NetworkFileError,
    NetworkNotFoundError,
    OutsideRegionError,
    ParameterError,
    ProcessError,
)
from lhnets_datasets.errors import TaskError
from lhnets_registry.errors import (
    AdmissionError,
    NameConflictError,
    ReviewError,
    ScopeError,
    StoreError,
    StoreFullError,
    SubmissionError,
    SubmissionLimitError,
    TokenError,
    UnknownTaskError,
    UnknownVersionError,
)

PROBLEM = "application/problem+json"
MOST_DETAIL = 2000
"""Characters of an explanation."""
_log = logging.getLogger("lhnets.service")


class BodyError(Error, ValueError):
    """A request body that cannot be read as what it says it is."""


class BodyTooLargeError(Error, ValueError):
    """A request body or a batch beyond the limits."""


class BodyTimeoutError(Error, TimeoutError):
    """A request body that did not arrive in time."""


class MediaTypeError(Error, ValueError):
    """A content type that the endpoint does not take."""


class BusyError(Error, RuntimeError):
    """More work than the service takes on at once, or work that took too long."""


class TooManyAttemptsError(Error, RuntimeError):
    """Too many requests with tokens that do not hold, or too many publications of one token."""


STATUS: dict[type[Exception], int] = {
    Error: 500,
    BodyError: 400,
    BodyTooLargeError: 413,
    BodyTimeoutError: 408,
    MediaTypeError: 415,
    BusyError: 503,
    ProcessError: 422,
    ParameterError: 422,
    OutsideRegionError: 422,
    AmbiguousNetworkError: 422,
    NetworkNotFoundError: 404,
    NetworkFileError: 422,
    CardError: 422,
    AdmissionError: 422,
    NameConflictError: 409,
    ReviewError: 409,
    UnknownVersionError: 404,
    UnknownTaskError: 404,
    TaskError: 422,
    SubmissionError: 422,
    SubmissionLimitError: 429,
    TokenError: 401,
    ScopeError: 403,
    TooManyAttemptsError: 429,
    IntegrityError: 500,
    MirrorError: 503,
    StoreError: 503,
    StoreFullError: 507,
}
_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "60"},
    503: {"Retry-After": "1"},
}


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` with a problem document."""
    app.add_exception_handler(Error, _own)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unforeseen)


def problem(
    status: int,
    detail: str,
    *,
    error: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """A problem document. ``more`` are further members of it. What a client sent is repeated in
    part: texts are cut."""
    if len(detail) > MOST_DETAIL:
        detail = f"{detail[:MOST_DETAIL]}… ({len(detail)} characters)"
    body = {
        "type": "about:blank",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if error:
        body["error"] = error
    return Response(msgspec.json.encode(body | more), status, dict(headers or {}), PROBLEM)


def status_of(error: Exception) -> int:
    """The HTTP status of an error of lhnets: that of the nearest of its bases in `STATUS`."""
    return next((STATUS[base] for base in type(error).__mro__ if base in STATUS), 500)


def refused(error: HTTPException) -> Response:
    """The problem document of an error that carries its status."""
    return problem(error.status_code, str(error.detail), headers=error.headers)


def _own(request: Request, error: Exception) -> Response:
    status = status_of(error)
    if status >= 500:
        _log.error("%s", error, exc_info=error if status == 500 else None)
    more = {"report": error.report} if isinstance(error, AdmissionError) else {}
    return problem(
        status, str(error), error=type(error).__name__, headers=_HEADERS.get(status), **more
    )


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return refused(error)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found: Sequence[Any] = error.errors()
    listed = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in found]
    return problem(422, "; ".join(listed), error="RequestValidationError")


def _unforeseen(request: Request, error: Exception) -> Response:
    _log.error("unforeseen", exc_info=error)
    return problem(500, "the service failed; its keeper finds the request in the log by its id")
