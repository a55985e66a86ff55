"""The commands, run as a user runs them."""

import json
import re
import subprocess
import sys

import msgspec
import pytest
from click.testing import CliRunner

from lhnets import Error
from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import BUNDLED
from lhnets._finding import zoo as _zoo
from lhnets.cli import group
from lhnets.format import Figure, FigureBaseline, GeneratorValidation, LabelNoise


@pytest.fixture
def run(zoo):
    def run_(*words, code=0, input=None):
        result = CliRunner().invoke(group, words, input=input, catch_exceptions=True)
        if isinstance(result.exception, Error):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run_


def test_list_and_show(run):
    assert "cs-exponential@1" in run("list")
    assert "p p > go go" in run("list", "--process", "pp > gluino gluino")
    assert "cross section" in run("list")
    assert "0 networks" in run("list", "nothing")
    shown = run("show", "cs-exponential")
    for part in (
        "An exponential",
        "mass of A",
        "m_a <= 0.1 sqrt_s",
        "baseline: log-spline",
        "not archived yet",
        "positive",
    ):
        assert part in shown
    assert json.loads(run("show", "cs-exponential", "--json"))["name"] == "cs-exponential"
    assert json.loads(run("schema"))["$defs"]["Card"]


def test_show_tells_what_is_left_beyond_the_noise_of_labels(
    run, make_card, make_file, make_mirror, tmp_path, monkeypatch
):
    assert "Labels err" not in run("show", "cs-exponential")
    noise = LabelNoise(rows=300, rms=9e-3, beyond=0.0, at_most=1.4e-3, q997=5e-3)
    validation = msgspec.structs.replace(make_card().validation, label_noise=noise)
    mirror = make_mirror(tmp_path / "noisy", make_file(validation=validation))
    monkeypatch.setattr(
        _zoo, "default", lambda: _zoo.Zoo([str(mirror)], Cache(tmp_path / "another"))
    )
    shown = " ".join(run("show", "cs-exponential").split())
    assert "Labels err by 9.0e-03 (rms of 300 rows)" in shown
    assert "errs by 0.0e+00 (rms), at most 1.4e-03 (95 %); 99.7 % 5.0e-03" in shown


def test_cs(run, truth):
    answer = run("cs", "p p > go go", "--energy", "13 TeV", "m_a=500")
    assert "(2.600 ± 0.026 network +0.26 \u22120.17 scale) pb" in answer
    assert "+10 % \u22126.7 % (68 %, in quadrature)" in answer
    percent = run("cs", "p p > go go", "--energy", "13 TeV", "m_a=500", "--percent")
    assert "2.600 pb ± 1 % network +10 % \u22126.7 % scale" in percent
    assert "cs-exponential@1" in answer
    as_json = json.loads(
        run("cs", "p p > go go", "--energy", "13 TeV", "--order", "LO", "m_a=500", "--json")
    )
    assert as_json["value"] == pytest.approx(truth(500.0, 13000.0))
    assert as_json["unit"] == "pb"


def test_several_values_make_a_table(run):
    answer = run("cs", "p p > go go", "--energy", "13 TeV", "m_a=400,500,600", "mu_over_m=2")
    assert len([line for line in answer.splitlines() if line.strip()]) == 5
    assert answer.count("+10 % \u22126.7 %") == 3


def test_eval_takes_names_and_files(run, tmp_path, sealed_file):
    path = tmp_path / "x.onnx"
    path.write_bytes(sealed_file)
    words = ("--energy", "13 TeV", "m_a=500")
    assert run("eval", "cs-exponential", *words) == run("eval", str(path), *words)
    assert "0.26" in run("eval", "cs-exponential", "--output", "NLO scale up", *words)


