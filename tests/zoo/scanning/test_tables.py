"""Tables in memory and lazy ones come back as what they were."""

import numpy as np
import pytest

import lhnets as ml
from lhnets.errors import OutsideRegionWarning, ParameterError

ASK = {"sigma": 'CS("p p > go go", energy="13 TeV")'}
M_A = np.linspace(150.0, 1150.0, 11)
NAMES = ["m_a", "note", "sigma", "sigma_uncertainty", "sigma_reach"]
NOTES = [f"n{k}" for k in range(11)]


@pytest.fixture
def expected(zoo):
    return ml.CS("p p > go go", {"m_a": M_A}, energy="13 TeV").value


def test_a_mapping(expected):
    given = {"m_a": list(M_A), "note": NOTES}
    found = ml.scan(ASK, given)
    assert list(found) == NAMES
    np.testing.assert_array_equal(found["sigma"], expected)
    assert list(given) == ["m_a", "note"]


def test_a_structured_array(expected):
    given = np.zeros(11, [("m_a", "f4"), ("note", "U3")])
    given["m_a"] = M_A
    found = ml.scan(ASK, given, dtype="float32")
    assert found.dtype.names == tuple(NAMES)
    assert found.dtype["sigma"] == np.float32
    np.testing.assert_allclose(found["sigma"], expected, rtol=1e-6)


def test_pandas_keeps_its_index(expected):
    pandas = pytest.importorskip("pandas")
    given = pandas.DataFrame({"m_a": M_A, "note": NOTES}, index=pandas.Index(NOTES, name="key"))
    found = ml.scan(ASK, given)
    assert list(found.columns) == NAMES
    assert found.index.equals(given.index)
    np.testing.assert_array_equal(found["sigma"], expected)


def test_missing_values_of_pandas_are_points_without_an_answer(expected):
    pandas = pytest.importorskip("pandas")
    given = pandas.DataFrame({"m_a": pandas.array([500, None], dtype="Int64")})
    with pytest.warns(OutsideRegionWarning, match="1 with m_a not a finite number"):
        found = ml.scan(ASK, given)
    assert found["sigma"].isna().tolist() == [False, True]


def test_polars_and_its_lazy_frames(expected):
    polars = pytest.importorskip("polars")
    given = polars.DataFrame({"m_a": M_A, "note": NOTES})
    found = ml.scan(ASK, given)
    assert found.columns == NAMES
    np.testing.assert_array_equal(found["sigma"].to_numpy(), expected)
    lazy = ml.scan(ASK, given.lazy())
    assert isinstance(lazy, polars.LazyFrame)
    assert lazy.collect().equals(found)
    assert lazy.select("sigma").head(2).collect().height == 2


def test_pyarrow(expected):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import dataset

    given = arrow.table({"m_a": M_A, "note": NOTES})
    found = ml.scan(ASK, given)
    assert found.column_names == NAMES
    np.testing.assert_array_equal(found.column("sigma").to_numpy(), expected)
    assert b"cs-exponential@1" in found.schema.metadata[b"lhnets.scan"]
    batch = ml.scan(ASK, given.to_batches()[0])
    assert batch.equals(found.to_batches()[0])
    assert ml.scan(ASK, dataset.dataset(given)).to_table().equals(found)


def test_a_dataset_is_streamed_to_a_dataset(expected, tmp_path):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import dataset, parquet

    for k in range(2):
        parquet.write_table(arrow.table({"m_a": M_A}), tmp_path / f"{k}.parquet")
    found = ml.scan(
        ASK, dataset.dataset(sorted(tmp_path.glob("*.parquet"))), tmp_path / "out", part_rows=15
    )
    assert len(found.files) == 2
    np.testing.assert_array_equal(found.to_table().column("sigma").to_numpy(), [*expected] * 2)


def test_awkward(expected):
    awkward = pytest.importorskip("awkward")
    given = awkward.Array({"m_a": M_A, "jets": [[1.0] * (k % 3) for k in range(11)]})
    found = ml.scan(ASK, given)
    assert awkward.fields(found) == ["m_a", "jets", "sigma", "sigma_uncertainty", "sigma_reach"]
    np.testing.assert_array_equal(awkward.to_numpy(found["sigma"]), expected)
    with pytest.raises(ParameterError, match="several numbers in a row"):
        ml.scan({"s": 'CS("p p > go go", {"m_a": "jets"}, energy=13000)'}, given)


def test_dask_stays_lazy(expected):
    dataframe = pytest.importorskip("dask.dataframe")
    import dask.array
    import pandas

    given = pandas.DataFrame({"m_a": M_A, "note": NOTES})
    lazy = ml.scan(ASK, dataframe.from_pandas(given, npartitions=3))
    assert list(lazy.columns) == NAMES
    np.testing.assert_array_equal(lazy.compute(scheduler="sync")["sigma"], expected)
    structured = np.zeros(11, [("m_a", "f8")])
    structured["m_a"] = M_A
    blocks = ml.scan(ASK, dask.array.from_array(structured, chunks=4))
    np.testing.assert_array_equal(blocks.compute(scheduler="sync")["sigma"], expected)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"m_a": ["500", "600"]}, "holds <U3"),
        ({"m_a": [500.0, "a"]}, "expected numbers"),
        ({"m_a": np.array([500.0, "a"], dtype=object)}, "holds 'a' in row 1"),
        ({"m_a": [[500.0, 600.0]]}, "expected one number for each row"),
        ({"m_a": [500.0], "b": [1.0, 2.0]}, "expected as many in each"),
        (np.zeros((3, 2)), "cannot scan a ndarray"),
        (3.0, "cannot scan a float"),
    ],
)
def test_other_tables_are_refused(zoo, table, told):
    with pytest.raises(ParameterError, match=told):
        ml.scan(ASK, table)


def test_options_of_files_are_refused_for_tables(zoo):
    with pytest.raises(ParameterError, match="are for files"):
        ml.scan(ASK, {"m_a": [500.0]}, "out.parquet")
