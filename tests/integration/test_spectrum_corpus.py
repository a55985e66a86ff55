"""Spectra of the MSSM with tree-level mixing, in three ways to write them: every answer is compared
with a direct calculation."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from mssm import LIGHT, Point, stop_branching_ratios

import lhnets as ml

WAYS = ("write", "write_imaginary", "write_by_mass")
POINTS = 60


def draw(seed: int) -> Iterator[Point]:
    """Winos, higgsinos, binos and mixtures; mixed stops and staus; both signs of M_1 and mu."""
    r = np.random.default_rng(seed)
    for _ in range(POINTS):
        m_1, m_2, mu = np.exp(r.uniform(np.log(120.0), np.log(3000.0), 3)) * [
            r.choice([-1, 1]),
            1,
            r.choice([-1, 1]),
        ]
        far = r.integers(4)
        m_1, m_2, mu = (
            20_000.0 if far == k and r.random() < 0.7 else m for k, m in enumerate((m_1, m_2, mu))
        )
        stop, stau = r.uniform(500.0, 2000.0), r.uniform(100.0, 900.0)
        yield Point(
            m_1=m_1,
            m_2=m_2,
            mu=mu,
            tan_beta=float(np.exp(r.uniform(np.log(2.0), np.log(50.0)))),
            m_a=float(np.exp(r.uniform(np.log(300.0), np.log(5000.0)))),
            m_sq=r.uniform(1000.0, 4000.0),
            sbottoms=(3000.0, 3100.0, 0.2),
            stops=(stop, stop + r.uniform(0.0, 1500.0), r.uniform(-1.5, 1.5)),
            staus=(stau, stau + r.uniform(0.0, 500.0), r.uniform(-1.5, 1.5)),
        )


def answers(ask, subject: str, point: Point, **conditions) -> list[ml.Prediction]:
    """The answer for each way to write the point; all are the same, or all are refused."""
    found = []
    for way in WAYS:
        with contextlib.suppress(ml.Error):
            found.append(ask(subject, getattr(point, way)(), **conditions))
    assert len(found) in (0, len(WAYS))
    assert [float(f) for f in found] == pytest.approx([float(f) for f in found[:1]] * len(found))
    return found[:1]


def test_stops_decay_as_the_formula_says():
    told: Counter[bool] = Counter()
    for point in draw(1):
        right = stop_branching_ratios(point)
        for subject, channel in (("t1 > t n1", "n1"), ("t1 > b x1+", "c1"), ("t1 > t n2", "n2")):
            found = answers(ml.BR, subject, point)
            told[bool(found)] += 1
            for p in found:
                assert float(p) == pytest.approx(right[channel], abs=0.03)
    assert told[True] >= 6
    assert told[False] >= 6


def electroweak(point: Point, m_sq: float, *, pure: str = "") -> tuple[float, float]:
    """Cross sections of x1+ x1- and of x1 n2 with both charges at leading order by parameters."""
    masses, n = point.neutralinos
    charged, u, v = point.charginos
    row = n[1]
    if pure:
        u, v = (np.eye(2)[:: 1 if pure == "wino" else -1] for _ in range(2))
        row = np.array([0.0, 1.0, 0.0, 0.0])
    sign = 1.0 if pure else np.sign(masses[1])
    pair = ml.CS(
        "p p > x1+ x1-",
        {"m_c1": charged[0], "m_sul": m_sq, "m_sdl": m_sq, "u_11": u[0, 0], "v_11": v[0, 0]},
        energy="13 TeV",
        order="LO",
        network="cs-chargino-pair-lo",
        outside="nan",
    )
    mixed = {f"n_2{k + 1}": row[k] for k in range(4)} | {
        "u_11": sign * u[0, 0],
        "u_12": sign * u[0, 1],
        "v_11": v[0, 0],
        "v_12": v[0, 1],
    }
    partner = ml.CS(
        "p p > x1+ n2 | p p > x1- n2",
        {"m_c1": charged[0], "m_n2": abs(masses[1]), "m_sq": m_sq, **mixed},
        energy="13 TeV",
        network="cs-chargino-neutralino-lo",
        outside="nan",
    )
    return float(pair), float(partner)


@pytest.mark.filterwarnings("ignore::lhnets.LowerOrderWarning")
def test_charginos_are_made_as_their_mixing_says():
    """At leading order by the network's own parameters; beyond, mixing may change it by 12 %."""
    told: Counter[str] = Counter()
    for point in draw(2):
        right = electroweak(point, point.m_sq)
        subjects = ("p p > x1+ x1-", "p p > x1+ n2 | p p > x1- n2")
        for subject, direct, k in zip(subjects, right, (0, 1), strict=True):
            for p in answers(ml.CS, subject, point, energy="13 TeV"):
                told[p.network.partition("@")[0]] += 1
                if p.order == "LO":
                    assert float(p) == pytest.approx(direct, rel=1e-6)
                else:
                    pure = "wino" if "wino" in p.network else "higgsino"
                    pure_one = electroweak(point, point.m_sq, pure=pure)[k]
                    assert np.isnan(direct) or pure_one == pytest.approx(direct, rel=0.12)
    assert set(told) == {
        "cs-wino-c1c1",
        "cs-wino-c1n2",
        "cs-wino-pair-decoupled",
        "cs-higgsino-pair",
        "cs-chargino-pair-lo",
        "cs-chargino-neutralino-lo",
    }


def test_staus_are_made_as_their_mixing_says():
    for point in draw(3):
        mass, _, angle = point.staus
        told = answers(ml.CS, "p p > ta1- ta1+", point, energy="13 TeV", order="LO")
        (found,) = told or [None]
        right = ml.CS(
            "p p > ta1- ta1+",
            {"m_ta1": mass, "cos_theta": np.cos(angle), "sqrt_s": 13_000.0},
            network="cs-slepton-pair-lo",
        )
        assert found is not None
        assert float(found) == pytest.approx(float(right), rel=1e-6)


def test_the_higgs_boson_decays_as_its_couplings_say():
    told: Counter[bool] = Counter()
    for point in draw(4):
        beta, alpha = np.arctan(point.tan_beta), point.alpha
        vector, up, down = (
            np.sin(beta - alpha),
            np.cos(alpha) / np.sin(beta),
            -np.sin(alpha) / np.cos(beta),
        )
        kappas = {
            "kappa_w": vector,
            "kappa_z": vector,
            "kappa_t": up,
            "kappa_b": down,
            "kappa_tau": down,
            "kappa_mu": down,
        }
        for subject in ("h > b b~", "h > w+ w-", "h > ta+ ta-"):
            found = answers(ml.BR, subject, point)
            told[bool(found)] += 1
            right = ml.BR(subject, kappas, outside="nan")
            if found and np.isfinite(float(right)):
                assert float(found[0]) == pytest.approx(float(right), rel=0.04)
    assert min(told.values()) >= 30


@pytest.mark.parametrize("spread", [0.0, 0.04, 0.2])
def test_split_squarks_are_answered_near_their_mean_or_refused(spread):
    r = np.random.default_rng(5)
    for _ in range(10):
        masses = 2000.0 * (1 + spread * r.uniform(-0.5, 0.5, len(LIGHT)))
        point = replace(Point(m_go=1800.0), masses=dict(zip(LIGHT, masses.tolist(), strict=True)))
        right = ml.CS("p p > go go", {"m_go": 1800.0, "m_sq": masses.mean()}, energy="13 TeV")
        for found in answers(ml.CS, "p p > go go", point, energy="13 TeV"):
            assert spread < 0.2
            assert float(found) == pytest.approx(float(right), rel=0.05)
