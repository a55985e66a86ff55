"""Jets of Pythia, and how they are stored."""

import numpy as np
import pytest

from lhnets_training.labels.events import jets
from lhnets_training.recipes.classifiers._jets import momenta
from lhnets_training.recipes.classifiers._top_jets import DATASET


def made_up(
    constituents: list[tuple[float, float, float]], axis: tuple[float, float] = (0.0, 0.0)
) -> jets.Jet:
    """A jet of massless constituents (p_T, eta, phi)."""
    rows = np.array([(pt, eta, phi, pt * np.cosh(eta)) for pt, eta, phi in constituents])
    return jets.Jet(jets.TOP, np.array([rows[:, 0].sum(), *axis]), 100.0, rows)


def test_subjettiness_of_three_prongs():
    prongs = [(100.0, 0.5 * np.cos(a), 0.5 * np.sin(a)) for a in (0.0, 2.1, 4.2)]
    one, two, three = jets.subjettiness(made_up(prongs))
    assert one > two > three
    assert three == pytest.approx(0.0, abs=1e-6)
    assert one == pytest.approx(0.5 / jets.RADIUS, rel=0.05)
    np.testing.assert_allclose(jets.subjettiness(made_up(prongs[:1])), 0.0, atol=1e-9)


def test_a_stored_jet_comes_back_within_its_steps():
    rng = np.random.default_rng(1)
    n = 40
    pt, eta, phi = (
        np.sort(rng.uniform(1, 60, n))[::-1],
        rng.uniform(-0.5, 0.5, n) + 1.0,
        rng.uniform(-0.5, 0.5, n) + 3.0,
    )
    stored = jets.row(made_up(list(zip(pt, eta, phi, strict=True)), (1.0, 3.0)))
    assert len(stored) == len(jets.COLUMNS)
    back = momenta(stored[None, 1:])[0]
    assert back.shape == (jets.LEADING, 4)
    np.testing.assert_allclose(np.hypot(back[:, 1], back[:, 2]), pt[:32], atol=jets.MOMENTUM_STEP)
    np.testing.assert_allclose(
        np.arctan2(back[:, 2], back[:, 1]) % (2 * np.pi), phi[:32], atol=jets.ANGLE_STEP
    )
    np.testing.assert_allclose(
        np.arcsinh(back[:, 3] / np.hypot(back[:, 1], back[:, 2])), eta[:32], atol=jets.ANGLE_STEP
    )
    few = momenta(jets.row(made_up([(30.0, 1.0, 3.0)], (1.0, 3.0)))[None, 1:])[0]
    assert (few[1:] == 0).all()


@pytest.mark.parametrize("kind", [jets.TOP, jets.QCD, jets.QUARK, jets.GLUON, jets.W, jets.HIGGS])
def test_pythia_makes_jets_within_the_cuts(kind):
    points = np.array([(kind, 40 + k) for k in range(3)], dtype=float)
    rows = jets.labels(points)
    found = dict(zip(jets.COLUMNS, rows.T, strict=True))
    assert (found["top"] == kind).all()
    assert ((found["jet_pt"] > jets.LOWEST) & (found["jet_pt"] < jets.HIGHEST)).all()
    assert (np.abs(found["jet_eta"]) < jets.CENTRAL).all()
    assert (found["tau_1"] >= found["tau_2"]).all()
    assert (found["pt_1"] >= found["pt_2"]).all()
    np.testing.assert_array_equal(jets.labels(points), rows)


def test_one_call_makes_one_class():
    with pytest.raises(ValueError, match="one class, got 2"):
        jets.labels(np.array([(jets.TOP, 0.0), (jets.QCD, 1.0)]))


def test_the_data_set_has_the_columns_of_the_labels():
    assert [c.name for c in DATASET.columns] == list(jets.COLUMNS)
    assert [c.name for c in DATASET.columns if c.role == "target"] == ["top"]
