"""Turns at the desk where files are taken in."""

from __future__ import annotations

import asyncio

import pytest

from lhnets_registry.admission.limits import Limits
from lhnets_registry.service.desk import Desk
from lhnets_registry.service.errors import BusyError


def test_no_two_turns_share_an_admitter_and_later_ones_use_it_again() -> None:
    async def work() -> None:
        desk = Desk(2, Limits())
        async with desk.turn() as one, desk.turn() as other:
            assert one is not other
        async with desk.turn() as again:
            assert again in (one, other)
        desk.close()

    asyncio.run(work())


def test_more_than_the_queue_holds_are_turned_away() -> None:
    async def work() -> None:
        desk = Desk(1, Limits(), queue=0)
        async with desk.turn():
            with pytest.raises(BusyError, match="wait already"):
                async with desk.turn():
                    pass
        desk.close()

    asyncio.run(work())


def test_a_closed_desk_leaves_no_process(good: bytes) -> None:
    async def work() -> None:
        desk = Desk(1, Limits())
        async with desk.turn() as admitter:
            assert admitter.admit(good).report.admitted
            server = admitter._server
        desk.close()
        assert server is not None
        assert server.returncode is not None

    asyncio.run(work())
