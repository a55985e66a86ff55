"""classifier-top-trees: boosted tops from energy-flow polynomials by boosted trees, the baseline of
the landscape."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from lhnets_training.fit.jets.graph import export_trees, make_features
from lhnets_training.fit.two_classes import LEAST, answer, fit_platt
from lhnets_training.onnx.forest import read_histogram_trees
from lhnets_training.pipeline.exported import run_arrays
from lhnets_training.recipe import Array, Fitted, Run
from lhnets_training.recipes.classifiers._architecture import SPREAD
from lhnets_training.recipes.classifiers._jets import INPUTS, REGION, to_events
from lhnets_training.recipes.classifiers._top_taggers import top_tagger
from lhnets_training.split import Split

PLAN: dict[str, Any] = {
    "max_iter": 200,
    "learning_rate": 0.06,
    "max_leaf_nodes": 16,
    "l2_regularization": 1.0,
}


def _fit(x: Array, y: Array, rows: Split, run: Run) -> Fitted:
    from sklearn.ensemble import HistGradientBoostingClassifier

    features = run_arrays(make_features(INPUTS))

    def see(some: Array) -> Array:
        (found,) = features(to_events(some)).values()
        return found.astype(np.float64)

    signal = y[:, 0] > 0.5
    plan = PLAN | {"max_iter": run.steps(PLAN["max_iter"])}
    model = HistGradientBoostingClassifier(**plan, early_stopping=False, random_state=run.seed)
    model.fit(see(x[rows.train]), signal[rows.train])
    platt = fit_platt(
        model.decision_function(see(x[rows.validation])), signal[rows.validation], SPREAD
    )

    def exported(scale: Array) -> bytes:
        calibrated = replace(platt, spread=SPREAD * float(scale.max()))
        trees = read_histogram_trees(model)
        offset = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1)
        return export_trees(trees, offset, calibrated, REGION, INPUTS, LEAST * float(scale.max()))

    return Fitted(
        predict=lambda new: answer(model.decision_function(see(new)), platt),
        export=exported,
        method="gradient-boosted trees on energy-flow polynomials, with a calibrated logit",
        framework="scikit-learn",
        framework_version=version("scikit-learn"),
        hyperparameters={
            **plan,
            "slope": round(platt.slope, 4),
            "offset": round(platt.offset, 4),
        },
        reach=lambda new: REGION.reach(to_events(new)),
    )


RECIPE = top_tagger(
    "classifier-top-trees",
    "Boosted tops from energy-flow polynomials by boosted trees",
    "Gradient-boosted trees on ten features of the whole jet: its p_T, energy-flow polynomials "
    "and the spread of momentum. What a network has to beat.",
    _fit,
    "Komiske:2018cqr",
    steps=True,
)
