"""`lhnets compare`."""

import json

import pytest
from click.testing import CliRunner

import lhnets as ml
from lhnets.cli import group

PAIR = ["cs-gluino-pair-decoupled-13tev", "cs-gluino-pair-nnll-13tev"]


def run(*arguments):
    return CliRunner().invoke(group, ["compare", *arguments], catch_exceptions=False)


def test_networks_side_by_side():
    found = run(*PAIR, "m_go=1TeV", "m_sq=2500")
    assert found.exit_code == 0
    assert "1 cs-gluino-pair-decoupled-13tev@" in found.stdout
    assert "-11.6 %" in found.stdout


def test_several_points_have_a_row_each():
    lines = run(*PAIR, "m_go=1000:3500:500", "m_sq=2500").stdout.splitlines()
    rows = [line.split() for line in lines if line.startswith(("1000", "3500"))]
    assert [r[0] for r in rows] == ["1000", "3500"]
    assert rows[1][1:] == ["nan", "nan"]


def test_a_process_and_json():
    found = run("p p > go go", "m_go=1000", "m_sq=2500", "--energy", "13 TeV", "--json")
    result = json.loads(found.stdout)
    assert len(result["networks"]) == 3
    assert result["left_out"] == {}


def test_no_network_is_named():
    with pytest.raises(ml.ParameterError, match="name the networks to compare"):
        run("m_go=1000")
