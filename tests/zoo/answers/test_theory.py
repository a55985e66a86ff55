"""Components that follow from other inputs, from shares and from constants."""

import pickle

import msgspec
import numpy as np
import pytest

from lhnets._answers.shifts import Move
from lhnets._running.network import Network
from lhnets.format import ConstantVariation, InputVariation, ShareVariation

SCALE = InputVariation(source="scale", of=("LO",), input="mu_over_m", values=(0.5, 2.0))
AT = {"m_a": np.array([400.0, 500.0]), "sqrt_s": 13000.0, "mu_over_m": 1.0}


@pytest.fixture
def varied(make_file, tmp_path):
    def made(*variations):
        return Network(make_file(variations=variations), tmp_path)

    return made


def test_the_scale_is_varied_by_the_network_itself(varied):
    network = varied(SCALE)
    found = network(AT, output="LO")
    up, down = (network({**AT, "mu_over_m": x}, output="LO").value for x in (0.5, 2.0))
    moves = np.stack([up - found.value, down - found.value])
    assert set(found.components) == {"scale"}
    np.testing.assert_allclose(found.components["scale"].up, moves.max(axis=0).clip(0))
    np.testing.assert_allclose(found.components["scale"].down, -moves.min(axis=0).clip(max=0))
    assert "scale" in str(found)
    one = network({"m_a": 400.0, "sqrt_s": 13000.0}, output="LO")
    for p in (found[0], one, pickle.loads(pickle.dumps(one))):
        assert p.components["scale"].up == pytest.approx(found.components["scale"].up[0])
    assert network({"m_a": 400.0}, energy="13 TeV", output="NLO").components["scale"].up > 0


def test_a_step_over_the_edge_is_the_other_side_mirrored(varied):
    step = InputVariation(source="mass", input="m_a", steps=(10.0, -10.0))
    network = varied(step)
    below = network({**AT, "m_a": 1200.0}, output="LO", outside="warn").moves["mass", ""]
    assert below.up == pytest.approx(-below.down)
    inside = network({**AT, "m_a": 600.0}, output="LO").moves["mass", ""]
    assert inside.up < 0 < inside.down


def test_shares_are_normalised_again_and_keep_their_sign(varied):
    rises = ShareVariation(source="theory", part="LO", up={"LO": 0.1}, down={"LO": -0.1})
    network = varied(rises)
    lo, nlo = network(AT, output="LO"), network(AT, output="NLO")
    share = lo.value / (lo.value + nlo.value)
    np.testing.assert_allclose(
        lo.moves["theory", "LO"].up / lo.value, 1.1 / (1 + 0.1 * share) - 1, rtol=1e-12
    )
    np.testing.assert_allclose(
        nlo.moves["theory", "LO"].up / nlo.value, 1 / (1 + 0.1 * share) - 1, rtol=1e-12
    )
    ratio = (lo / nlo).components["theory"].up / (lo.value / nlo.value)
    apart = (p.moves["theory", "LO"].up / p.value for p in (lo, nlo))
    np.testing.assert_allclose(ratio, np.subtract(*apart), rtol=1e-12)


def test_parts_of_a_source_add_in_quadrature(varied):
    parts = [
        ConstantVariation(source="parameters", part=p, of=("NLO",), up=u, down=d)
        for p, u, d in (("a", 0.3, 0.0), ("b", 0.4, 0.1))
    ]
    found = varied(*parts)(AT, output="NLO")
    assert found.moves["parameters", "a"] == Move(pytest.approx(0.3), pytest.approx(0.0))
    np.testing.assert_allclose(found.components["parameters"].up, 0.5)
    np.testing.assert_allclose((2 * found).components["parameters"].up, 1.0)
    np.testing.assert_allclose((-found).components["parameters"].up, 0.1)


def test_what_an_older_client_reads_is_the_same_value(varied, make_file, tmp_path):
    plain = Network(make_file(), tmp_path)(AT, output="LO")
    assert set(plain.components) == set()
    np.testing.assert_array_equal(plain.value, varied(SCALE)(AT, output="LO").value)
    assert varied(SCALE).card.requires == ()
    assert msgspec.structs.replace(varied(SCALE).card, variations=()).variations == ()
