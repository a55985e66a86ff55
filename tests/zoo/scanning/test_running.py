"""Scans of files: what they write, how they go on, what they refuse."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest

import lhnets as ml
from lhnets._scanning import files, running, workers, workspace
from lhnets.errors import OutsideRegionWarning, ParameterError, ScanError

arrow = pytest.importorskip("pyarrow")
from pyarrow import csv, parquet  # noqa: E402

ASK = ['sigma = CS("p p > go go", energy="13 TeV")', 'lo = CS("p p > go go", energy=7000)']
COUNT = 1000


@pytest.fixture
def points(zoo, tmp_path, monkeypatch):
    """A file of points, and blocks of 128 rows."""
    monkeypatch.setattr(files.TableFiles, "slice_rows", 128)
    monkeypatch.setattr(running, "_BLOCK_BYTES", 1)
    m_a = np.random.default_rng(1).uniform(100.0, 700.0, COUNT)
    table = arrow.table({"m_a": m_a, "label": [f"point {k % 7}" for k in range(COUNT)]})
    parquet.write_table(table, tmp_path / "in.parquet", row_group_size=300)
    return tmp_path / "in.parquet"


def values(path, column="sigma"):
    return parquet.read_table(path).column(column).to_numpy()


def expected(path, energy="13 TeV"):
    return ml.CS("p p > go go", {"m_a": values(path, "m_a")}, energy=energy).value


@pytest.mark.parametrize("workers", [1, 3])
def test_a_file_comes_back_with_the_answers(points, workers):
    out = ml.scan(ASK, points, points.with_name("out.parquet"), workers=workers)
    table = parquet.read_table(out)
    assert table.column_names[:3] == ["m_a", "label", "sigma"]
    np.testing.assert_allclose(values(out), expected(points), rtol=1e-12)
    np.testing.assert_allclose(values(out, "lo"), expected(points, 7000), rtol=1e-12)
    assert table.slice(0, 2).column("label").to_pylist() == ["point 0", "point 1"]
    assert not out.with_name("out.parquet.scan").exists()


def test_the_metadata_say_what_answered_and_hold_no_time(points):
    out = ml.scan(ASK, points, points.with_name("out.parquet"))
    schema = parquet.read_schema(out)
    told = json.loads(schema.metadata[b"lhnets.scan"])
    network = ml.load("cs-exponential")
    assert told["lhnets"] == ml.__version__
    assert told["questions"][0] == {
        "name": "sigma",
        "question": "sigma = CS('p p > go go', energy='13 TeV')",
        "network": "cs-exponential@1",
        "sha256": network.file.sha256,
        "engine": "onnxruntime",
        "output": "NLO",
        "unit": "pb",
        "inputs": {"m_a": "m_a", "sqrt_s": 13000.0, "mu_over_m": 1.0},
    }
    assert schema.field("sigma").metadata[b"unit"] == b"pb"


def test_the_number_of_workers_changes_no_byte(points):
    one, other = (ml.scan(ASK, points, points.with_name(f"{n}.parquet"), workers=n) for n in (1, 4))
    assert one.read_bytes() == other.read_bytes()


def test_parts_hold_the_rows_in_order(points):
    out = ml.scan(ASK, points, points.with_name("out"), part_rows=300)
    assert [p.name for p in sorted(out.iterdir())] == [f"part-{k:05d}.parquet" for k in range(4)]
    np.testing.assert_array_equal(values(out, "m_a"), values(points, "m_a"))
    np.testing.assert_allclose(values(out), expected(points), rtol=1e-12)


def test_a_folder_of_parts_is_a_source(points):
    parts = ml.scan(ASK[:1], points, points.with_name("parts"), part_rows=300)
    again = ml.scan(ASK[1:], parts, points.with_name("out.parquet"))
    np.testing.assert_array_equal(values(again), values(parts))
    np.testing.assert_allclose(values(again, "lo"), expected(points, 7000), rtol=1e-12)


def test_a_csv_file_is_a_source(points):
    text = points.with_suffix(".csv")
    csv.write_csv(parquet.read_table(points), text)
    out = ml.scan(ASK, text, points.with_name("out.parquet"))
    np.testing.assert_allclose(values(out), expected(points), rtol=1e-12)


def test_whole_numbers_in_the_first_lines_of_a_csv_file_stay_numbers(points):
    text = points.with_suffix(".csv")
    text.write_text("m_a,note\n500,a\n600.5,b\n,c\n")
    with pytest.warns(OutsideRegionWarning, match="1 with m_a not a finite number"):
        out = ml.scan(ASK[:1], text, points.with_name("out.parquet"))
    assert np.isnan(values(out)).tolist() == [False, False, True]


def test_single_precision_on_request(points):
    out = ml.scan(ASK, points, points.with_name("out.parquet"), dtype="float32")
    assert values(out).dtype == np.float32
    np.testing.assert_allclose(values(out), expected(points), rtol=1e-6)


def test_points_outside_are_counted_in_a_warning_and_in_the_file(points):
    table = arrow.table({"m_a": [500.0, 50.0, 2000.0]})
    parquet.write_table(table, points)
    with pytest.warns(OutsideRegionWarning, match="1 with m_a < 100 GeV"):
        out = ml.scan(ASK[:1], points, points.with_name("out.parquet"))
    assert np.isnan(values(out)).tolist() == [False, True, True]
    told = json.loads(parquet.read_metadata(out).metadata[b"lhnets.outside"])
    assert told["sigma"]["m_a > 1200 GeV"] == 1


def test_an_empty_table_gives_an_empty_one(points):
    parquet.write_table(arrow.table({"m_a": arrow.array([], "float64")}), points)
    out = ml.scan(ASK, points, points.with_name("out.parquet"))
    assert parquet.read_table(out).num_rows == 0
    assert "sigma_reach" in parquet.read_schema(out).names


@pytest.mark.parametrize("out", ["out.parquet", "out"])
def test_a_full_disk_loses_nothing(points, monkeypatch, out):
    whole = ml.scan(ASK, points, points.with_name("whole.parquet"))
    out = points.with_name(out)
    replace = Path.replace

    def full(self, target):
        if "00004" in Path(target).name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(ScanError, match=r"No space left.*free some space and repeat"):
            ml.scan(ASK, points, out)
    assert not out.exists()
    blocks = count_evaluated(monkeypatch)
    ml.scan(ASK, points, out)
    assert len(blocks) == 4
    np.testing.assert_array_equal(values(out), values(whole))
    assert not out.with_name(f"{out.name}.scan").exists()


def count_evaluated(monkeypatch):
    """A list that grows by one with each slice that is evaluated."""
    found = []
    evaluate = workers.evaluate_table

    def count(*given):
        found.append(1)
        return evaluate(*given)

    monkeypatch.setattr(workers, "evaluate_table", count)
    return found


def test_a_torn_block_is_made_again(points, monkeypatch):
    out = points.with_name("out.parquet")
    whole = ml.scan(ASK, points, points.with_name("whole.parquet")).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(workspace.ScanWorkspace, "finish", lambda self: None)
        with pytest.raises(ParameterError):
            ml.scan(ASK, points, out)
    block = out.with_name("out.parquet.scan") / "blocks" / "00003.arrow"
    block.write_bytes(block.read_bytes()[:100])
    assert ml.scan(ASK, points, out).read_bytes() == whole


def test_a_scan_that_ended_before_it_tidied_up_is_finished(points, monkeypatch):
    for name in ("out.parquet", "out"):
        out = points.with_name(name)
        with monkeypatch.context() as patch:
            patch.setattr(workspace.shutil, "rmtree", lambda folder: None)
            ml.scan(ASK, points, out)
        assert out.with_name(f"{name}.scan").exists()
        before = values(out)
        ml.scan(ASK, points, out)
        np.testing.assert_array_equal(values(out), before)
        assert not out.with_name(f"{name}.scan").exists()


def test_another_scan_does_not_go_on_with_the_blocks_of_this_one(points, monkeypatch):
    out = points.with_name("out.parquet")
    with monkeypatch.context() as patch:
        patch.setattr(running._Scan, "write", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ml.scan(ASK, points, out)
    with pytest.raises(ParameterError, match="unfinished scan left, with other questions"):
        ml.scan(ASK[:1], points, out)
    with pytest.raises(ParameterError, match="with another type of the columns"):
        ml.scan(ASK, points, out, dtype="float32")
    points.touch()
    with pytest.raises(ParameterError, match="with files that were changed since"):
        ml.scan(ASK, points, out)


def test_a_result_is_replaced_on_request_only(points):
    for name in ("out.parquet", "out"):
        out = ml.scan(ASK[:1], points, points.with_name(name))
        with pytest.raises(ScanError, match="exists"):
            ml.scan(ASK, points, out)
        ml.scan(ASK, points, out, overwrite=True)
        assert "lo" in parquet.read_table(out).column_names


def test_what_cannot_be_scanned_is_refused(points):
    out = points.with_name("out.parquet")
    parquet.write_table(arrow.table({"m_a": ["a"]}), points.with_name("text.parquet"))
    with pytest.raises(ParameterError, match="type string: expected numbers"):
        ml.scan(ASK, points.with_name("text.parquet"), out)
    points.with_name("bad.csv").write_text("m_a\n500\nabc\n")
    with pytest.raises(ParameterError, match="invalid value 'abc'"):
        ml.scan(ASK, points.with_name("bad.csv"), out.with_name("bad.parquet"))
    points.with_name("bad.parquet").write_text("no")
    with pytest.raises(ParameterError, match=r"cannot read .* as Parquet"):
        ml.scan(ASK, points.with_name("bad.parquet"), out)
    with pytest.raises(ParameterError, match="there is no file"):
        ml.scan(ASK, points.with_name("absent.parquet"), out)
    with pytest.raises(ParameterError, match="other columns"):
        ml.scan(ASK, [points, points.with_name("text.parquet")], out)
    with pytest.raises(ParameterError, match="give out="):
        ml.scan(ASK, points)
    with pytest.raises(ParameterError, match="expected 1 to"):
        ml.scan(ASK, points, out, part_rows=0)
    assert not out.exists()


def test_dask_workers_evaluate(points):
    distributed = pytest.importorskip("distributed")
    with distributed.Client(
        processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None
    ) as client:
        out = ml.scan(ASK, points, points.with_name("dask.parquet"), dask=client)
    alone = ml.scan(ASK, points, points.with_name("alone.parquet"))
    assert out.read_bytes() == alone.read_bytes()


def test_columns_that_cannot_be_told_apart_or_read_are_refused(zoo, tmp_path):
    twice = arrow.table([arrow.array([100.0]), arrow.array([200.0])], names=["m_a", "m_a"])
    parquet.write_table(twice, tmp_path / "in.parquet")
    csv.write_csv(twice, tmp_path / "in.csv")
    for path in (tmp_path / "in.parquet", tmp_path / "in.csv"):
        with pytest.raises(ParameterError, match="several columns are called m_a"):
            ml.scan(ASK, path, tmp_path / "out.parquet")
    with pytest.raises(ParameterError, match="several columns are called m_a"):
        ml.scan(ASK, twice)
    (tmp_path / "other.csv").write_bytes(b"m_a,\xff\xfe\n100,1\n")
    with pytest.raises(ParameterError, match="names of the columns cannot be read"):
        ml.scan(ASK, tmp_path / "other.csv", tmp_path / "out.parquet")


def test_a_unit_that_is_not_text_is_refused_in_words(zoo, tmp_path):
    field = arrow.field("m_a", arrow.float64(), metadata={"unit": b"\xff\xfe"})
    table = arrow.table({"m_a": [100.0]}, schema=arrow.schema([field]))
    with pytest.raises(ParameterError, match="the column 'm_a' is in "):
        ml.scan(ASK, table)
