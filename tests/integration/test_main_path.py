"""What the bundled networks answer, against the numbers that their sources publish."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lhnets as ml
from lhnets.format import INDEX_FILE, Index
from lhnets.mirrors import BUNDLED

NNLL_FAST = [
    ({"m_go": 2000.0}, 1.010692e-3),
    ({"m_go": 2000.0, "m_sq": 3000.0}, 6.285145e-4),
]


@pytest.mark.parametrize(("params", "pb"), NNLL_FAST)
def test_gluino_pairs_as_nnll_fast_has_them(params, pb):
    sigma = ml.CS("p p > go go", params, energy="13 TeV")
    assert sigma.order == "NNLO_approx+NNLL"
    assert float(sigma) == pytest.approx(pb, rel=1e-3)


def test_spellings_give_the_same_network_and_number():
    params = {"m_go": 2000.0, "m_sq": 2500.0}
    answers = [
        ml.CS(text, params, energy=energy, order="LO")
        for text in ("p p > go go", "pp -> gluino gluino", "2212 2212 > 1000021 1000021")
        for energy in ("13 TeV", 13000.0, "13000 GeV")
    ]
    assert len({a.network for a in answers}) == 1
    assert len({float(a) for a in answers}) == 1


def test_lo_of_two_sources_agree_within_their_pdf_sets():
    params = {"m_go": 1500.0, "m_sq": 2500.0}
    own = ml.CS("p p > go go", params, energy="13 TeV", order="LO", network="cs-gluino-pair-lo")
    table = ml.CS(
        "p p > go go", params, energy="13 TeV", order="LO", network="cs-gluino-pair-nnll-13tev"
    )
    assert float(own) == pytest.approx(float(table), rel=0.05)


@pytest.mark.parametrize(
    "process", ["p p > x1+ n2", "p p > x1- n2", "p p > x1+ n2 | p p > x1- n2", "p p > x1+ x1-"]
)
def test_winos_rise_with_the_energy_and_fall_with_the_mass(process):
    masses = {"m_c1": np.array([800.0, 1200.0, 1600.0]), "m_sq": 3000.0}
    low, high = (ml.CS(process, masses, energy=e) for e in ("13 TeV", "13.6 TeV"))
    assert (high.value > low.value).all()
    assert (np.diff(low.value) < 0).all()
    assert set(low.components) == {"scale", "pdf"}


def test_the_charges_of_a_chargino_add_up():
    masses = {"m_c1": 1000.0, "m_sq": 2000.0}
    plus, minus = (ml.CS(f"p p > x1{c} n2", masses, energy="13 TeV") for c in "+-")
    both = ml.CS("p p > x1+ n2 | p p > x1- n2", masses, energy="13 TeV")
    assert float(both) == pytest.approx(float(plus) + float(minus), rel=5e-3)


def test_winos_without_an_energy_are_ambiguous():
    with pytest.raises(ml.AmbiguousNetworkError, match=r"at 13 TeV and at 13\.6 TeV"):
        ml.CS("p p > x1+ x1-", {"m_c1": 1000.0, "m_sq": 2000.0})


ROUNDING = 1e-9
"""Errors below it are those of arithmetic: there is nothing to calibrate."""


def index_tasks():
    return Index.from_json((BUNDLED / INDEX_FILE).read_bytes(), "bundled").tasks


@pytest.mark.parametrize("entry", ml.search(), ids=lambda e: e.identity)
def test_every_bundled_network_verifies_and_tells_the_truth(entry):
    network = ml.load(entry.name)
    assert network.verify().passed
    v = network.card.validation
    own = v.headline
    ranked = {n.name for t in index_tasks() for n in t.networks}
    assert own.score <= own.baseline.score or entry.name in ranked, "a task shows who loses"
    if not network.card.tensors and v.max >= ROUNDING:
        assert 0.65 <= v.coverage_68 <= 0.73, "above 68 %, so that every cell of the region holds"
        assert 0.93 <= v.coverage_95 <= 0.98
    assert all(c.passed for c in network.card.checks)
    rows = network.card.data.rows if network.card.tensors else 10_000
    assert network.card.parity.points >= min(10_000, rows)
    assert Path(network.path).stat().st_size <= 1_000_000


def test_gluino_pair_lo_is_as_exact_as_promised():
    v = ml.load("cs-gluino-pair-lo").card.validation
    assert v.mean <= 1.5e-4
    assert v.q997 <= 1.5e-3
    assert v.max <= 1e-2


def test_torch_keras_and_scikit_learn_each_stand_behind_a_network():
    frameworks = {ml.load(e.name).card.training.framework.lower() for e in ml.search()}
    assert {"torch", "keras", "scikit-learn"} <= frameworks


def test_a_fresh_process_needs_no_network_connection(tmp_path):
    code = (
        "import socket\ndef refuse(*args): raise AssertionError('a connection was "
        "tried')\nsocket.socket.connect = refuse\nimport lhnets as ml\nprint(repr(float(ml.CS('p "
        "p > go go', {'m_go': 2000.0, 'm_sq': 2500.0}, energy='13 TeV', order='LO'))))\n"
    )
    environment = os.environ | {"LHNETS_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    expected = ml.CS("p p > go go", {"m_go": 2000.0, "m_sq": 2500.0}, energy="13 TeV", order="LO")
    assert float(done.stdout) == float(expected)
    assert list(tmp_path.iterdir()) == []
