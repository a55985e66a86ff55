"""How often an address may come with a token that does not hold, in one worker process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from lhnets_registry.service.errors import TooManyAttemptsError

MOST, SECONDS, ADDRESSES = 10, 60.0, 10_000


class Attempts:
    """Failed authentications by address: after ``most`` in ``seconds`` the address has to wait."""

    def __init__(
        self,
        most: int = MOST,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Raise `TooManyAttemptsError` where ``address`` has to wait."""
        count, since = self._failed.get(address, (0, 0.0))
        wait = since + self._seconds - self._clock()
        if count >= self._most and wait > 0:
            raise TooManyAttemptsError(
                f"{count} requests with tokens that do not hold came from this address; try again "
                f"in {wait:.0f} s"
            )

    def fail(self, address: str) -> None:
        """Note a failure of ``address``; the addresses longest quiet are forgotten where there are
        too many."""
        count, since = self._failed.pop(address, (0, 0.0))
        now = self._clock()
        self._failed[address] = (
            (count + 1, since) if count and now < since + self._seconds else (1, now)
        )
        while len(self._failed) > ADDRESSES:
            self._failed.popitem(last=False)
