"""From a recipe of an event network to an admitted file that answers through the client."""

from dataclasses import replace

import numpy as np
import pytest

import lhnets as ml
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.limits import Limits
from lhnets_training.data import table
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.pipeline.events import read_targets
from lhnets_training.pipeline.train import train
from lhnets_training.recipe import Run
from lhnets_training.recipes import find
from lhnets_training.recipes.classifiers._jets import momenta
from lhnets_training.recipes.classifiers._top_jets import DATASET


def by_mass(x, y, new):
    """A quicker baseline: the share of tops within 35 GeV of their mass, and outside."""
    peak, there = (np.abs(rows[:, 3] - 180) < 35 for rows in (x, new))
    p = np.where(there, y[peak, 0].mean(), y[~peak, 0].mean())
    return "window of the jet mass", np.stack([p, 1 - p], axis=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The tagger after a few steps, on few of its jets."""
    folder = tmp_path_factory.mktemp("tagger")
    rows = table.read(table.bundled(DATASET), DATASET)
    some = np.random.default_rng(1).permutation(20_000)[:1600]
    table.write(folder / "few.parquet", DATASET, {k: v[some] for k, v in rows.items()})
    recipe = replace(find("classifier-top-qcd"), baseline=by_mass)
    return train(recipe, Run(out=folder, seed=1, effort=0.034), folder / "few.parquet")


def test_the_card_tells_what_was_found(trained):
    card = trained.card
    v = card.validation
    assert (v.metric, v.rows, card.data.rows) == ("of_probability", 400, 1600)
    assert v.classification.signal == "top"
    assert v.classification.auc > 0.9
    assert v.baseline.classification.auc > 0.8
    assert v.outputs.keys() == {"qcd"}
    assert card.parity.max_relative < 1e-4
    assert all(c.passed for c in card.checks if "unchanged" in c.name or "sum" in c.name)
    assert {c.where for c in v.corners} > {"jet mass 140 to 200 GeV"}


def test_the_file_is_admitted(trained):
    report = admit(trained.path.read_bytes(), Limits(points=500)).report
    assert report.admitted, report.failures
    assert {
        i: report[i].outcome for i in ("padding", "reach_inside", "reach_outside")
    } == dict.fromkeys(("padding", "reach_inside", "reach_outside"), "pass")


def test_the_client_answers_from_it(trained):
    rows = table.read(table.bundled(DATASET), DATASET)
    x = table.columns(rows, DATASET, "input")[::100]
    jets = [j[j[:, 0] > 0] for j in momenta(x)]
    found = ml.load(str(trained.path))({"constituents": jets}, outside="nan")
    inside = np.isfinite(found.value[:, 0])
    assert inside.mean() > 0.98
    top = rows["top"][::100] == 1
    assert found["top"].value[top & inside].mean() > 0.7
    assert found["top"].value[~top & inside].mean() < 0.3
    assert set(found.likeliest[inside]) == {"top", "qcd"}


def test_targets_must_fit_the_outputs():
    recipe = find("classifier-top-qcd")
    np.testing.assert_array_equal(read_targets(recipe, np.array([[1.0], [0.0]])), [[1, 0], [0, 1]])
    with pytest.raises(TrainingError, match="3 columns of role target for 2"):
        read_targets(recipe, np.ones((5, 3)))
