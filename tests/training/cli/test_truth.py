import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lhnets_training.cli.truth import truth


def ask(*arguments: str, out: Path) -> tuple[int, str]:
    done = CliRunner().invoke(truth, [*arguments, "--out", str(out)])
    return done.exit_code, done.output


def test_it_runs_the_program_behind_the_labels(tmp_path: Path) -> None:
    point = ("m_t1=1000", "m_n1=100", "m_c1=300", "t_11=0.8", "t_12=0.6")
    code, shown = ask("br-stop", *point, "--json", out=tmp_path)
    assert code == 0, shown
    found = json.loads(shown)
    assert found["inside"]
    assert [o["output"] for o in found["outputs"]] == ["BR_tn1", "BR_bc1", "BR_tn2"]
    for o in found["outputs"]:
        assert o["network"] == pytest.approx(o["truth"], rel=1e-3)
        assert o["pull"] == pytest.approx((o["network"] - o["truth"]) / o["uncertainty"], rel=1e-3)
    code, shown = ask("br-stop", *point, out=tmp_path)
    assert code == 0
    assert "truth: lhnets_training.labels.supersymmetry.stop_decays 1" in shown


def test_a_truth_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    code, shown = ask("cs-slepton-pair", "m_sl=300", out=tmp_path)
    assert code == 1
    assert "cannot be computed here: its labels are from" in shown
    code, shown = ask("br-stop", "m_t1=1000", out=tmp_path)
    assert code == 1
    assert "give m_n1, m_c1" in shown
    code, shown = ask("br-stop", "m_x=1000", out=tmp_path)
    assert code == 1
    assert "m_x is none of them" in shown
