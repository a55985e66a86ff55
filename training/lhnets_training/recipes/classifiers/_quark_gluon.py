"""Quark and gluon jets as a data set, and what every classifier of them shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Check, Conditions, Output, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data import table
from lhnets_training.labels import parts
from lhnets_training.labels.events import jets
from lhnets_training.recipe import Array, Fit, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes.classifiers._jets import (
    INPUTS,
    PART,
    SEED,
    SETTINGS,
    as_rows,
    columns,
    renew_reach,
    split_rows,
    to_events,
)
from lhnets_training.recipes.classifiers._jets import REGION as OF_TOPS
from lhnets_training.recipes.classifiers._symmetries import check_symmetries

JETS = 6_000
REGION = replace(OF_TOPS, kept_pt=(300.0, 652.0))
"""As for tops; the hardest 32 constituents of a gluon carry less."""
_SOURCES = ("Bierlich:2022pfr", "Cacciari:2011ma", "Komiske:2018cqr")
OUTPUTS = (
    Output(name="quark", unit="1", meaning="probability of a u, d or s quark"),
    Output(name="gluon", unit="1", meaning="probability of a gluon"),
)
DATASET = RecipeDataSet(
    name="quark-gluon-jets",
    title="Quark and gluon jets from Pythia 8, anti-k_T with R = 0.8, 550 < p_T < 650 GeV",
    description=(
        f"{JETS // 2:,} jets of a u, d or s quark and {JETS // 2:,} of a gluon, beside a Z boson "
        "that decays to neutrinos: the 32 hardest constituents, massless, with momenta and angles "
        "rounded to steps, and shapes of the whole jet. After the public set of quark and gluon "
        "jets (doi:10.5281/zenodo.3164691), which has R = 0.4 and two million jets: use that to "
        "compare taggers."
    ),
    columns=columns("quark", "1 for a quark, 0 for a gluon"),
    generator=Generator(
        program="Pythia",
        version="8.317.2",
        settings={
            "energy": "pp at 14 TeV, Monash tune, multiple interactions on",
            "quarks": "WeakBosonAndParton:qg2gmZq, Z bosons to neutrinos, u, d and s",
            "gluons": "WeakBosonAndParton:qqbar2gmZg, Z bosons to neutrinos",
            "jets": "FastJet 3.5.2, anti-k_T, R = 0.8, 550 < p_T < 650 GeV, |eta| < 2, visible "
            "particles with |eta| < 3.5; the hardest that passes and holds the parton of the hard "
            "process",
            "seeds": f"1 + number of the first jet of each part of {PART} jets, in each class",
        },
        recipe="classifier_quark_gluon",
        seed=SEED,
        comparison="statistics",
        tolerance=0.05,
    ),
    references=bibtex.select(*_SOURCES),
)


def classifier(name: str, title: str, description: str, fit: Fit, *, steps: bool = False) -> Recipe:
    """The recipe ``name`` of a classifier of `quark-gluon-jets`; ``steps`` says that its answers
    have steps, as those of trees."""
    return Recipe(
        name=name,
        version=1,
        kind="classifier",
        title=title,
        description=(
            f"{description} Probability that an anti-k_T jet with R = 0.8 comes from a light quark "
            "of the hard process, against a gluon, for as many of one as of the other, beside a Z "
            f"boson. Trained on jets with 550 < p_T < 650 GeV and |eta| < 2 of {JETS:,} from "
            "Pythia 8 without a detector: other generators and other processes have other jets. "
            "It takes all constituents and keeps the 32 hardest; give all of them."
        ),
        subject="light-quark jet | gluon jet",
        conditions=Conditions(
            energy=jets.ENERGY,
            working_point="anti-k_T jets with R = 0.8, 550 < p_T < 650 GeV, |eta| < 2, beside a Z",
        ),
        inputs=INPUTS,
        outputs=OUTPUTS,
        default_output="quark",
        truth=Truth(
            program="Pythia",
            version="8.317.2",
            settings={"label": "the parton of the hard process, which lies within the jet"},
            references=_SOURCES,
            no_uncertainty=(
                "A label is the parton of the hard process at leading order, which has no "
                "uncertainty but is no property of the jet either: beyond that order quark and "
                "gluon jets are not told apart by definition. Missing: shower, hadronisation and "
                "detector, for which one generator stands; generators differ in how many particles "
                "a gluon makes."
            ),
            seconds_per_label=0.024,
        ),
        dataset=DATASET,
        label=label,
        split=split_rows,
        fit=fit,
        baseline=boost_whole_jet,
        checks=lambda predict, run: check(predict, run, steps=steps),
        seed=SEED,
        created="2026-11-30",
        references=bibtex.select(*_SOURCES),
        validation_note=(
            "The error of a probability is its distance from the frequency in reliability bins of "
            "100 jets, which includes the binomial error of the bin (0.05 at a probability of a "
            "half); coverage is that of counts in bins of 25. The baseline knows how many "
            "constituents the whole jet has, of which the rows have the 32 hardest only."
        ),
        events=to_events,
        region=REGION.ranges("constituents"),
        replace_reach=renew_reach(REGION),
        corners=_corners,
    )


def label(run: Run) -> Rows:
    """Jets of both classes, part by part in turns."""
    each = max(PART, (run.rows or JETS) // (2 * PART) * PART)
    points = np.array(
        [
            (kind, number)
            for first in range(0, each, PART)
            for kind in (jets.QUARK, jets.GLUON)
            for number in range(first, first + PART)
        ],
        dtype=np.float64,
    )
    made = parts.compute(run, jets.labels, points, part=PART, name="quark-gluon", settings=SETTINGS)
    made[:, 0] = made[:, 0] == jets.QUARK
    return as_rows(made, "quark")


def boost_whole_jet(x: Array, y: Array, new: Array) -> tuple[str, Array]:
    """Gradient boosting on the number of constituents, the mass and the width of the whole jet."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(max_iter=60, learning_rate=0.08, random_state=0)
    model.fit(_whole(x), y[:, 0] > 0.5)
    p = model.predict_proba(_whole(new))[:, 1]
    name = "gradient boosting on the number of constituents, the mass and tau_1 of the whole jet"
    return name, np.stack([p, 1 - p], axis=1)


