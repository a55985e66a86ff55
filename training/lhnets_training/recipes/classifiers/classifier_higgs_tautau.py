"""classifier-higgs-tautau: H -> tau tau against Z -> tau tau by a dense network."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import torch

from lhnets_training.fit.ditau.graph import export_network
from lhnets_training.fit.ditau.network import DitauPlan, fit
from lhnets_training.fit.two_classes import LEAST, answer, fit_platt
from lhnets_training.recipe import Array, Fitted, Run
from lhnets_training.recipes.classifiers._architecture import SPREAD
from lhnets_training.recipes.classifiers._ditau import INPUTS, boost_features, classifier
from lhnets_training.split import Split

PLAN = DitauPlan()


def _fit(x: Array, y: Array, rows: Split, run: Run) -> Fitted:
    signal = y[:, 0] > 0.5
    plan = replace(PLAN, epochs=run.steps(PLAN.epochs), seed=run.seed)
    check = (x[rows.validation], signal[rows.validation])
    network = fit(x[rows.train], signal[rows.train], check, plan)
    platt = fit_platt(network.logits(check[0]), check[1], SPREAD)

    def exported(scale: Array) -> bytes:
        calibrated = replace(platt, spread=SPREAD * float(scale.max()))
        return export_network(network, calibrated, INPUTS, LEAST * float(scale.max()))

    return Fitted(
        predict=lambda new: answer(network.logits(np.ascontiguousarray(new)), platt),
        export=exported,
        method="dense network of masses, momenta and angles, with a calibrated logit",
        framework="torch",
        framework_version=torch.__version__.partition("+")[0],
        hyperparameters={
            **asdict(plan),
            "slope": round(platt.slope, 4),
            "offset": round(platt.offset, 4),
        },
    )


RECIPE = classifier(
    "classifier-higgs-tautau",
    "H to tau tau against Z to tau tau, by a dense network",
    "A dense network of the collinear and other masses, momenta and angles, which are made from "
    "the event within the file.",
    _fit,
    boost_features,
)
