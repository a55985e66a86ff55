"""Folders of SLHA files as a source."""

import pytest

import lhnets as ml
from lhnets.errors import NetworkNotFoundError, OutsideRegionWarning, ParameterError

pytest.importorskip("pyarrow")
from pyarrow import parquet

ASK = 'sigma = CS("p p > go go", energy="13 TeV")'


@pytest.fixture
def folder(zoo, tmp_path):
    (tmp_path / "points" / "more").mkdir(parents=True)
    for name, mass in {"a.slha": 500, "more/b.spc": -600, "c.spc.MSSM": 5000}.items():
        (tmp_path / "points" / name).write_text(f"Block MASS\n  1000021  {mass}\n")
    (tmp_path / "points" / "d.slha").write_text("nothing\n")
    return tmp_path / "points"


def test_each_file_is_a_row_with_the_answer_of_its_spectrum(folder, tmp_path):
    with pytest.warns(OutsideRegionWarning, match="NaN at 2 of 4 points: 1 with a file that"):
        out = ml.scan(ASK, folder, tmp_path / "out.parquet")
    rows = {row["file"]: row for row in parquet.read_table(out).to_pylist()}
    assert list(rows) == ["a.slha", "c.spc.MSSM", "d.slha", "more/b.spc"]
    for name in ("a.slha", "more/b.spc"):
        alone = ml.CS("p p > go go", folder / name, energy="13 TeV")
        assert rows[name]["sigma"] == alone.value
        assert rows[name]["sigma_network"] == alone.network
        assert rows[name]["sigma_reason"] is None
    assert "m_a = 5000" in rows["c.spc.MSSM"]["sigma_reason"]
    assert "not an SLHA file" in rows["d.slha"]["sigma_reason"]


def test_what_no_file_can_answer_is_refused_at_once(folder, tmp_path):
    with pytest.raises(NetworkNotFoundError):
        ml.scan('x = CS("p p > t1 t1~")', folder, tmp_path / "out.parquet")
    with pytest.raises(ParameterError, match="are for tables"):
        ml.scan('x = CS("p p > go go", {"m_a": 1.0})', folder, tmp_path / "out.parquet")
