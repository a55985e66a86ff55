"""The landscape of top taggers: different views of one set of jets, fitted and judged alike."""

from __future__ import annotations

from lhnets_training import bibtex
from lhnets_training.recipe import Fit, Recipe
from lhnets_training.recipes.classifiers import _top_jets as top_jets
from lhnets_training.recipes.classifiers._jets import (
    INPUTS,
    REGION,
    SEED,
    corners,
    renew_reach,
    split_rows,
    to_events,
)

_OF_ALL = ("Bierlich:2022pfr", "Cacciari:2011ma", "Butter:2017cot", "Kasieczka:2019dbj")


def top_tagger(
    name: str, title: str, description: str, fit: Fit, *keys: str, steps: bool = False
) -> Recipe:
    """The recipe ``name`` of a tagger of `top-qcd-jets`; ``keys`` are further references, ``steps``
    says that its answers have steps, as those of trees."""
    return Recipe(
        name=name,
        version=1,
        kind="classifier",
        title=title,
        description=(
            f"{description} Probability that an anti-k_T jet with R = 0.8 is a hadronically "
            "decaying top, against a light quark or gluon, for as many of one as of the other. "
            "Trained on 10,500 jets with 550 < p_T < 650 GeV and |eta| < 2 from Pythia 8 without "
            "a detector: enough to compare, not to be the best. It takes all constituents and "
            "keeps the 32 hardest; give all of them."
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
        fit=fit,
        baseline=top_jets.boost_substructure,
        checks=lambda predict, run: top_jets.check(predict, run, steps=steps),
        seed=SEED,
        created="2026-11-30",
        references=bibtex.select(*_OF_ALL, *keys),
        validation_note=top_jets.NOTE,
        events=to_events,
        companions=(top_jets.FURTHER,),
        region=REGION.ranges("constituents"),
        replace_reach=renew_reach(REGION),
        corners=corners,
    )
