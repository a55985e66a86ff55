"""Top and QCD jets as a data set, and what every tagger of them shares: outputs, truth, baseline
and checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lhnets.format import Check, Conditions, Output, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data import table
from lhnets_training.labels import parts
from lhnets_training.labels.events import jets
from lhnets_training.recipe import Array, RecipeDataSet, Rows, Run
from lhnets_training.recipes.classifiers._further_qcd import check_rejection, companion
from lhnets_training.recipes.classifiers._jets import (
    PART,
    SEED,
    SETTINGS,
    as_rows,
    columns,
    split_rows,
    to_events,
)
from lhnets_training.recipes.classifiers._symmetries import check_symmetries

JETS = 20_000
SUBJECT = "top jet | light-quark or gluon jet"
CONDITIONS = Conditions(
    energy=jets.ENERGY,
    working_point="anti-k_T jets with R = 0.8, 550 < p_T < 650 GeV, |eta| < 2",
)
OUTPUTS = (
    Output(name="top", unit="1", meaning="probability of a hadronically decaying top"),
    Output(name="qcd", unit="1", meaning="probability of a light quark or gluon"),
)
TRUTH = Truth(
    program="Pythia",
    version="8.317.2",
    settings={
        "tops": "the top and its three quarks within 0.8 of the jet",
        "light": "hard QCD processes",
    },
    references=("Bierlich:2022pfr", "Cacciari:2011ma", "Butter:2017cot"),
    no_uncertainty=(
        "A label is the process that was generated, which has no uncertainty. Missing: shower, "
        "hadronisation and detector, for which one generator stands; taggers trained on "
        "different generators differ by up to 50 % in background rejection (J. Barnard et "
        "al., arXiv:1609.00607)."
    ),
    seconds_per_label=0.023,
)
NOTE = (
    "The error of a probability is its distance from the frequency in reliability bins of 100 "
    "jets, which includes the binomial error of the bin (0.05 at a probability of a half); "
    "the uncertainty is mostly smaller than that, and coverage is that of counts in bins of "
    "25. Rejections are on 2,500 QCD jets: 1/eps_B = 300 has a statistical error of 35 %, and "
    "differences to the baseline of that size mean nothing; AUC and log loss are the figures "
    "to compare. Among the checks is the rejection on more jets that nothing was trained on."
)
DATASET = RecipeDataSet(
    name="top-qcd-jets",
    title="Top and QCD jets from Pythia 8, anti-k_T with R = 0.8, 550 < p_T < 650 GeV",
    description=(
        "10,000 hadronically decaying tops and 10,000 light-quark or gluon jets: the 32 hardest "
        "constituents, massless, with momenta and angles rounded to steps, and shapes of the "
        "whole jet. A look-alike of the public top-tagging set (doi:10.5281/zenodo.2603256) for "
        "small experiments, made with Pythia 8 alone: multiple interactions are on, there is no "
        "detector, and it is a hundred times smaller. Use the public set to compare taggers."
    ),
    columns=columns("top", "1 for a top, 0 for a light quark or gluon"),
    generator=Generator(
        program="Pythia",
        version="8.317.2",
        settings={
            "energy": "pp at 14 TeV, Monash tune, multiple interactions on",
            "tops": (
                "Top:gg2ttbar, Top:qqbar2ttbar, W bosons to quarks; top and its three quarks "
                "within 0.8 of the jet"
            ),
            "QCD": "HardQCD to gluons and light quarks",
            "jets": "FastJet 3.5.2, anti-k_T, R = 0.8, 550 < p_T < 650 GeV, |eta| < 2, visible "
            "particles with |eta| < 3.5; "
            "the hardest that passes of each event",
            "seeds": "1 + number of the first jet of each part of 250 jets, in each class",
        },
        recipe="classifier_top_qcd",
        seed=SEED,
        comparison="statistics",
        tolerance=0.05,
    ),
    references=bibtex.select(
        "Bierlich:2022pfr", "Cacciari:2011ma", "Butter:2017cot", "Kasieczka:2019dbj"
    ),
)
FURTHER = companion(DATASET, PART, SETTINGS)
"""Jets that nothing is trained on."""


def label(run: Run) -> Rows:
    """Jets of both classes, as many of each, in parts of `PART`."""
    each = max(PART, (run.rows or JETS) // (2 * PART) * PART)
    points = np.array(
        [(kind, k) for kind in (jets.TOP, jets.QCD) for k in range(each)], dtype=np.float64
    )
    made = parts.compute(run, jets.labels, points, part=PART, name="jets", settings=SETTINGS)
    return as_rows(made)


def boost_substructure(x: Array, y: Array, new: Array) -> tuple[str, Array]:
    """Gradient boosting on the mass and ratios of subjettiness of the whole jet."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.08, random_state=0)
    model.fit(_substructure(x), y[:, 0] > 0.5)
    p = model.predict_proba(_substructure(new))[:, 1]
    return "gradient boosting on jet mass, tau_32 and tau_21", np.stack([p, 1 - p], axis=1)


def _substructure(x: Array) -> Array:
    mass, one, two, three = x[:, 3], x[:, 4], x[:, 5], x[:, 6]
    return np.stack([mass, three / np.maximum(two, 1e-9), two / np.maximum(one, 1e-9)], axis=1)


def check(predict: Callable[[Any], Array], run: Run, *, steps: bool = False) -> Sequence[Check]:
    """Symmetries, on jets of the set; and how much of the further background passes."""
    own = run.out / f"{DATASET.name}.parquet"
    data = own if own.exists() else table.bundled(DATASET)
    if data is None:
        return ()
    rows = table.read(data, DATASET)
    return (
        *check_symmetries(predict, table.columns(rows, DATASET, "input"), steps=steps),
        *_prongs(predict),
        *check_rejection(FURTHER, run, predict, to_events, _unseen_tops(rows)),
    )


def _unseen_tops(rows: Rows) -> Array:
    """The tops among the rows of the test."""
    x, top = (table.columns(rows, DATASET, role) for role in ("input", "target"))
    test = split_rows(len(x), SEED).test
    return np.asarray(x[test][top[test, 0] > 0.5])


def _prongs(predict: Callable[[Any], Array]) -> list[Check]:
    """A jet of one direction, and three equal prongs of the mass of the top, with 600 GeV each."""
    found = []
    for name, distance, is_top in (
        ("one prong is not a top", 0.0, False),
        ("three prongs of 173 GeV are a top", 0.289, True),
    ):
        angle = 2 * np.pi * np.arange(3) / 3 + 0.4
        centres = np.repeat(distance * np.stack([np.cos(angle), np.sin(angle)], axis=1), 10, axis=0)
        y, phi = (centres + np.random.default_rng(SEED).normal(0, 0.03, centres.shape)).T
        pt = np.tile(200 * np.array([0.3, 0.2, 0.13, 0.1, 0.08, 0.06, 0.05, 0.04, 0.02, 0.02]), 3)
        jet = np.stack(
            [pt * np.cosh(y), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(y)], axis=1
        )
        p = float(
            predict(
                {"constituents": jet[None].astype(np.float32), "mask": np.ones((1, 30), dtype=bool)}
            )[0, 0]
        )
        found.append(
            Check(
                name=name,
                passed=p > 0.9 if is_top else p < 0.1,
                figure=f"probability of a top {p:.2g}",
                criterion="above 0.9" if is_top else "below 0.1",
            )
        )
    return found