def test_slha_files(run, tmp_path):
    spectrum = tmp_path / "point.slha"
    spectrum.write_text("BLOCK MASS\n 1000021 -500.0\n")
    assert "2.600" in run("cs", "p p > go go", "--energy", "13 TeV", "--slha", str(spectrum))
    question = ("cs", "p p > go go", "--energy", "13 TeV")
    assert "2.600" in run(*question, str(spectrum))
    assert "2.600" in run(*question, "-", input=spectrum.read_text())
    with pytest.raises(Error, match="not both"):
        run("cs", "p p > go go", "--slha", str(spectrum), "m_a=500")


def test_the_bare_value_is_one_number_a_line(run, truth):
    question = ("cs", "p p > go go", "--energy", "13 TeV", "--order", "LO", "-0")
    assert float(run(*question, "m_a=0.5TeV")) == pytest.approx(truth(500.0, 13000.0))
    assert len(run(*question, "m_a=400:600:100").split()) == 3
    with pytest.raises(Error, match="expected a number in GeV"):
        run(*question, "m_a=2pb")


@pytest.mark.parametrize("word", ["m_a", "m_a=", "=5", "m_a=heavy", "m_a=1,,2"])
def test_assignments_that_cannot_be_read(run, word):
    with pytest.raises(Error, match="expected NAME=VALUE"):
        run("cs", "p p > go go", word)


def test_verify_good_and_changed_files(run, tmp_path, sealed_file):
    path = tmp_path / "x.onnx"
    path.write_bytes(sealed_file)
    assert "pass cs-exponential@1" in run("verify", str(path), "cs-exponential")
    path.write_bytes(sealed_file.replace(b"An exponential", b"An Exponential"))
    assert "FAIL cs-exponential@1" in run("verify", str(path), code=1)


def test_fetch_cite_and_lock(run, tmp_path):
    assert "cs-exponential@1  " in run("fetch", "cs-exponential")
    assert "@misc{exact," in run("cite", "cs-exponential")
    assert "wrote" in run("lock", "cs-exponential", "-o", str(tmp_path / "lhnets.lock"))
    assert "cs-exponential" in (tmp_path / "lhnets.lock").read_text()


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("list",), "network"),
        (("list", "--kind", "cross_section"), "parameters"),
        (("show", "cs-exponential"), "inputs"),
        (("cs", "p p > go go", "--energy", "13 TeV", "m_a=500"), "value"),
        (("cs", "p p > go go", "--energy", "13 TeV", "m_a=500,600"), "uncertainty"),
        (("eval", "cs-exponential", "--energy", "13 TeV", "m_a=500"), "unit"),
        (("fetch", "cs-exponential"), "path"),
        (("verify", "cs-exponential"), "findings"),
    ],
)
def test_every_command_that_prints_results_prints_json(run, words, key):
    found = json.loads(run(*words, "--json"))
    (first,) = found if isinstance(found, list) else (found,)
    assert key in first


def test_a_failed_verification_is_json_too_and_exits_with_1(run, tmp_path, sealed_file):
    path = tmp_path / "x.onnx"
    path.write_bytes(sealed_file.replace(b"An exponential", b"An Exponential"))
    (found,) = json.loads(run("verify", str(path), "--json", code=1))
    assert not found["passed"]
    assert any(not f["passed"] for f in found["findings"])


def test_a_lock_tells_what_it_pins(run, tmp_path):
    path = tmp_path / "lhnets.lock"
    found = json.loads(run("lock", "cs-exponential", "-o", str(path), "--json"))
    assert found == {"path": str(path), "networks": ["cs-exponential@1"]}


def test_errors_are_printed_without_a_traceback():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from lhnets.cli import main; main()",
            "cs",
            "p p > gluin go",
            "m_go=1",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("UnknownParticleError: no particle is called 'gluin'")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_help_names_every_command(run):
    listed = run("--help")
    for word in (
        "list",
        "show",
        "cs",
        "br",
        "eval",
        "fetch",
        "verify",
        "cite",
        "lock",
        "data",
        "publish",
        "train",
    ):
        assert f"  {word} " in listed


