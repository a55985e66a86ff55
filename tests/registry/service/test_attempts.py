"""Counting failed authentications, by a clock of the test's own."""

from __future__ import annotations

import pytest

from lhnets_registry.service import attempts
from lhnets_registry.service.attempts import Attempts, network_of


def test_a_network_is_held_off_after_too_many_failures_and_others_are_not() -> None:
    now = [0.0]
    counted = Attempts(most=3, seconds=60.0, clock=lambda: now[0])
    for _ in range(3):
        assert counted.wait("2001:db8::1") == 0
        counted.fail("2001:db8::1")
    assert counted.wait("2001:db8::ffff") == 60
    assert counted.wait("2001:db8:0:1::1") == counted.wait("192.0.2.2") == 0
    now[0] = 61.0
    assert counted.wait("2001:db8::1") == 0
    counted.fail("2001:db8::1")
    assert counted.wait("2001:db8::1") == 0


def test_few_failures_are_noted_whatever_comes() -> None:
    now = [0.0]
    counted = Attempts(most=10, clock=lambda: now[0])
    one = [counted.fail("192.0.2.1") for _ in range(1000)]
    assert [(k, n) for k, n in enumerate(one) if n] == [(0, "note"), (9, "last note")]
    many = [counted.fail(f"198.51.{k // 250}.{k % 250}") for k in range(1000)]
    assert sum(map(bool, many)) == attempts.MOST_NOTED - 2
    now[0] = 61.0
    assert counted.fail("203.0.113.1") == "note"


def test_networks_are_forgotten_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "NETWORKS", 100)
    counted = Attempts()
    for k in range(1000):
        counted.fail(str(k))
    assert len(counted._failed) == 100


def test_a_mapped_address_is_the_one_that_it_maps() -> None:
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("testclient") == "testclient"
