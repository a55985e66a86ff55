"""More QCD jets than are needed to train: a rejection of 300 takes many of them to be measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import sqrt
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lhnets.format import Check
from lhnets_training.data import table
from lhnets_training.labels import parts
from lhnets_training.labels.events import jets
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import Array, Companion, RecipeDataSet, Rows, Run
from lhnets_training.recipes.classifiers._jets import as_rows

JETS = 18_000
FIRST = 10_000
"""Number of the first one: those below belong to the set that is trained on."""
LEAST = 100.0
"""Rejection at 30 % of the tops that is expected at least."""


def companion(trained_on: RecipeDataSet, part: int, settings: str) -> Companion:
    """The data set of further QCD jets, with the columns of the one that is trained on."""
    dataset = replace(
        trained_on,
        name="qcd-jets",
        title="QCD jets from Pythia 8, anti-k_T with R = 0.8, 550 < p_T < 650 GeV",
        description=(
            f"{JETS:,} light-quark or gluon jets made as those of {trained_on.name}, with other "
            "seeds: the 32 hardest constituents and shapes of the whole jet. Nothing is trained on "
            "them; they measure how much background a tagger lets pass."
        ),
        generator=msgspec.structs.replace(
            trained_on.generator,
            settings={
                **{k: v for k, v in trained_on.generator.settings.items() if k != "tops"},
                "seeds": f"1 + number of the first jet of each part of {part} jets; numbers from "
                f"{FIRST:,} on",
            },
        ),
    )

    def label(run: Run) -> Rows:
        numbers = np.arange(FIRST, FIRST + JETS, dtype=np.float64)
        points = np.stack([np.full(JETS, float(jets.QCD)), numbers], axis=1)
        made = parts.compute(
            run, jets.labels, points, part=part, name="further-qcd", settings=settings
        )
        return as_rows(made)

    return Companion(dataset, label)


def check_rejection(
    further: Companion,
    run: Run,
    predict: Callable[[Any], Array],
    to_events: Callable[[Array], dict[str, NDArray[Any]]],
    tops: Array,
) -> Sequence[Check]:
    """How much of the further background passes cuts that 30 and 50 % of unseen ``tops`` pass."""
    x = table.columns(read_companion(further, run), further.dataset, "input")
    signal = predict(to_events(tops))[:, 0]
    background = np.concatenate(
        [predict(to_events(part))[:, 0] for part in np.array_split(x, max(1, len(x) // 2000))]
    )
    told, rejections = [], []
    for share in (0.3, 0.5):
        passing = background >= np.quantile(signal, 1 - share)
        count = int(passing.sum())
        rejections.append(len(background) / max(count, 1))
        error = rejections[-1] / sqrt(max(count, 1))
        told.append(
            f"1/eps_B = {rejections[-1]:.0f} ± {error:.0f} where {share:.0%} of {len(signal):,} "
            f"unseen tops pass, median mass of what passes {np.median(x[passing, 3]):.0f} GeV"
        )
    return (
        Check(
            name=f"background rejection on {len(background):,} further QCD jets",
            passed=rejections[0] > LEAST,
            figure=f"{'; '.join(told)}; median mass of all {np.median(x[:, 3]):.0f} GeV",
            criterion=f"1/eps_B above {LEAST:g} at 30 %",
        ),
    )
