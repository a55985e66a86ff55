"""`lhnets scan`, as a user runs it."""

import json

import pytest
from click.testing import CliRunner

from lhnets.cli import group

arrow = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

ASK = ("--ask", 'sigma = CS("p p > go go", energy="13 TeV")')


@pytest.fixture
def run(zoo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parquet.write_table(arrow.table({"m_a": [500.0, 50.0]}), "in.parquet")
    return lambda *words: CliRunner().invoke(group, ["scan", *words])


def test_it_says_what_answered_where_the_result_is_and_what_is_outside(run):
    done = run("in.parquet", "out.parquet", *ASK)
    assert done.exit_code == 0
    assert "cs-exponential@1" in done.stdout
    assert "2 points in out.parquet" in done.stdout
    assert "sigma is NaN at 1 of 2 points: 1 with m_a < 100 GeV" in done.stderr
    assert parquet.read_table("out.parquet").column("sigma").to_pylist()[0] > 0


def test_the_same_as_json(run):
    done = run("in.parquet", "out", *ASK, "--float32", "--part-rows", "1", "--json")
    told = json.loads(done.stdout)
    assert told["rows"] == 2
    assert told["questions"][0]["network"] == "cs-exponential@1"
    assert told["outside"]["sigma"]["m_a < 100 GeV"] == 1
    assert str(parquet.read_table("out").schema.field("sigma").type) == "float"


def test_errors_have_their_names(run):
    done = run("in.parquet", "out.parquet", "--ask", "import os")
    assert type(done.exception).__name__ == "ParameterError"
