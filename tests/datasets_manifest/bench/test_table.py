import msgspec
import numpy as np
import pytest

from lhnets_datasets.bench.judge import judge
from lhnets_datasets.bench.table import compare, make_table


@pytest.fixture(scope="module")
def entries(task, make_rows):
    task = msgspec.structs.replace(task, replicates=200)
    rows, good = make_rows(1500)
    noise = np.random.default_rng(5).normal(size=len(good))

    def blur(size):
        return 1 / (1 + np.exp(-np.log(good / (1 - good)) - size * noise))

    scores = {"good": good, "copy": good, "alike": blur(0.15), "worse": blur(4.0)}
    return task, {n: judge(task, rows, s, sha256="0" * 64) for n, s in scores.items()}


def test_two_copies_of_a_file_share_a_rank_and_differ_by_nothing(entries):
    task, found = entries
    ranks = {r.entry: r.rank for r in make_table(task, found).rows}
    assert ranks["good"] == ranks["copy"] == 1
    (both,) = (d for d in compare(task, "auc", found) if (d.first, d.second) == ("good", "copy"))
    assert (both.gain, both.error, both.significant) == (0, 0, False)


def test_what_chance_allows_shares_a_rank_and_what_is_worse_does_not(entries):
    task, found = entries
    table = make_table(task, found)
    ranks = {r.entry: r.rank for r in table.rows}
    assert ranks["worse"] == 4
    assert [r.entry for r in table.rows][-1] == "worse"


def test_a_paired_error_is_smaller_than_the_errors_of_both(entries):
    task, found = entries
    (pair,) = (d for d in compare(task, "auc", found) if (d.first, d.second) == ("good", "alike"))
    assert pair.error < 0.3 * found["good"].figures["auc"].error


def test_a_lower_mistag_is_the_better_one(entries):
    task, found = entries
    gains = {(d.first, d.second): d.gain for d in compare(task, "rejection_50", found)}
    assert gains["good", "worse"] > 0 > gains["worse", "good"]


def test_a_result_of_another_version_of_the_task_is_stale(entries):
    task, found = entries
    changed = msgspec.structs.replace(task, replicates=300)
    table = make_table(changed, found)
    assert table.rows == ()
    assert set(table.stale) == set(found)
