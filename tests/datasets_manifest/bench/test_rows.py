import hashlib

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from lhnets.errors import IntegrityError
from lhnets_datasets.bench import collection
from lhnets_datasets.bench.rows import hash_rows, read_rows
from lhnets_datasets.bench.task import SplitByHash, Task
from lhnets_datasets.errors import TaskError


class Data:
    """A data set of two columns."""

    def __init__(self, order, sha256, label=None):
        numbers = np.arange(1000.0)
        labels = numbers % 2 if label is None else label
        table = pa.table({"top": labels[order], "jet_mass": numbers[order]})
        self._table = table.replace_schema_metadata({b"lhnets.sha256": sha256.encode()})

    def table(self):
        return self._table


@pytest.fixture
def by_hash(task):
    data = msgspec.structs.replace(task.data, split=SplitByHash(test=0.3))
    return msgspec.structs.replace(task, data=data)


def test_the_order_of_the_file_decides_nothing(by_hash):
    sha256 = by_hash.data.sha256
    shuffled = np.random.default_rng(1).permutation(1000)
    first, rest = read_rows(by_hash, bytes, Data(np.arange(1000), sha256))
    second, _ = read_rows(by_hash, bytes, Data(shuffled, sha256))
    assert first.columns["jet_mass"].tolist() == second.columns["jet_mass"].tolist()
    assert abs(len(first) - 300) < 60
    assert len(first) + len(rest) == 1000
    assert not set(first.columns["jet_mass"]) & set(rest.columns["jet_mass"])
    assert abs(first.signal.mean() - 0.5) < 0.1


def test_a_row_has_one_hash_whatever_the_order_of_columns():
    a, b = np.array([1.0, 2.0]), np.array([0.0, -0.0])
    one, other = hash_rows({"a": a, "b": b}), hash_rows({"b": b, "a": a})
    assert one.tolist() == other.tolist()
    assert one[0] == hash_rows({"a": a[:1], "b": np.array([-0.0])})[0]


def test_other_data_are_refused(by_hash):
    with pytest.raises(IntegrityError, match="results on other rows cannot be compared"):
        read_rows(by_hash, bytes, Data(np.arange(1000), "1" * 64))


def test_labels_are_0_or_1(by_hash):
    data = Data(np.arange(1000), by_hash.data.sha256, np.arange(1000) % 3)
    with pytest.raises(TaskError, match="must be 1 for signal and 0 for background"):
        read_rows(by_hash, bytes, data)


def test_a_changed_list_of_rows_is_refused(task):
    changed = collection.read_beside(task, "top-tagging.rows")[:-8]
    assert hashlib.sha256(changed).hexdigest() != task.data.split.sha256
    with pytest.raises(IntegrityError, match="has changed"):
        read_rows(task, lambda file: changed)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("replicates: 400", "replicates: 4", "replicates"),
        ("kind: classifier", "kind: clasifier", "kind"),
        ("name: rejection_50", "name: rejection_30", "of one name"),
        ("title:", "titel:", "titel"),
    ],
)
def test_a_task_that_does_not_follow_its_schema_is_refused_with_the_field(old, new, match):
    text = collection.shipped_folder().joinpath("top-tagging.yaml").read_text()
    with pytest.raises(TaskError, match=match):
        Task.from_yaml(text.replace(old, new).encode(), "top-tagging.yaml")


def test_a_name_that_is_not_known_has_its_nearest():
    with pytest.raises(TaskError, match="did you mean top-tagging"):
        collection.get("top-taging")
