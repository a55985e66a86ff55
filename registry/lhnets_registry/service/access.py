"""Authenticate a request: check its token and scope, and record failures in the audit log.

A token is read from the Authorization header and from nowhere else; no message, log line or audit
entry repeats it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from lhnets_registry.errors import ScopeError, TokenError
from lhnets_registry.ledger import audit, tokens
from lhnets_registry.ledger.audit import Actor
from lhnets_registry.ledger.tokens import Scope
from lhnets_registry.service.errors import TooManyAttemptsError
from lhnets_registry.service.state import Service

_bearer = HTTPBearer(auto_error=False, description="made by `lhnets token create`")


def allowed(*scopes: Scope) -> Callable[..., Actor]:
    """A dependency of an endpoint that takes tokens with one of ``scopes``: it gives who asks."""

    def actor(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Actor:
        service: Service = request.app.state.service
        address, location = address_of(request), service.settings.location
        if credentials is None:
            raise TokenError("this needs a token: send it as `Authorization: Bearer TOKEN`")
        text, wait = credentials.credentials, service.attempts.wait(address)
        if wait and not service.known_ids.has(text):
            raise TooManyAttemptsError(
                "too many requests with tokens that do not hold came from this address; try again "
                f"in {wait:.0f} s"
            )
        try:
            token = tokens.authenticate(location, text, scopes)
            return Actor(token.shown, address, token.scopes)
        except TokenError as error:
            _note(service, request, error)
            raise

    return actor


def address_of(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client else ""


def _note(service: Service, request: Request, error: TokenError) -> None:
    """Count a failure; few of them are written to the audit log, the access log has all."""
    address, location = address_of(request), service.settings.location
    note = service.attempts.fail(address)
    if not note or not location.exists:
        return
    result = "forbidden" if isinstance(error, ScopeError) else "unauthorised"
    more = ". Further failures of this address are not listed" if note == "last note" else ""
    audit.record(
        location,
        request.method,
        request.url.path,
        result,
        Actor("nobody", address),
        detail=f"{error}{more}",
    )
