"""`lhnets verify-paper`: lines of `reproduce`, in any text."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import lhnets as ml
from lhnets._api.reproduce import verify_paper
from lhnets.cli import group


def run(path, *options):
    return CliRunner().invoke(group, ["verify-paper", str(path), *options], catch_exceptions=False)


@pytest.fixture
def answer(zoo):
    return ml.CS("p p > go go", {"m_a": 500.0}, energy="13 TeV")


def test_the_same_bits_come_again(answer, tmp_path):
    many = ml.CS("p p > go go", {"m_a": [300.0, 9e4]}, energy="13 TeV", outside="nan")
    paper = tmp_path / "paper.tex"
    paper.write_text(f"\\section{{x}}\n% {answer.reproduce()}\n%% {many.reproduce()} % end\n")
    found = verify_paper(paper)
    assert [(r.line, r.verdict) for r in found] == [(2, "same bits"), (3, "same bits")]
    done = run(paper)
    assert done.exit_code == 0
    assert "2 of 2 numbers are the same" in done.stdout


def test_a_line_is_plain_json(answer, zoo):
    line = json.loads(answer.reproduce())
    assert "\n" not in answer.reproduce()
    assert line["network"] == "cs-exponential@1"
    assert line["sha256"] == zoo.load("cs-exponential").file.sha256
    assert line["params"] == {"m_a": 500.0, "sqrt_s": 13000.0, "mu_over_m": 1.0}
    assert (line["output"], line["unit"], line["value"]) == ("NLO", "pb", answer.value)
    assert line["lhnets"] == ml.__version__


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"value": lambda v: v * (1 + 1e-9)}, "close"),
        ({"value": lambda v: v * 1.01}, "differs"),
        ({"uncertainty": lambda v: v * 1.01}, "differs"),
        ({"sha256": lambda v: "0" * 64}, "another file"),
        ({"network": lambda v: "cs-exponential@7"}, "not found"),
        ({"output": lambda v: "NNLO"}, "fails"),
        ({"value": lambda v: [v, v]}, "fails"),
    ],
)
def test_what_became_of_a_number(answer, tmp_path, change, verdict):
    line = json.loads(answer.reproduce())
    for field, changed in change.items():
        line[field] = changed(line[field])
    paper = tmp_path / "numbers.txt"
    paper.write_text(json.dumps(line, separators=(",", ":")))
    done = run(paper, "--json")
    (found,) = json.loads(done.stdout)
    assert found["verdict"] == verdict
    assert done.exit_code == (0 if verdict == "close" else 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no numbers", "has no line to reproduce"),
        ('{"lhnets":"1","network":', r"line 1 of .* is not whole"),
        ('{"lhnets":"1"}', r"line 1 of .* is not whole"),
    ],
)
def test_what_is_no_line_is_told(tmp_path, text, reason):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(ml.ParameterError, match=reason):
        verify_paper(tmp_path / "a.txt")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ml.ParameterError, match="cannot read"):
        verify_paper(tmp_path / "a.txt")


def test_an_answer_that_is_none_of_a_network_has_no_line(event_zoo, make_events):
    score = ml.Classify("tagger", {"constituents": make_events(2), "leptons": np.zeros((2, 2, 3))})
    with pytest.raises(ml.ParameterError, match="cannot be reproduced from a line"):
        score.reproduce()
