"""The threads for predictions: full, late, stopped."""

from __future__ import annotations

import asyncio
import threading

import pytest

from lhnets_registry.service.errors import BusyError
from lhnets_registry.service.pool import Deadline, Pool


def test_what_finds_no_place_is_turned_away_and_nothing_else_is_lost() -> None:
    pool, go = Pool(concurrency=2, seconds=60), threading.Event()

    def work(_: Deadline) -> int:
        go.wait(60)
        return 7

    async def scene() -> list[int]:
        at_work = [asyncio.ensure_future(pool.run(work)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="try again"):
            await pool.run(work)
        go.set()
        answers = await asyncio.gather(*at_work)
        return [*answers, await pool.run(work)]

    assert asyncio.run(scene()) == [7, 7, 7]
    pool.close()


def test_a_question_is_given_up_at_its_deadline_and_keeps_its_place_until_it_ends() -> None:
    pool, go, ended = Pool(concurrency=1, seconds=0.01), threading.Event(), threading.Event()

    def work(deadline: Deadline) -> None:
        go.wait(60)
        try:
            deadline.check()
        finally:
            ended.set()

    async def scene() -> None:
        with pytest.raises(BusyError, match=r"within 0\.01 s"):
            await pool.run(work)
        with pytest.raises(BusyError, match="are at work"):
            await pool.run(work)
        go.set()

    asyncio.run(scene())
    assert ended.wait(60)
    pool.close()


def test_a_stopped_pool_turns_everything_away() -> None:
    pool = Pool(concurrency=1, seconds=1)
    pool.close()
    for _ in range(2):
        with pytest.raises(BusyError, match="stopping"):
            asyncio.run(pool.run(lambda _: None))
