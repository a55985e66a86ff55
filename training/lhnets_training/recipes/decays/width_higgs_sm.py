"""width-higgs-sm: total and partial widths of the Standard Model Higgs boson in its mass, quark
masses and the coupling."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, Output
from lhnets_training.data.sample import uniform
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.links import Sums
from lhnets_training.fit.network import fit_network
from lhnets_training.judging import checks
from lhnets_training.labels.higgs.higgs_widths import CHANNELS, widths
from lhnets_training.recipe import Array, Fitted, Recipe, Run
from lhnets_training.recipes.decays import _higgs, _higgs_bands
from lhnets_training.split import Split

OUTPUTS = (
    *(
        Output(
            name=f"width_{c}",
            unit="GeV",
            meaning=f"partial width into {_higgs.SPOKEN[c]}",
            scale="log",
            subject=_higgs.SUBJECTS[c],
        )
        for c in CHANNELS
    ),
    Output(
        name="width",
        unit="GeV",
        meaning="total width: the sum of the partial widths",
        scale="log",
        subject="25 > all",
    ),
)
PARTS_AND_SUM = np.concatenate([np.eye(len(CHANNELS)), np.ones((len(CHANNELS), 1))], axis=1)


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """Logarithms of the partial widths; their sum is taken in the graph."""
    return fit_network(
        x,
        y,
        parts_of,
        run,
        inputs=_higgs.INPUTS,
        region=(),
        terms=_higgs.TERMS,
        link=Sums(PARTS_AND_SUM),
        plan=_higgs.PLAN,
    )


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Sum, published numbers, slopes in mass and couplings."""

    def width(channel: str | None = None) -> Callable[[Array], Array]:
        number = len(CHANNELS) if channel is None else CHANNELS.index(channel)
        return lambda points: np.asarray(predict(points)[:, number])

    points = uniform(_higgs.INPUTS, 20_000, _higgs.SEED + 4)
    found = predict(points)
    off = float(np.abs(found[:, :-1].sum(axis=1) / found[:, -1] - 1).max())
    published = (
        checks.agrees(
            width(c),
            _higgs.at()[None],
            np.array([br * _higgs.YR4_WIDTH]),
            name=f"{c} at 125 GeV, fourth report of the LHC Higgs working group",
            within=0.07,
            reference=_higgs.YR4,
        )
        for c, br in _higgs.YR4_BR.items()
    )
    return (
        checks.positive(lambda p: np.asarray(predict(p).min(axis=1)), points),
        checks.measured(
            "sum",
            off,
            1e-12,
            criterion="partial widths sum to the total within 1e-12 at 20,000 points",
        ),
        _higgs.moves(width(), "m_h", up=True),
        _higgs.moves(width("WW"), "m_h", up=True),
        _higgs.moves(width("bb"), "m_b", up=True),
        _higgs.moves(width("gg"), "alpha_s", up=True),
        checks.agrees(
            width(),
            _higgs.at()[None],
            np.array([_higgs.YR4_WIDTH]),
            name="total at 125 GeV, fourth report of the LHC Higgs working group",
            within=0.02,
            reference=_higgs.YR4,
        ),
        *published,
    )


RECIPE = Recipe(
    name="width-higgs-sm",
    version=3,
    raises_uncertainty=True,
    kind="width",
    title="Standard Model Higgs boson: total and partial widths, 100-150 GeV",
    description=(
        "Total width (`h > all`) and ten partial widths of the Standard Model Higgs boson; the "
        "total is the sum of the parts, taken in the "
        "graph. " + _higgs.ACCURACY + " The total is 1 % low."
    ),
    subject="25 > all",
    inputs=_higgs.INPUTS,
    assumptions=_higgs.ASSUMPTIONS,
    outputs=OUTPUTS,
    default_output="width",
    variations=(*_higgs_bands.parameters(), *_higgs_bands.orders_of_widths()),
    truth=_higgs.TRUTH,
    dataset=_higgs.DATASET,
    label=_higgs.label,
    truth_at=lambda x, run: widths(x) @ PARTS_AND_SUM,
    split=_higgs.split_rows,
    fit=fit,
    baseline=rbf_baseline(np.log),
    checks=physics_checks,
    corners=_higgs.corners,
    seed=1,
    references=_higgs.REFERENCES,
    created="2026-11-21",
    validation_note="Rows drawn from the design of the data set, which is denser towards the edges "
    "of the region.",
)
