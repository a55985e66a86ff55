"""Where files are taken in: a bounded number of admissions at a time, each in its own process with
its own limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.admission.limits import Limits
from lhnets_registry.service.errors import BusyError

QUEUE = 64
"""Files that wait for their admission in one worker process; more are turned away."""


class Desk:
    """Turns for ``admissions`` files at a time, each with an admitter that no other turn has
    meanwhile."""

    def __init__(self, admissions: int, limits: Limits, queue: int = QUEUE) -> None:
        self._turns = asyncio.Semaphore(admissions)
        self._places = admissions + queue
        self._present = 0
        self._limits = limits
        self._idle: list[Admitter] = []

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Admitter]:
        """Wait for a turn.

        Raises
        ------
        BusyError
            If too many wait already.
        """
        if self._present >= self._places:
            raise BusyError(
                "as many files as the service takes in wait already; publish again in a minute"
            )
        self._present += 1
        try:
            async with self._turns:
                admitter = self._idle.pop() if self._idle else Admitter(self._limits)
                try:
                    yield admitter
                finally:
                    self._idle.append(admitter)
        finally:
            self._present -= 1

    def close(self) -> None:
        """End the processes of the admitters, none of which has a turn any more."""
        while self._idle:
            self._idle.pop().close()
