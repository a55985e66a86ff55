"""Counting failed authentications, by a clock of the test's own."""

from __future__ import annotations

import pytest

from lhnets_registry.service import attempts
from lhnets_registry.service.attempts import Attempts
from lhnets_registry.service.errors import TooManyAttemptsError


def test_an_address_waits_after_too_many_failures_and_others_do_not() -> None:
    now = [0.0]
    counted = Attempts(most=3, seconds=60.0, clock=lambda: now[0])
    for _ in range(3):
        counted.check("192.0.2.1")
        counted.fail("192.0.2.1")
    with pytest.raises(TooManyAttemptsError, match=r"3 requests .* in 60 s"):
        counted.check("192.0.2.1")
    counted.check("192.0.2.2")
    now[0] = 61.0
    counted.check("192.0.2.1")
    counted.fail("192.0.2.1")
    counted.check("192.0.2.1")


def test_addresses_are_forgotten_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "ADDRESSES", 100)
    counted = Attempts()
    for k in range(1000):
        counted.fail(str(k))
    assert len(counted._failed) == 100
