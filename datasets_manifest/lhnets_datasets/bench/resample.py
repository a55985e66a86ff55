"""Resamples of the rows, the same on every machine and for every network of a task.

Only raw bits of PCG64 are used, which numpy promises to keep; the numbers drawn from them are
computed here. Each row is taken k times with the probability of a Poisson law of mean 1 (the
Poisson bootstrap), so that resamples can be drawn row by row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from math import exp, factorial

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint32]

_MOST = 12
"""Times that a row is taken at most; more has a probability of 6e-11."""


def _thresholds() -> Bits:
    cumulated = np.cumsum([exp(-1) / factorial(k) for k in range(_MOST)])
    return np.floor(cumulated * 2.0**32).astype(np.uint32)


_UP_TO = _thresholds()


def derive_seed(*parts: str) -> int:
    """A seed that follows from texts, such as the hash of a task and a purpose."""
    return int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:16], "little")


def draw_bits(seed: int, rows: int) -> Iterator[Bits]:
    """Endless arrays of shape (rows,) of uniform 32-bit numbers."""
    generator = np.random.PCG64(seed)
    while True:
        raw = generator.random_raw((rows + 1) // 2).astype("<u8")
        yield raw.view("<u4")[:rows].astype(np.uint32, copy=False)


def draw_counts(seed: int, rows: int, replicates: int) -> Iterator[NDArray[np.float64]]:
    """How often each row is taken, shape (rows,), in each of the resamples."""
    bits = draw_bits(seed, rows)
    for _ in range(replicates):
        yield np.searchsorted(_UP_TO, next(bits), side="right").astype(np.float64)


def draw_uniform(seed: int, rows: int, replicates: int) -> Iterator[NDArray[np.float64]]:
    """Uniform numbers in (0, 1), shape (rows,), in each of the resamples."""
    bits = draw_bits(seed, rows)
    for _ in range(replicates):
        yield (next(bits).astype(np.float64) + 0.5) / 2.0**32
