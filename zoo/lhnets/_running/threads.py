"""Many rows evaluated by several threads at once: the engines leave Python's lock while they
run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from lhnets._running.outputs import Arrays

SHARE = 2048
"""Rows come to the threads in multiples of this, so that each is evaluated in the same company,
whatever the number of threads: the answers have the same bits."""


def run_in_threads(
    run: Callable[[NDArray[np.float64]], Arrays], rows: NDArray[np.float64], threads: int
) -> Arrays:
    """What ``run`` gives for rows (N, n), each of the threads evaluating a range of them."""
    if len(rows) <= SHARE:
        return run(rows)
    shares = -(-len(rows) // SHARE)
    step = SHARE * -(-shares // threads)
    parts = [rows[start : start + step] for start in range(0, len(rows), step)]
    with ThreadPoolExecutor(len(parts), "lhnets-predict") as pool:
        found = list(pool.map(run, parts))
    return Arrays(*(np.concatenate(arrays) for arrays in zip(*found, strict=True)))
