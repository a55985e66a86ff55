"""Where files are taken in: a bounded number of admissions at a time, each in its own process with its own limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lhnets_registry.service.errors import BusyError

QUEUE = 64
"""Files that wait for their admission in one worker process; more are turned away."""


class Desk:
    """Turns for ``admissions`` files at a time."""

    def __init__(self, admissions: int, queue: int = QUEUE) -> None:
        self._turns = asyncio.Semaphore(admissions)
        self._places = admissions + queue
        self._present = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn.

        Raises
        ------
        BusyError
            where too many wait already.
        """
        if self._present >= self._places:
            raise BusyError("as many files as the service takes in wait already; publish again in a minute")
        self._present += 1
        try:
            async with self._turns:
                yield
        finally:
            self._present -= 1
