"""Classifiers of tau pairs: the files against the fitted models, and the features against
physics."""

from typing import Any

import numpy as np
import onnxruntime
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from lhnets_training.fit.ditau.features import FEATURES
from lhnets_training.fit.ditau.graph import export_network, export_trees
from lhnets_training.fit.ditau.network import DitauPlan, describe, fit
from lhnets_training.fit.two_classes import Platt, answer
from lhnets_training.labels.events.ditau import EVENT
from lhnets_training.onnx.forest import read_histogram_trees
from lhnets_training.recipes.classifiers._ditau import INPUTS

PLATT = Platt(0.9, 0.1, 0.02)
Array = np.ndarray[Any, np.dtype[np.float64]]


def events(count: int, seed: int = 1) -> Array:
    rng = np.random.default_rng(seed)
    low, high = (np.array([getattr(f, e) for f in INPUTS[0].features]) for e in ("low", "high"))
    x = low + (high - low) * rng.random((count, len(low)))
    x[:, 9] = np.round(x[:, 9])
    return x.astype(np.float32).astype(np.float64)


def run(content: bytes, x: Array) -> list[Any]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return list(session.run(["value", "uncertainty", "reach"], {"event": x.astype(np.float32)}))


@pytest.fixture(scope="module")
def sample() -> tuple[Array, np.ndarray[Any, np.dtype[np.bool_]]]:
    x = events(400)
    return x, describe(x)[:, 0] > np.median(describe(x)[:, 0])


def strange(x: Array) -> Array:
    """Lepton and tau back to back or together, no missing momentum, no jets."""
    y = x[:40].copy()
    y[:10, 5] = y[:10, 2] + np.pi
    y[10:20, 4:6] = y[10:20, 1:3]
    y[20:30, 7:9] = 0
    y[30:, 9:] = 0
    return y.astype(np.float32).astype(np.float64)


def test_the_network_file_computes_what_the_model_does(sample: Any) -> None:
    x, signal = sample
    network = fit(x, signal, (x, signal), DitauPlan(epochs=2))
    content = export_network(network, PLATT, INPUTS, 1e-6)
    for some in (x, strange(x)):
        value, uncertainty, reach = run(content, some)
        expected, spread = answer(network.logits(some), PLATT)
        np.testing.assert_allclose(value, expected, atol=1e-9)
        np.testing.assert_allclose(uncertainty, spread, rtol=1e-6)
        assert np.isfinite(reach).all()
    assert (run(content, x)[2] <= 1 + 1e-6).all()
    assert (run(content, 3 * x + 50)[2] > 1).all()


def test_the_file_of_trees_computes_what_the_model_does(sample: Any) -> None:
    x, signal = sample
    model = HistGradientBoostingClassifier(max_iter=10, early_stopping=False)
    model.fit(describe(x), signal)
    offset = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1)
    content = export_trees(read_histogram_trees(model), offset, PLATT, INPUTS, 1e-6)
    for some in (x, strange(x)):
        expected, _ = answer(model.decision_function(describe(some)), PLATT)
        np.testing.assert_allclose(run(content, some)[0], expected, atol=1e-9)


def test_the_collinear_mass_of_collinear_neutrinos() -> None:
    """Neutrinos that take half of each tau: the mass is twice that of what is seen."""
    x = np.zeros((1, len(EVENT)))
    x[0, :7] = 50.0, 0.3, 0.4, 60.0, -0.2, 2.0, 0.0
    for column, axis in ((7, np.cos), (8, np.sin)):
        x[0, column] = 50.0 * axis(0.4) + 60.0 * axis(2.0)
    found = dict(zip(FEATURES, describe(x)[0], strict=True))
    visible = np.sqrt(2 * 50 * 60 * (np.cosh(0.5) - np.cos(1.6)))
    assert np.exp(found["visible mass"]) == pytest.approx(visible, rel=1e-6)
    assert np.exp(found["collinear mass"]) == pytest.approx(2 * visible, rel=1e-3)
    assert found["a of the lepton"] == pytest.approx(0.5, rel=1e-3)
    assert np.exp(found["p_T of the boson"]) == pytest.approx(
        2 * np.hypot(50 * np.cos(0.4) + 60 * np.cos(2.0), 50 * np.sin(0.4) + 60 * np.sin(2.0))
    )