def test_show_prints_the_axes_of_many_outputs_and_each_assumption_once(run, monkeypatch):
    monkeypatch.setattr(_zoo, "default", lambda: _zoo.Zoo([str(BUNDLED)], Cache(".")))
    shown = " ".join(run("show", "cs-wino-c1n2").split())
    assert "66 outputs in pb, by their place" in shown
    assert "variation central scale up scale down" in shown
    assert shown.count("the chargino is a wino") == 1
    assert "0.98 <= |MASS 1000023| / m_c1 <= 1.02" in shown


def test_show_prints_the_figures_of_a_generator(
    run, make_card, make_file, make_mirror, tmp_path, monkeypatch
):
    baseline = FigureBaseline(method="smearing", figure=Figure(value=0.71, error=0.01))
    validation = GeneratorValidation(
        rows=99, two_sample_auc=Figure(value=0.512, error=0.004), baseline=baseline
    )
    mirror = make_mirror(tmp_path / "made", make_file(validation=validation))
    monkeypatch.setattr(
        _zoo, "default", lambda: _zoo.Zoo([str(mirror)], Cache(tmp_path / "another"))
    )
    shown = " ".join(run("show", "cs-exponential").split())
    assert "two sample auc 0.512 4.0e-03" in shown
    assert "baseline: smearing 0.71 1.0e-02" in shown


def test_notes_are_printed_and_warnings_go_to_stderr_in_plain_words():
    """Notes beside the number and in JSON; the warning by its name and message, without a line of
    code."""
    process, energy = "p p > mul- mul+", ("--energy", "13 TeV")
    note = "cs-slepton-pair@2 computes p p > el+ el-; its card says that p p > mul+ mul- has"
    run = CliRunner()
    assert note in run.invoke(group, ("cs", process, "m_sl=300", *energy)).output
    assert note in run.invoke(group, ("cs", process, "m_sl=300,400", *energy)).output
    as_json = run.invoke(group, ("cs", process, "m_sl=300", *energy, "--json")).output
    assert json.loads(as_json)["notes"][0].startswith(note)
    words = ("cs", "p p > go go", "m_go=2000", "m_sq=2500", "--energy", "13.6 TeV", "--json")
    lower = subprocess.run(
        [sys.executable, "-c", "from lhnets.cli import main; main()", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(lower.stdout)["order"] == "LO"
    assert lower.stderr.startswith("LowerOrderWarning: cs-gluino-pair-lo@2 answers")


def test_a_scan_has_its_unit_and_comes_as_csv():
    words = ("cs", "p p > go go", "--energy", "13 TeV", "m_go=1000:2000:500")
    run = CliRunner()
    assert "value [pb]" in run.invoke(group, words).output
    lines = run.invoke(group, (*words, "--csv")).output.splitlines()
    assert lines[0].startswith("m_go,value [pb],uncertainty,scale up,scale down,")
    assert [line.split(",")[0] for line in lines[1:]] == ["1000.0", "1500.0", "2000.0"]
    assert float(lines[3].split(",")[1]) == pytest.approx(1.01069e-3, rel=1e-5)


def test_a_likelihood_prints_cls_and_limits():
    shown = CliRunner().invoke(
        group, ("likelihood", "atlas-susy-2018-04", "SRlow=3.2", "SRhigh=1.1")
    )
    assert re.search(r"CLs at mu = 1 +0\.\d+ +0\.\d+", shown.output)
    assert re.search(r"upper limit on mu +\d", shown.output)


def test_show_tells_what_the_truth_is_uncertain_by_and_the_worst(run, monkeypatch):
    monkeypatch.setattr(_zoo, "default", lambda: _zoo.Zoo([str(BUNDLED)], Cache(".")))
    shown = " ".join(run("show", "br-stop@2").split())
    assert "Uncertainty of the truth of BR_tn1" in shown
    assert "higher orders shares normalised again" in shown
    assert "Worst cell: 51% of 160 rows in the 68 % interval of BR_tn1, ± 4% (statistical)" in shown
    assert "15.6 uncertainties (BR_tn2), error 3.3e-02 (BR_tn2)" in shown
    assert "Uncertainty of the truth: " in " ".join(run("show", "loop-b0").split())
