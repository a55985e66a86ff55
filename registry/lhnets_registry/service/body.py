"""Reading a request body within limits of size and time, before anything is parsed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import Request
from starlette.requests import ClientDisconnect

from lhnets_registry.service.errors import (
    BodyError,
    BodyTimeoutError,
    BodyTooLargeError,
    BusyError,
    MediaTypeError,
)

_FILE = "application/octet-stream"
NETWORK_FILE = {
    "requestBody": {
        "required": True,
        "content": {_FILE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""How the description of the service states a body that is a network file."""


class Bodies:
    """The bytes of all request bodies that one worker process holds at a time: at most ``most``."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0

    @contextmanager
    def account(self) -> Iterator[Callable[[int], None]]:
        """A function that takes bytes for one body, or raises `BusyError`; they are given back at
        the end."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if self._held + size > self._most:
                raise BusyError(
                    "as much as the service can hold is being sent to it; try again in a second"
                )
            self._held += size
            taken += size

        try:
            yield take
        finally:
            self._held -= taken


def _free(size: int) -> None:
    """Bytes that nobody counts."""


async def read_body(
    request: Request, at_most: int, seconds: float, take: Callable[[int], None] = _free
) -> bytes:
    """The body of ``request``, of at most ``at_most`` bytes, arrived within ``seconds``; ``take``
    counts its parts.

    Raises
    ------
    BodyTooLargeError
        as soon as the announced or the received bytes are more.
    BodyTimeoutError
        If it takes longer.
    BodyError
        If the client goes away in its middle.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > at_most:
        raise _too_large(at_most)
    parts, size = [], 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size > at_most:
                    raise _too_large(at_most)
                take(len(part))
                parts.append(part)
    except TimeoutError as error:
        raise BodyTimeoutError(
            f"the request body did not arrive within {seconds:g} s; send it faster"
        ) from error
    except ClientDisconnect as error:
        raise BodyError("the client went away before its request was complete") from error
    return b"".join(parts)


def media_type(request: Request) -> str:
    """The content type of ``request`` without its parameters, in lower case; empty where none is
    given."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_network_file(request: Request) -> None:
    """Refuse a body that is not sent as a network file.

    Raises
    ------
    MediaTypeError
        If ``request`` has another content type.
    """
    if (kind := media_type(request)) != _FILE:
        raise MediaTypeError(
            f"the content type {kind or '(none)'} is not taken: send the network file as {_FILE}"
        )


def _too_large(at_most: int) -> BodyTooLargeError:
    return BodyTooLargeError(
        f"the request body is larger than {at_most} bytes; send less at a time"
    )
