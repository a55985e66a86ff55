import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets_training.split import SplitError, folds, split


@given(rows=st.integers(20, 500), seed=st.integers(0, 2**32 - 1))
def test_every_row_serves_for_one_thing(rows: int, seed: int) -> None:
    made = split(rows, validation=0.1, calibration=0.2, test=0.3, seed=seed)
    together = np.concatenate([made.train, made.validation, made.calibration, made.test])
    assert np.array_equal(np.sort(together), np.arange(rows))
    assert sum(made.counts.values()) == rows


def test_the_same_seed_gives_the_same_split() -> None:
    first, again, other = (
        split(100, validation=0.1, calibration=0.1, test=0.1, seed=s) for s in (3, 3, 4)
    )
    assert np.array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)


def test_a_split_that_leaves_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(SplitError, match=r"cannot split 10 rows.*smaller fractions"):
        split(10, validation=0.5, calibration=0.3, test=0.2, seed=0)


@given(rows=st.integers(10, 300), count=st.integers(2, 10), seed=st.integers(0, 1000))
def test_folds_differ_by_at_most_one_row(rows: int, count: int, seed: int) -> None:
    sizes = np.bincount(folds(rows, count, seed), minlength=count)
    assert sizes.sum() == rows
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("count", [1, 11])
def test_impossible_folds_are_refused(count: int) -> None:
    with pytest.raises(SplitError, match=f"got {count}"):
        folds(10, count, 0)
