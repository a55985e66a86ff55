"""Tau pairs of Pythia, and how they are stored."""

import numpy as np
import pytest

from lhnets_training.labels.events import ditau
from lhnets_training.recipes.classifiers._ditau import DATASET


@pytest.mark.parametrize("kind", [ditau.Z, ditau.HIGGS])
def test_pythia_makes_events_within_the_cuts(kind: int) -> None:
    points = np.array([(kind, 20 + k) for k in range(4)], dtype=float)
    rows = ditau.labels(points)
    found = dict(zip(ditau.COLUMNS, rows.T, strict=True))
    assert (found["higgs"] == kind).all()
    assert (found["weight"] > 0).all()
    for what in ("lepton", "tau"):
        assert (found[f"{what}_pt"] > ditau.VISIBLE_PT).all()
        assert (np.abs(found[f"{what}_eta"]) < ditau.VISIBLE_ETA).all()
    x, y = (
        found["lepton_pt"] * f(found["lepton_phi"])
        + found["tau_pt"] * f(found["tau_phi"])
        + found[f"missing_{axis}"]
        for f, axis in ((np.cos, "x"), (np.sin, "y"))
    )
    assert (np.hypot(x, y) >= ditau.BOSON_PT - 1e-9).all()
    assert (found["tau_mass"] < 2).all()
    assert ((found["jets"] == 0) == (found["jet_1_pt"] == 0)).all()
    assert (found["jet_1_pt"] >= found["jet_2_pt"]).all()
    np.testing.assert_array_equal(ditau.labels(points), rows)


def test_one_call_makes_one_class() -> None:
    with pytest.raises(ValueError, match="one class, got 2"):
        ditau.labels(np.array([(ditau.Z, 0.0), (ditau.HIGGS, 1.0)]))


def test_momenta_are_smeared_by_their_resolutions() -> None:
    rng = np.random.default_rng(1)
    lepton, tau = np.array([30.0, 0, 40.0, 50.0]), np.array([60.0, 0, 80.0, 100.0])
    drawn = [ditau.smear(lepton, tau, rng) for _ in range(4000)]
    scales = np.array([(a[0] / 30, b[0] / 60) for a, b in drawn])
    np.testing.assert_allclose(scales.mean(axis=0), 1, atol=0.01)
    np.testing.assert_allclose(scales.std(axis=0), [0.02, 0.05 + 0.3 / 10], rtol=0.05)


def test_the_data_set_has_the_columns_of_the_labels() -> None:
    assert [c.name for c in DATASET.columns] == list(ditau.COLUMNS)
    assert [c.name for c in DATASET.columns if c.role == "input"] == list(ditau.EVENT)
