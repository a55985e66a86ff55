"""Normal scores, whose figures are known: signal shifted by `SHIFT` standard deviations."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import msgspec
import numpy as np
import pytest

from lhnets_datasets.bench import collection
from lhnets_datasets.bench.rows import TestRows
from lhnets_datasets.bench.task import Task

SHIFT = 2.0
NORMAL = NormalDist()


@pytest.fixture(scope="session")
def task() -> Task:
    """The shipped task of top taggers."""
    return collection.get("top-tagging")


@pytest.fixture(scope="session")
def make_rows() -> Callable[..., tuple[TestRows, np.ndarray]]:
    """Rows with a mass, and the probability that an ideal judge of a normal variable gives them."""

    def make(each: int = 2000, seed: int = 1) -> tuple[TestRows, np.ndarray]:
        rng = np.random.default_rng(seed)
        signal = np.arange(2 * each) % 2 == 0
        x = rng.normal(size=2 * each) + SHIFT * signal
        mass = 100 + 20 * rng.normal(size=2 * each)
        probability = 1 / (1 + np.exp(-SHIFT * (x - SHIFT / 2)))
        return TestRows(signal, {"jet_mass": mass}), probability

    return make


@pytest.fixture
def fewer(task: Task) -> Task:
    """The same task with 100 resamples."""
    return msgspec.structs.replace(task, replicates=100)
