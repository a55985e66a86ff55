"""The commands of events, run as a user runs them."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import lhnets as ml
from lhnets import Error
from lhnets.cli import group
from lhnets.events import read_events

SINGLE = (
    b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }".ljust(127)
    + b"\n"
    + bytes(8)
)


@pytest.fixture
def run(event_zoo):
    def run_(*words):
        result = CliRunner().invoke(group, [str(w) for w in words])
        if isinstance(result.exception, Error):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return run_


@pytest.fixture
def jets(make_events):
    return make_events(12)


@pytest.fixture
def file(jets, tmp_path):
    path = tmp_path / "jets.npz"
    lengths = [len(j) for j in jets]
    np.savez(
        path,
        **{"constituents": np.concatenate(jets), "constituents.lengths": lengths},
        leptons=np.zeros((12, 2, 3)),
    )
    return path


def test_classify(run, file, jets, tmp_path):
    expected = ml.Classify("tagger", {"constituents": jets, "leptons": np.zeros((12, 2, 3))})
    found = json.loads(run("classify", "signal | background", file, "--json"))
    np.testing.assert_array_equal(found["value"], expected.value)
    assert (found["names"], found["network"]) == (["signal", "background"], "tagger@1")
    shown = run("classify", "tagger", file)
    assert f"{expected.value[0, 0]:.4g} ± 0.01" in shown
    assert "12 events, the first 10 shown" in shown
    out = tmp_path / "answers.npz"
    assert "wrote" in run("classify", "tagger@1", file, "--out", out)
    with np.load(out) as written:
        np.testing.assert_array_equal(written["value"], expected.value)
        assert written["names"].tolist() == ["signal", "background"]


def test_generate(run, tmp_path):
    found = json.loads(run("generate", "toys", 5, "m=50", "--seed", 7, "--json"))
    np.testing.assert_array_equal(found["value"], ml.Generate("toys", 5, {"m": 50.0}, seed=7).value)
    assert "x [GeV]" in run("generate", "toys", 3, "m=20,30,40", "--seed", 7)


def test_show_names_the_tensors(run):
    shown = run("show", "tagger")
    for part in (
        "(N, P, 4) float32",
        "-1000 to 1000",
        "four-momenta",
        "AUC",
        "0.98",
        "900",
        "none passes",
    ):
        assert part in shown


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda p: p.write_bytes(b"no archive"), "cannot be read as .npz"),
        (lambda p: p.write_bytes(b"PK\x03\x04broken"), "cannot be read as .npz"),
        (lambda p: p.write_bytes(SINGLE), "holds a single array"),
        (lambda p: np.savez(p, x=np.array([{}], dtype=object)), "cannot be read as .npz"),
        (
            lambda p: np.savez(p, **{"x": np.ones(3), "x.lengths": [1, 1]}),
            r"x\.lengths .* does not fit",
        ),
        (
            lambda p: np.savez(p, **{"x": np.ones(3), "x.lengths": [4, -1]}),
            r"x\.lengths .* does not fit",
        ),
        (lambda p: np.savez(p, **{"x.lengths": [1]}), r"x\.lengths .* does not fit"),
    ],
)
def test_files_that_cannot_be_read(write, message, tmp_path):
    path = tmp_path / "events.npz"
    write(path)
    with pytest.raises(ml.ParameterError, match=message):
        read_events(path)


def test_a_file_that_cannot_be_written(run, file, tmp_path):
    with pytest.raises(Error, match=r"cannot write .*: No such file"):
        run("classify", "tagger", file, "--out", tmp_path / "nowhere" / "x.npz")
