"""br-higgs-sm: branching ratios of the Standard Model Higgs boson in its mass, quark masses and the
strong coupling."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, Output
from lhnets_training.data.sample import uniform
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.links import Shares
from lhnets_training.fit.network import fit_network
from lhnets_training.judging import checks
from lhnets_training.labels.higgs.higgs_widths import CHANNELS, widths
from lhnets_training.recipe import Array, Fitted, Recipe, Run
from lhnets_training.recipes.decays import _higgs, _higgs_bands
from lhnets_training.split import Split

OUTPUTS = tuple(
    Output(
        name=f"BR_{c}",
        unit="1",
        meaning=f"branching ratio into {_higgs.SPOKEN[c]}",
        scale="log",
        subject=_higgs.SUBJECTS[c],
    )
    for c in CHANNELS
)


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """Logarithms of the ratios to b bbar, and a softmax."""
    return fit_network(
        x,
        y,
        parts_of,
        run,
        inputs=_higgs.INPUTS,
        region=(),
        terms=_higgs.TERMS,
        link=Shares(len(CHANNELS)),
        plan=_higgs.PLAN,
    )


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Sum, published numbers, slopes in mass and couplings."""

    def share(channel: str) -> Callable[[Array], Array]:
        return lambda points: np.asarray(predict(points)[:, CHANNELS.index(channel)])

    points = uniform(_higgs.INPUTS, 20_000, _higgs.SEED + 3)
    found = predict(points)
    off = float(np.abs(found.sum(axis=1) - 1).max())
    published = (
        checks.agrees(
            share(c),
            _higgs.at()[None],
            np.array([br]),
            name=f"{c} at 125 GeV, fourth report of the LHC Higgs working group",
            within=0.06,
            reference=_higgs.YR4,
        )
        for c, br in _higgs.YR4_BR.items()
    )
    return (
        checks.positive(lambda p: np.asarray(predict(p).min(axis=1)), points),
        checks.measured(
            "sum", off, 1e-12, criterion="branching ratios sum to 1 within 1e-12 at 20,000 points"
        ),
        _higgs.moves(share("WW"), "m_h", up=True),
        _higgs.moves(share("bb"), "m_h", up=False),
        _higgs.moves(share("bb"), "m_b", up=True),
        _higgs.moves(share("cc"), "m_c", up=True),
        _higgs.moves(share("gg"), "alpha_s", up=True),
        checks.agrees(
            lambda p: share("tautau")(p) / share("mumu")(p),
            _higgs.at(m_h=np.linspace(100, 150, 11)),
            _lepton_ratio(np.linspace(100, 150, 11)),
            name="tau tau over mu mu: squared masses, phase space and 2 % of photon radiation",
            within=0.005,
        ),
        *published,
    )


def _lepton_ratio(m_h: Array) -> Array:
    m_tau, m_mu = 1.77682, 0.1056583715
    photons = 1 + 1.5 / (np.pi * 137.036) * np.log(m_tau**2 / m_mu**2)
    return np.asarray(
        photons * (m_tau / m_mu) ** 2 * ((m_h**2 - 4 * m_tau**2) / (m_h**2 - 4 * m_mu**2)) ** 1.5
    )


RECIPE = Recipe(
    name="br-higgs-sm",
    version=3,
    raises_uncertainty=True,
    kind="branching_ratio",
    title="Standard Model Higgs boson: all branching ratios, 100-150 GeV",
    description=(
        "Branching ratios of the Standard Model Higgs boson into ten channels; they sum to one "
        "exactly, by a softmax. "
        + _higgs.ACCURACY
        + " Branching ratios at 125 GeV follow the report within 6 %. For a Higgs boson with other "
        "couplings see the widths."
    ),
    subject=_higgs.SUBJECTS["bb"],
    inputs=_higgs.INPUTS,
    assumptions=_higgs.ASSUMPTIONS,
    outputs=OUTPUTS,
    default_output="BR_bb",
    variations=(*_higgs_bands.parameters(), *_higgs_bands.orders_of_shares()),
    truth=_higgs.TRUTH,
    dataset=_higgs.DATASET,
    label=_higgs.label,
    truth_at=lambda x, run: _higgs.shares(widths(x)),
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
