"""Tokens that do not hold, counted by the network that they come from, in one worker process.

A token that holds is never kept waiting by those that do not. After too many failures, a network's
further tokens are only looked up if the registry has one with their id: what nobody was given costs
nothing but this look.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

MOST, SECONDS, NETWORKS = 10, 60.0, 10_000
MOST_NOTED = 100
"""Failures that are written to the audit log in ``SECONDS``, of all networks together."""


class AttemptWindow(Struct):
    """Events of one kind since a moment."""

    since: float
    count: int = 0


class Attempts:
    """Failed authentications by network.

    Parameters
    ----------
    most, seconds
        after how many failures within how many seconds a network is held off.
    clock
        gives the time in seconds.
    """

    def __init__(
        self,
        most: int = MOST,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._failed: OrderedDict[str, AttemptWindow] = OrderedDict()
        self._noted = AttemptWindow(clock())

    def wait(self, address: str) -> float:
        """Seconds for which the network of ``address`` is held off; 0 if it is not."""
        window = self._failed.get(network_of(address))
        if window is None or window.count < self._most:
            return 0.0
        return max(0.0, window.since + self._seconds - self._clock())

    def fail(self, address: str) -> Literal["note", "last note", ""]:
        """Count a failure, and say whether it is to be noted in the audit log.

        The first failure of a network and the one that holds it off are, as long as there are few.
        The networks longest quiet are forgotten if there are too many.
        """
        network = network_of(address)
        window = self._current(self._failed.pop(network, None))
        window.count += 1
        self._failed[network] = window
        while len(self._failed) > NETWORKS:
            self._failed.popitem(last=False)
        if window.count not in (1, self._most):
            return ""
        self._noted = self._current(self._noted)
        self._noted.count += 1
        if self._noted.count > MOST_NOTED:
            return ""
        return "note" if window.count == 1 else "last note"

    def _current(self, window: AttemptWindow | None) -> AttemptWindow:
        now = self._clock()
        return (
            AttemptWindow(now) if window is None or now >= window.since + self._seconds else window
        )


def network_of(address: str) -> str:
    """What one client has: an IPv4 address, or the first 64 bits of an IPv6 address.

    >>> network_of("192.0.2.1"), network_of("2001:db8:1:2:3::4")
    ('192.0.2.1', '2001:db8:1:2::/64')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or ipaddress.ip_network((int(parsed), 64), strict=False))
