"""The exported graph against the same steps in numpy and torch."""

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingClassifier

from lhnets_training.fit.jets.coordinates import JET_FEATURES, KEPT, coordinates, polynomials
from lhnets_training.fit.jets.graph import export, export_trees, make_features
from lhnets_training.fit.jets.particle_flow import (
    JetStandard,
    ParticleFlow,
    ParticleFlowPlan,
    Student,
)
from lhnets_training.fit.jets.region import JetRegion
from lhnets_training.fit.two_classes import Platt, answer
from lhnets_training.onnx.forest import read_histogram_trees
from lhnets_training.recipes.classifiers._jets import INPUTS

REGION = JetRegion(
    pt=(100.0, 700.0),
    kept_pt=(100.0, 700.0),
    rapidity=2.0,
    mass=(1.0, 700.0),
    radius=3.0,
    multiplicity=(2.0, 200.0),
)


def jets(count: int, entries: int, seed: int = 1) -> np.ndarray:
    """Massless constituents around random axes, the last ones missing in some."""
    rng = np.random.default_rng(seed)
    y = rng.uniform(-1, 1, (count, 1)) + rng.normal(0, 0.2, (count, entries))
    phi = rng.uniform(-np.pi, np.pi, (count, 1)) + rng.normal(0, 0.2, (count, entries))
    pt = 500 * rng.dirichlet(np.full(entries, 0.5), count)
    pt *= np.arange(entries) < rng.integers(entries // 2, entries + 1, (count, 1))
    return np.stack(
        [pt * np.cosh(y), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(y)], axis=-1
    ).astype(np.float32)


@pytest.fixture(scope="module")
def student() -> Student:
    torch.manual_seed(3)
    return Student(
        ParticleFlow(ParticleFlowPlan(), 2), JetStandard.of(coordinates(jets(200, 40))), ()
    )


@pytest.fixture(scope="module")
def run(student):
    content = export(student, Platt(1.2, -0.3, 1.5), REGION, INPUTS)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

    def run_(constituents, mask=None):
        mask = constituents[..., 0] > 0 if mask is None else mask
        return session.run(
            ["value", "uncertainty", "reach"], {"constituents": constituents, "mask": mask}
        )

    return run_


@pytest.mark.parametrize("entries", [4, KEPT, 60])
def test_the_file_computes_what_the_model_does(student, run, entries):
    momenta = jets(50, entries)
    value, uncertainty, reach = run(momenta)
    logit, spread = student(coordinates(momenta))
    p = 1 / (1 + np.exp(-(1.2 * logit - 0.3)))
    np.testing.assert_allclose(value, np.stack([p, 1 - p], axis=1), atol=1e-5)
    np.testing.assert_allclose(uncertainty[:, 0], spread * 1.8 * p * (1 - p) + 1e-6, rtol=1e-3)
    assert reach.shape == (50,)


def test_hidden_entries_count_for_nothing(run):
    momenta = jets(20, 10)
    wide = np.concatenate([np.full((20, 5, 4), 99.0, dtype=np.float32), momenta], axis=1)
    mask = np.concatenate([np.zeros((20, 5), dtype=bool), momenta[..., 0] > 0], axis=1)
    for found, plain in zip(run(wide, mask), run(momenta), strict=True):
        np.testing.assert_allclose(found, plain, rtol=1e-6)


@pytest.mark.parametrize("entries", [4, KEPT, 60])
def test_reach_is_that_of_the_quantities_of_the_jet(run, entries):
    momenta = jets(200, entries)
    events = {"constituents": momenta, "mask": momenta[..., 0] > 0}
    np.testing.assert_allclose(run(momenta)[2], REGION.reach(events), rtol=1e-9)


def test_what_is_no_jet_of_the_training_is_outside(run):
    momenta = jets(50, 40)
    inside = run(momenta)[2]
    assert (inside <= 1).all()
    assert len(np.unique(inside)) == 50
    for changed in (
        momenta * np.float32(0.1),
        momenta * np.float32(1000),
        momenta[..., [1, 2, 3, 0]],
        momenta * np.array([0.5, 1, 1, 1], dtype=np.float32),
        momenta * np.array([8, 1, 1, 1], dtype=np.float32),
        momenta[:, :1],
    ):
        assert (run(np.ascontiguousarray(changed))[2] > 1).all()


def test_a_jet_cut_to_its_hardest_may_have_less_momentum(run):
    one = jets(1, KEPT + 1)
    one[..., :] = one[:, :1] * np.float32(520 / np.hypot(one[0, 0, 1], one[0, 0, 2]) / (KEPT + 1))
    one[0, 1:, 3] += np.linspace(0.1, 1, KEPT).astype(np.float32)
    one[0, :, 0] = np.linalg.norm(one[0, :, 1:], axis=-1)
    region = replace(REGION, pt=(510.0, 700.0))
    cut = one[:, :KEPT]
    assert region.reach({"constituents": one, "mask": one[..., 0] > 0}) < 1
    assert region.reach({"constituents": cut, "mask": cut[..., 0] > 0}) < 1
    assert region.reach({"constituents": cut[:, 1:], "mask": cut[:, 1:, 0] > 0}) > 1


def test_numbers_that_are_no_jet_still_give_numbers(run):
    rng = np.random.default_rng(5)
    anything = rng.uniform(-2000, 2000, (200, 12, 4)).astype(np.float32)
    nothing = np.zeros((3, 5, 4), dtype=np.float32)
    for momenta in (anything, nothing):
        value, uncertainty, reach = run(momenta, np.ones(momenta.shape[:2], dtype=bool))
        assert np.isfinite(value).all()
        assert (uncertainty > 0).all()
        assert (reach > 1).all()


def test_the_file_of_trees_computes_what_the_model_does():
    momenta = jets(300, 40)
    events = {"constituents": momenta, "mask": momenta[..., 0] > 0}
    features = onnxruntime.InferenceSession(make_features(INPUTS).SerializeToString())
    seen = features.run(None, events)[0]
    np.testing.assert_allclose(seen, coordinates(momenta).jet, atol=1e-4)
    model = HistGradientBoostingClassifier(max_iter=5, early_stopping=False)
    model.fit(seen, seen[:, 3] > np.median(seen[:, 3]))
    offset = np.asarray(model._baseline_prediction).reshape(-1)
    platt = Platt(1.2, -0.3, 0.02)
    content = export_trees(read_histogram_trees(model), offset, platt, REGION, INPUTS)
    value = onnxruntime.InferenceSession(content).run(["value"], events)[0]
    np.testing.assert_allclose(value, answer(model.decision_function(seen), platt)[0], atol=1e-9)


def test_coordinates_do_not_see_order_turns_and_boosts():
    momenta = jets(10, 40).astype(np.float64)
    plain = coordinates(momenta)
    assert plain.jet.shape == (10, JET_FEATURES)
    cosh, sinh = np.cosh(0.4), np.sinh(0.4)
    boosted = momenta @ np.array(
        [[cosh, 0, 0, sinh], [0, 1, 0, 0], [0, 0, 1, 0], [sinh, 0, 0, cosh]]
    )
    turned = momenta @ np.array([[1, 0, 0, 0], [0, 0.6, 0.8, 0], [0, -0.8, 0.6, 0], [0, 0, 0, 1.0]])
    for changed in (boosted, turned, momenta[:, ::-1]):
        found = coordinates(changed)
        for a, b in zip(found, plain, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)


def test_polynomials_are_sums_over_all_tuples():
    rng = np.random.default_rng(2)
    half = rng.random((1, 4, 4))
    distance, share = half + half.transpose(0, 2, 1), rng.random((1, 4))
    d, z = distance[0], share[0]
    three = sum(
        z[i] * z[j] * z[k] * d[i, j] * d[j, k] * d[k, i]
        for i in range(4)
        for j in range(4)
        for k in range(4)
    )
    found = polynomials(distance, share)
    assert found[2][0] == pytest.approx(three)
    assert found[0][0] == pytest.approx(z @ d @ z)
    assert found[1][0] == pytest.approx((np.outer(z, z) * d**2).sum())
    assert found[3][0] == pytest.approx(np.trace(np.linalg.matrix_power(d * z, 4)))
