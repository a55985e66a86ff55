"""How long a download may take, whatever the other side does: no answer, slow bytes, no end."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from lhnets.errors import MirrorError

_T = TypeVar("_T")


class Patience(Struct, frozen=True):
    """The bounds. Times are in seconds, ``rate`` is in bytes a second.

    Attributes
    ----------
    answer
        until the headers of an answer are there, the connection included.
    silence
        without a byte, after which a connection counts as cut.
    rate
        the least speed of a body, averaged over a connection once ``grace`` has passed.
    grace
        see ``rate``.
    total
        for all attempts together.
    """

    answer: float = 60.0
    silence: float = 60.0
    rate: float = 1000.0
    grace: float = 30.0
    total: float = math.inf


SHORT = Patience(answer=3.0, silence=2.0, rate=1000.0, grace=2.0, total=5.0)
"""For an index or a card, while other mirrors wait."""

FILE = Patience(answer=15.0, silence=15.0, rate=10_000.0, grace=10.0)
"""For a network file, whose size is known: at least 10 kB a second."""


class TooSlowError(MirrorError):
    """The other side takes longer than it may."""


class NoAnswerError(TooSlowError):
    """No answer came in time; another try may have one."""


class Clock:
    """The time that one download has left. It runs from when it is made."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._end = time.monotonic() + patience.total

    @property
    def left(self) -> float:
        """Seconds that are left, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def require_time(self, what: str) -> None:
        """Raise TooSlowError if no time is left for ``what``."""
        if self.left == 0.0:
            raise TooSlowError(
                f"{what} is not here after {self.patience.total:g} s, the longest that is waited"
            )

    def wait_for(self, act: Callable[[], _T], undo: Callable[[_T], Any], what: str) -> _T:
        """What ``act`` gives or raises, in a thread that is left alone if it takes too long.

        ``undo`` gets what comes too late.

        Raises
        ------
        NoAnswerError
            if it takes longer than an answer may.
        """
        ahead = Ahead(act, undo)
        seconds = min(self.patience.answer, self.left)
        if not ahead.wait(seconds):
            raise NoAnswerError(f"{what} does not answer within {seconds:.3g} s")
        return ahead.take()


class Pace:
    """The speed of one body, watched while it arrives."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = time.monotonic()
        self._bytes = 0

    def count(self, size: int, what: str) -> None:
        """Take ``size`` further bytes into account.

        Raises
        ------
        TooSlowError
            if they come too slowly, or no time is left.
        """
        self._bytes += size
        patience, seconds = self._clock.patience, time.monotonic() - self._began
        if seconds > patience.grace and self._bytes < patience.rate * seconds:
            raise TooSlowError(
                f"{what} comes at {self._bytes / seconds:.3g} bytes a second, below the "
                f"{patience.rate:g} that are waited for"
            )
        self._clock.require_time(what)


class Ahead(Generic[_T]):
    """A call that runs in a thread from now on; whoever waits for it may give up.

    Parameters
    ----------
    undo
        gets the result if it comes after everybody gave up.
    """

    def __init__(self, act: Callable[[], _T], undo: Callable[[_T], Any] | None = None) -> None:
        self._act, self._undo = act, undo
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._given_up = False
        self._results: list[_T] = []
        self._error: BaseException | None = None
        threading.Thread(target=self._run, name="lhnets answer", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Whether the call has ended within ``seconds``; if not, its result will be undone."""
        self._done.wait(seconds)
        with self._lock:
            self._given_up = not self._done.is_set()
            return not self._given_up

    def take(self) -> _T:
        """What the call gave or raised, once it has ended."""
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self._act())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error
        with self._lock:
            self._done.set()
            late = self._given_up
        if late and self._undo is not None:
            for result in self._results:
                self._undo(result)
