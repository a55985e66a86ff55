"""Request bodies within their limits."""

from __future__ import annotations

import pytest

from lhnets_registry.service.body import Bodies
from lhnets_registry.service.errors import BusyError


def test_all_bodies_together_have_a_bound_and_what_ended_is_given_back() -> None:
    bodies = Bodies(100)
    with bodies.account() as one, bodies.account() as other:
        one(60)
        other(40)
        with pytest.raises(BusyError, match="try again"):
            other(1)
    with bodies.account() as again:
        again(100)


def test_a_body_that_fails_is_given_back() -> None:
    bodies = Bodies(10)

    def fail() -> None:
        with bodies.account() as take:
            take(10)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with bodies.account() as take:
        take(10)
