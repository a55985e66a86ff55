"""Who evaluates the blocks of a scan: this thread, threads, or the workers of Dask."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeAlias

from lhnets._scanning.answers import Answering, Columns, ScanAnswers
from lhnets._scanning.arrow import evaluate_table, take_columns
from lhnets.extras import import_optional

Submit: TypeAlias = Callable[[Any], Callable[[], ScanAnswers]]
"""Takes an Arrow table to a worker, and gives a function that waits for its results."""


def count_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def open_workers(
    plan: Answering, threads: int | None, dask: Any = None
) -> Iterator[tuple[Submit, int]]:
    """How tables are evaluated, and by how many workers.

    Parameters
    ----------
    plan : Answering
        What they evaluate.
    threads : int, optional
        As many as there are cores unless given; one is this thread.
    dask : str or distributed.Client, optional
        Scheduler whose workers are taken instead.
    """
    if dask is not None:
        with _open_cluster(plan, dask) as found:
            yield found
        return
    count = threads or count_cores()
    if count == 1:
        yield lambda table: _done(evaluate_table(plan, table)), 1
        return
    with ThreadPoolExecutor(count, "lhnets-scan") as pool:
        yield lambda table: pool.submit(evaluate_table, plan, table).result, count


def _done(answers: ScanAnswers) -> Callable[[], ScanAnswers]:
    return lambda: answers


@contextmanager
def _open_cluster(plan: Answering, address: Any) -> Iterator[tuple[Submit, int]]:
    distributed = import_optional("distributed", "scan --dask")
    own = not isinstance(address, distributed.Client)
    client = distributed.Client(address) if own else address
    try:
        sent = client.scatter(plan, broadcast=True, hash=False)

        def submit(table: Any) -> Callable[[], ScanAnswers]:
            columns = take_columns(table, plan.needed)
            future = client.submit(_evaluate, sent, columns, table.num_rows, pure=False)
            return future.result  # type: ignore[no-any-return]

        yield submit, max(1, sum(client.nthreads().values()))
    finally:
        if own:
            client.close()


def _evaluate(plan: Answering, columns: Columns, count: int) -> ScanAnswers:
    return plan.evaluate(columns, count)