def _whole(x: Array) -> Array:
    return x[:, [jets.SHAPES.index(name) for name in ("constituents", "jet_mass", "tau_1")]]


def check(predict: Callable[[Any], Array], run: Run, *, steps: bool = False) -> Sequence[Check]:
    """Symmetries, on jets of the set; and jets that radiate little and much."""
    own = run.out / f"{DATASET.name}.parquet"
    data = own if own.exists() else table.bundled(DATASET)
    if data is None:
        return ()
    x = table.columns(table.read(data, DATASET), DATASET, "input")
    return (*check_symmetries(predict, x, steps=steps), *_radiation(predict))


def _radiation(predict: Callable[[Any], Array]) -> list[Check]:
    """A narrow jet with few hard constituents, and a wide one with many soft ones."""
    found = []
    for name, count, width, is_quark in (
        ("few hard constituents are a quark", 12, 0.03, True),
        ("many soft constituents are a gluon", 90, 0.25, False),
    ):
        rng = np.random.default_rng(SEED)
        y, phi = rng.normal(0, width, (2, count))
        pt = 600 * rng.dirichlet(np.ones(count))
        jet = np.stack(
            [pt * np.cosh(y), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(y)], axis=1
        )
        mask = np.ones((1, count), dtype=bool)
        p = float(predict({"constituents": jet[None].astype(np.float32), "mask": mask})[0, 0])
        found.append(
            Check(
                name=name,
                passed=p > 0.7 if is_quark else p < 0.3,
                figure=f"probability of a quark {p:.2g}",
                criterion="above 0.7" if is_quark else "below 0.3",
            )
        )
    return found


def _corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    count, mass = (x[:, jets.SHAPES.index(name)] for name in ("constituents", "jet_mass"))
    return {
        "fewer than 40 constituents": count < 40,
        "more than 90 constituents": count > 90,
        "jet mass above 120 GeV": mass > 120,
        "jet p_T above 625 GeV": x[:, 0] > 625,
    }
