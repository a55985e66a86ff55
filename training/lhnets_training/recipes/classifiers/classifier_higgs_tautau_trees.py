"""classifier-higgs-tautau-trees: H -> tau tau against Z -> tau tau by boosted trees."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

import numpy as np

from lhnets_training.fit.ditau.graph import export_trees
from lhnets_training.fit.ditau.network import describe
from lhnets_training.fit.two_classes import LEAST, answer, fit_platt
from lhnets_training.onnx.forest import read_histogram_trees
from lhnets_training.recipe import Array, Fitted, Run
from lhnets_training.recipes.classifiers._architecture import SPREAD
from lhnets_training.recipes.classifiers._ditau import INPUTS, TREES, bin_mass, boost, classifier
from lhnets_training.split import Split


def _fit(x: Array, y: Array, rows: Split, run: Run) -> Fitted:
    signal = y[:, 0] > 0.5
    model = boost(x[rows.train], signal[rows.train], run.seed)

    def logit(new: Array) -> Array:
        return np.asarray(model.decision_function(describe(new)))

    platt = fit_platt(logit(x[rows.validation]), signal[rows.validation], SPREAD)

    def exported(scale: Array) -> bytes:
        calibrated = replace(platt, spread=SPREAD * float(scale.max()))
        trees = read_histogram_trees(model)
        offset = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1)
        return export_trees(trees, offset, calibrated, INPUTS, LEAST * float(scale.max()))

    return Fitted(
        predict=lambda new: answer(logit(np.ascontiguousarray(new)), platt),
        export=exported,
        method="gradient-boosted trees on masses, momenta and angles, with a calibrated logit",
        framework="scikit-learn",
        framework_version=version("scikit-learn"),
        hyperparameters={
            **TREES,
            "slope": round(platt.slope, 4),
            "offset": round(platt.offset, 4),
        },
    )


RECIPE = classifier(
    "classifier-higgs-tautau-trees",
    "H to tau tau against Z to tau tau, by boosted trees",
    "Gradient-boosted trees on the collinear and other masses, momenta and angles, which are made "
    "from the event within the file.",
    _fit,
    bin_mass,
)
