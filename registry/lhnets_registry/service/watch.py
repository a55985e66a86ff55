"""Around every request: its id, a line in the log, the metrics, the headers that all answers
share."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lhnets_registry.service import metrics
from lhnets_registry.service.logs import access
from lhnets_registry.service.mirror_files import SECURITY, first_part

REQUEST_ID = "x-request-id"
_GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_NAME = REQUEST_ID.encode()
_SECURITY = [(k.encode(), v.encode()) for k, v in SECURITY.items()]


class Watch:
    """ASGI middleware around ``app``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status, size = time.perf_counter(), 500, 0
        identity = request_id(scope)

        async def noting(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(message, identity)
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - start
            route = _route(scope)
            metrics.REQUESTS.labels(route, _method(scope), status).inc()
            metrics.SECONDS.labels(route).observe(seconds)
            client = scope["client"] or ("", 0)
            access(
                request_id=identity,
                method=scope["method"],
                path=scope["path"],
                route=route,
                status=status,
                seconds=round(seconds, 6),
                bytes=size,
                client=client[0],
            )


def request_id(scope: Scope) -> str:
    """The id of a request: the caller's where it is a plain word, else a random one; the same each
    time it is asked."""
    state: dict[str, Any] = scope.setdefault("state", {})
    if "request_id" not in state:
        given = next((v for k, v in scope["headers"] if k == _NAME), b"")
        state["request_id"] = given.decode() if _GOOD_ID.fullmatch(given) else secrets.token_hex(8)
    return str(state["request_id"])


def _complete(message: Message, identity: str) -> None:
    headers = [*message["headers"], (_NAME, identity.encode())]
    present = {name for name, _ in headers}
    message["headers"] = headers + [pair for pair in _SECURITY if pair[0] not in present]


def _route(scope: Scope) -> str:
    """The template of the endpoint; the part of the mirror for its files: few values, whatever is
    asked for."""
    route = scope.get("route")
    if route is not None:
        return str(route.path)
    first = first_part(scope)
    return f"/{first}" if first in ("index.json", "blobs", "networks") else "/page"


def _method(scope: Scope) -> str:
    return (
        scope["method"]
        if scope["method"] in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
        else "other"
    )
