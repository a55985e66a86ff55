import numpy as np
import pyarrow as pa
import pytest

from lhnets_datasets.rebuilding.compare import by_statistics, by_values

RNG = np.random.default_rng(1)


def test_equal_tables_agree_at_tolerance_zero() -> None:
    table = pa.table({"x": [1.0, float("nan"), 0.0], "kind": ["a", "b", "c"]})
    assert all(f.passed for f in by_values(table, table, 0.0))


@pytest.mark.parametrize(("factor", "passed"), [(1 + 1e-10, True), (1 + 1e-8, False)])
def test_values_agree_within_the_tolerance(factor: float, passed: bool) -> None:
    x = RNG.lognormal(size=100)
    (finding,) = by_values(
        pa.table({"x": x}), pa.table({"x": np.where(np.arange(100) == 7, x * factor, x)}), 1e-9
    )
    assert finding.passed is passed
    assert finding.figure == pytest.approx(factor - 1, rel=1e-4)


@pytest.mark.parametrize(
    ("old", "new"), [([1.0], [float("nan")]), ([0.0], [1e-300]), ([1.0], [-1.0]), (["a"], ["b"])]
)
def test_values_that_differ(old: list[object], new: list[object]) -> None:
    (finding,) = by_values(pa.table({"x": old}), pa.table({"x": new}), 0.5)
    assert not finding.passed


def test_two_samples_of_one_distribution_agree() -> None:
    old, new = (
        pa.table({"x": RNG.normal(size=20_000), "n": RNG.poisson(3, 20_000)}) for _ in range(2)
    )
    assert all(f.passed for f in by_statistics(old, new))


@pytest.mark.parametrize("other", [RNG.normal(0.1, 1, 20_000), RNG.normal(0, 1.1, 20_000)])
def test_samples_of_different_distributions_differ(other: np.ndarray) -> None:
    findings = by_statistics(pa.table({"x": RNG.normal(size=20_000)}), pa.table({"x": other}))
    assert not all(f.passed for f in findings)


def test_a_constant_column_agrees_with_itself_alone() -> None:
    ones, twos = (pa.table({"x": np.full(10, v)}) for v in (1.0, 2.0))
    assert all(f.passed for f in by_statistics(ones, ones))
    assert not all(f.passed for f in by_statistics(ones, twos))
