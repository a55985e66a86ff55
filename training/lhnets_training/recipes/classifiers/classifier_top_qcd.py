"""classifier-top-qcd: boosted tops against light quarks and gluons, from the constituents of a jet.

A look-alike of the public top-tagging set (zenodo.2603256) with Pythia 8 alone, without a detector:
see `lhnets_training.labels.events.jets`. The network is a particle-flow network with energy-flow
polynomials; it takes all constituents, keeps the 32 hardest, and does not change when the jet turns
about the beam or is boosted along it.
"""

from __future__ import annotations

import numpy as np
import torch

from lhnets_training import bibtex
from lhnets_training.fit.jets.coordinates import KEPT, coordinates
from lhnets_training.fit.jets.graph import export
from lhnets_training.fit.jets.particle_flow import ParticleFlowPlan, fit
from lhnets_training.fit.two_classes import LEAST, MOST, fit_platt
from lhnets_training.recipe import Array, Fitted, Recipe, Run
from lhnets_training.recipes.classifiers import _top_jets as top_jets
from lhnets_training.recipes.classifiers._jets import (
    INPUTS,
    REGION,
    SEED,
    corners,
    momenta,
    renew_reach,
    split_rows,
    to_events,
)
from lhnets_training.split import Split

PLAN = ParticleFlowPlan()


def _fit(x: Array, y: Array, rows: Split, run: Run) -> Fitted:
    from dataclasses import asdict, replace

    seen, top = coordinates(momenta(x)), y[:, 0] > 0.5
    plan = replace(
        PLAN,
        epochs=run.steps(PLAN.epochs),
        student_epochs=run.steps(PLAN.student_epochs),
        seed=run.seed,
    )
    check = (seen.take(rows.validation), top[rows.validation])
    student = fit(seen.take(rows.train), top[rows.train], check, plan, run.console)
    platt = fit_platt(student(check[0])[0], check[1])

    def predict(new: Array) -> tuple[Array, Array]:
        logit, spread = student(coordinates(momenta(new)))
        p = 1 / (1 + np.exp(-np.clip(platt.slope * logit + platt.offset, -MOST, MOST)))
        moved = np.clip(spread, np.exp(-6), np.exp(3)) * platt.slope * p * (1 - p) + LEAST
        return np.stack([p, 1 - p], axis=1), np.stack([moved, moved], axis=1)

    def exported(scale: Array) -> bytes:
        calibrated = replace(platt, spread=float(scale.max()))
        return export(student, calibrated, REGION, INPUTS, LEAST * calibrated.spread)

    return Fitted(
        predict=predict,
        export=exported,
        method=(
            f"particle-flow network of the {KEPT} hardest constituents with energy-flow "
            f"polynomials, distilled from {plan.members}, with a calibrated logit"
        ),
        framework="torch",
        framework_version=torch.__version__.partition("+")[0],
        hyperparameters={
            **asdict(plan),
            "slope": round(platt.slope, 4),
            "offset": round(platt.offset, 4),
            "member_log_losses": [round(loss, 4) for loss in student.member_losses],
        },
        reach=lambda new: REGION.reach(to_events(new)),
    )


RECIPE = Recipe(
    name="classifier-top-qcd",
    version=3,
    kind="classifier",
    title="Boosted tops against light quarks and gluons, from jet constituents",
    description=(
        "Probability that an anti-k_T jet with R = 0.8 is a hadronically decaying top, against a "
        "light quark or gluon, for as many of one as of the other. Trained on jets with 550 < p_T "
        "< 650 GeV and |eta| < 2 from Pythia 8 without a detector, a look-alike of the public "
        "top-tagging set: use it for particles, not for calorimeter cells, and expect other "
        "probabilities with another generator. It takes all constituents and keeps the 32 "
        "hardest. Give all of them: of a jet with exactly 32 it cannot tell whether there were "
        "more, and holds only the momentum of these to a wide window."
    ),
    subject=top_jets.SUBJECT,
    conditions=top_jets.CONDITIONS,
    inputs=INPUTS,
    outputs=top_jets.OUTPUTS,
    default_output="top",
    truth=top_jets.TRUTH,
    dataset=top_jets.DATASET,
    label=top_jets.label,
    split=split_rows,
    fit=_fit,
    baseline=top_jets.boost_substructure,
    checks=top_jets.check,
    seed=SEED,
    created="2026-11-22",
    references=bibtex.select(
        "Bierlich:2022pfr",
        "Cacciari:2011ma",
        "Butter:2017cot",
        "Kasieczka:2019dbj",
        "Komiske:2018cqr",
    ),
    validation_note=top_jets.NOTE,
    events=to_events,
    companions=(top_jets.FURTHER,),
    region=REGION.ranges("constituents"),
    replace_reach=renew_reach(REGION),
    corners=corners,
)
