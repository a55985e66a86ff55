"""Fit any architecture to rows of jets: coordinates, torch, a calibrated logit, one graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import torch
from torch import nn

from lhnets_training.fit.jets.coordinates import KEPT, coordinates
from lhnets_training.fit.jets.graph import export_tagger
from lhnets_training.fit.jets.region import JetRegion
from lhnets_training.fit.jets.tagger import TaggerPlan, fit
from lhnets_training.fit.two_classes import LEAST, answer, fit_platt
from lhnets_training.recipe import Array, Fitted, Run
from lhnets_training.recipes.classifiers._jets import INPUTS, momenta, to_events
from lhnets_training.split import Split

SPREAD = 0.02
"""Uncertainty of a logit before calibration, which can only raise it."""


@dataclass(frozen=True)
class ArchitectureFit:
    """The `fit` of a recipe: ``build`` makes the network, ``method`` says what it is."""

    build: Callable[[], nn.Module]
    plan: TaggerPlan
    region: JetRegion
    method: str

    def __call__(self, x: Array, y: Array, rows: Split, run: Run) -> Fitted:
        """For rows (N, 104) and the probabilities (N, 2) of the classes."""
        seen, signal = coordinates(momenta(x)), y[:, 0] > 0.5
        plan = replace(self.plan, epochs=run.steps(self.plan.epochs), seed=run.seed)
        check = (seen.take(rows.validation), signal[rows.validation])
        state = run.out / "fit.pt"
        tagger, loss, seconds = fit(
            self.build,
            seen.take(rows.train),
            signal[rows.train],
            check,
            plan,
            run.console,
            state,
        )
        platt = fit_platt(tagger.logits(check[0]), check[1], SPREAD)

        def predict(new: Array) -> tuple[Array, Array]:
            return answer(tagger.logits(coordinates(momenta(new))), platt)

        def exported(scale: Array) -> bytes:
            calibrated = replace(platt, spread=SPREAD * float(scale.max()))
            least = LEAST * float(scale.max())
            return export_tagger(tagger, calibrated, self.region, INPUTS, least)

        return Fitted(
            predict=predict,
            export=exported,
            method=f"{self.method}, of the {KEPT} hardest constituents, with a calibrated logit",
            framework="torch",
            framework_version=torch.__version__.partition("+")[0],
            hyperparameters={
                **asdict(plan),
                "weights": sum(p.numel() for p in tagger.parameters()),
                "slope": round(platt.slope, 4),
                "offset": round(platt.offset, 4),
                "log_loss": round(loss, 4),
            },
            seconds=round(seconds, 1),
            reach=lambda new: self.region.reach(to_events(new)),
        )
