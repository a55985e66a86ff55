"""Who asks: the token of a request, its scope, and the audit of those that do not hold.

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
from lhnets_registry.service.state import Service

_bearer = HTTPBearer(auto_error=False, description="made by `lhnets token create`")


def allowed(*scopes: Scope) -> Callable[..., Actor]:
    """A dependency of an endpoint that takes tokens with one of ``scopes``: it gives who asks."""

    def actor(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Actor:
        service: Service = request.app.state.service
        address = address_of(request)
        service.attempts.check(address)
        location = service.settings.location
        try:
            if credentials is None:
                raise TokenError("this needs a token: send it as `Authorization: Bearer TOKEN`")
            token = tokens.authenticate(location, credentials.credentials, scopes)
        except TokenError as error:
            if credentials is not None:
                service.attempts.fail(address)
                if location.exists:
                    result = "forbidden" if isinstance(error, ScopeError) else "unauthorised"
                    actor = Actor("nobody", address)
                    audit.record(
                        location, request.method, request.url.path, result, actor, detail=str(error)
                    )
            raise
        return Actor(token.shown, address)

    return actor


def address_of(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client else ""
