"""`lhnets diff`."""

import json

import msgspec
import pytest
from click.testing import CliRunner

import lhnets as ml
from lhnets._api.difference import find_difference
from lhnets._fetching.cache import Cache
from lhnets._finding import zoo as _zoo
from lhnets.cli import group


def run(*arguments):
    return CliRunner().invoke(group, ["diff", *arguments], catch_exceptions=False)


@pytest.fixture
def two(tmp_path, monkeypatch, make_mirror, make_file, make_card):
    mass, *others = make_card().inputs
    inputs = (msgspec.structs.replace(mass, high=900.0), *others)
    later = make_file(
        version=2,
        inputs=inputs,
    )
    folder = make_mirror(tmp_path / "m", make_file(), later)
    made = _zoo.Zoo([str(folder)], Cache(tmp_path / "cache"))
    monkeypatch.setattr(_zoo, "default", lambda: made)
    return made


def test_ranges_values_and_outputs_are_compared(two):
    found = find_difference(two.load("cs-exponential@1"), two.load("cs-exponential@2"), 500)
    assert found.networks == ("cs-exponential@1", "cs-exponential@2")
    assert found.ranges == {"m_a": ((100.0, 1200.0), (100.0, 900.0))}
    assert [o.output for o in found.outputs] == ["LO", "NLO", "NLO scale up", "NLO scale down"]
    assert all(o.largest == o.beyond == 0 for o in found.outputs)
    assert all(o.uncertainty_ratio == 1 for o in found.outputs)
    assert found.inside_both + found.only_first + found.only_second <= 1 + 1e-12
    assert found.only_in == ((), ())


def test_the_command_prints_it_and_json(two):
    printed = run("cs-exponential@1", "cs-exponential@2", "--points", "500").stdout
    assert "100 to 1200" in printed
    assert "100 to 900" in printed
    plain = json.loads(run("cs-exponential@1", "cs-exponential@2", "--json").stdout)
    assert plain["points"] == 20_000


def test_bundled_versions_differ_where_they_should():
    found = find_difference(ml.load("cs-gluino-pair-lo@1"), ml.load("cs-gluino-pair-lo@2"), 2000)
    assert found.outputs[0].largest < 1e-2
    again = find_difference(ml.load("cs-gluino-pair-lo@1"), ml.load("cs-gluino-pair-lo@2"), 2000)
    assert again == found


def test_networks_that_take_other_inputs_are_refused():
    with pytest.raises(ml.ParameterError, match="take different inputs: only one takes"):
        run("cs-gluino-pair-lo", "br-gluino")
    with pytest.raises(ml.ParameterError, match="expected two networks of parameters"):
        run("cs-gluino-pair-lo", "classifier-top-qcd")
