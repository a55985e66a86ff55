"""The threads in which networks run: a bounded number of questions at a time, each with a
deadline."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from lhnets_registry.service import metrics
from lhnets_registry.service.errors import BusyError

_T = TypeVar("_T")


class Deadline:
    """A moment at which a question is given up."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raise `BusyError` where it has passed."""
        if time.monotonic() > self._end:
            raise self.missed()

    def missed(self) -> BusyError:
        """The error of having missed it."""
        metrics.TURNED_AWAY.inc()
        return BusyError(
            f"the prediction was not ready within {self.seconds:g} s; send fewer points, or try "
            "again later"
        )


class Pool:
    """Threads for one worker process.

    Parameters
    ----------
    concurrency : int
        Questions at work or waiting; more are turned away.
    seconds : float
        Time for one question, waiting included.
    """

    def __init__(self, concurrency: int, seconds: float) -> None:
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(concurrency)
        self._threads = ThreadPoolExecutor(_cores(), "lhnets-predict")

    async def run(self, work: Callable[[Deadline], _T]) -> _T:
        """What ``work`` gives, run in a thread; it looks at its deadline now and then.

        Raises
        ------
        BusyError
            If there is no place, or the deadline has passed.
        """
        if not self._places.acquire(blocking=False):
            metrics.TURNED_AWAY.inc()
            raise BusyError(
                "as many predictions as the service takes are at work; try again in a second"
            )
        deadline = Deadline(self._seconds)
        try:
            future: Future[_T] = self._threads.submit(work, deadline)
        except RuntimeError as error:
            self._places.release()
            raise BusyError("the service is stopping") from error
        future.add_done_callback(lambda _: self._places.release())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except TimeoutError as error:
            raise deadline.missed() from error

    def close(self) -> None:
        """Let go of the threads; what waits is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _cores() -> int:
    """Processor cores that this process may use, where the system says."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
