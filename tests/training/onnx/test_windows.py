"""Finished graphs whose uncertainty is raised in parts of the region."""

import numpy as np

import lhnets as ml
from lhnets.format import strip
from lhnets_training.onnx.rounding import state_rounding
from lhnets_training.onnx.windows import Ramp, Window, Windows, remove_windows
from lhnets_training.pipeline.exported import run_points

WINDOWS = Windows(
    (
        Window((Ramp(0, (80.0, 100.0), (300.0, 200.0)),), np.array([0.5, 0.0, 0.1])),
        Window((Ramp(1, None, (250.0, 150.0)), Ramp(5, (0.2, 0.4), None)), np.array([0.0, 2.0, 0])),
    )
)


def test_the_uncertainty_grows_inside_the_windows_alone() -> None:
    network = ml.load("br-stop@2")
    model = strip(network.file.content)
    x = np.asarray(network.file.reference.inputs["parameters"])
    before, after = run_points(model)(x), run_points(WINDOWS.apply(model))(x)
    np.testing.assert_array_equal(after["value"], before["value"])
    np.testing.assert_array_equal(after["reach"], before["reach"])
    expected = WINDOWS(np.concatenate([x, before["value"]], axis=1))
    assert expected.min() == 1
    assert expected.max() > 1.1
    np.testing.assert_allclose(after["uncertainty"], before["uncertainty"] * expected, rtol=1e-12)


def test_windows_are_removed_again() -> None:
    model = strip(ml.load("br-stop@2").file.content)
    raised = WINDOWS.apply(model)
    x = np.asarray(ml.load("br-stop@2").file.reference.inputs["parameters"])
    before, after = run_points(model)(x), run_points(remove_windows(raised))(x)
    np.testing.assert_array_equal(after["uncertainty"], before["uncertainty"])
    assert len(remove_windows(raised)) < len(raised)
    assert remove_windows(model) == model


def test_a_share_falls_evenly_over_its_margin() -> None:
    columns = np.array([[70.0], [80.0], [90.0], [100.0], [250.0], [400.0]])
    one = Windows((Window((Ramp(0, (80.0, 100.0), (300.0, 200.0)),), np.array([1.0])),))
    np.testing.assert_allclose(np.log(one(columns)[:, 0]), [0, 0, 0.5, 1, 0.5, 0])


def test_an_exact_zero_states_its_rounding() -> None:
    network = ml.load("cs-chargino-neutralino-lo@2")
    x = np.array([[300.0, 310.0, 2000.0, 1.0, 0, 1.0, 0, 0, 0, 1.0, 0]])
    model = strip(network.file.content)
    assert run_points(model)(x)["uncertainty"][0, 0] == 0
    stated = state_rounding(model, np.array([1e-19]))
    assert run_points(stated)(x)["uncertainty"][0, 0] == 1e-19
    assert state_rounding(stated, np.array([1.0])) == stated
