"""Quark and gluon jets as they are stored."""

import numpy as np

from lhnets_training.data import table
from lhnets_training.recipes.classifiers._jets import momenta
from lhnets_training.recipes.classifiers._quark_gluon import DATASET, JETS, boost_whole_jet


def test_the_bundled_set_has_as_many_of_both_and_gluons_radiate_more() -> None:
    data = table.bundled(DATASET)
    assert data is not None
    rows = table.read(data, DATASET)
    quark = rows["quark"] == 1
    assert len(quark) == JETS
    assert quark.sum() == JETS // 2
    assert rows["constituents"][~quark].mean() > 1.3 * rows["constituents"][quark].mean()
    x = table.columns(rows, DATASET, "input")[:200]
    assert (momenta(x)[..., 0] >= 0).all()


def test_the_baseline_sees_the_whole_jet() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 104))
    x[:, 7] = np.where(np.arange(400) % 2, 40, 80)
    y = np.stack([np.arange(400) % 2, 1 - np.arange(400) % 2], axis=1).astype(float)
    name, p = boost_whole_jet(x[:300], y[:300], x[300:])
    assert "number of constituents" in name
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert (p[:, 0] > 0.5).tolist() == (y[300:, 0] > 0.5).tolist()
