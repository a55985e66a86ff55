"""efficiency-gluino-stop-src: gluino pairs through stops in signal region C of ATLAS-SUSY-2018-31,
from events of Pythia 8."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, Conditions, HalfSpace, Input, Output, SlhaEntry, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data.label_errors import stated
from lhnets_training.data.sample import box, sobol, uniform
from lhnets_training.data.table import column
from lhnets_training.fit.baselines import fit_other_tenths
from lhnets_training.fit.cross_validation import use_every_row
from lhnets_training.fit.links import Positive
from lhnets_training.fit.polynomial import fit_forms
from lhnets_training.judging import checks
from lhnets_training.labels import parts
from lhnets_training.labels.events.gluino_events import Efficiencies
from lhnets_training.labels.generators import spectrum
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.recipe import Array, Companion, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.split import Split

LEVELS, STRIDE, PART = 25, 7, 4
"""Gluino masses, the step from the mass of one group of points to that of the next, points of a
group."""
ROWS, SEED = 200, 20261122
CHECKED = np.array([[1900.0, 1200.0, 200.0], [2200.0, 1500.0, 600.0], [1600.0, 1000.0, 400.0]])
ENERGY = 13_000.0
EVENTS, CHECK_EVENTS = (Efficiencies(hard=2500, kept=kept, energy=ENERGY) for kept in (1000, 1500))


def _mass(name: str, symbol: str, low: float, high: float, meaning: str, pdg: int) -> Input:
    slha = SlhaEntry(block="MASS", entry=(pdg,), absolute=True)
    return Input(
        name=name, symbol=symbol, unit="GeV", low=low, high=high, meaning=meaning, slha=slha
    )


INPUTS = (
    _mass("m_go", r"m_{\tilde g}", 1200.0, 2400.0, "gluino mass", 1000021),
    _mass("m_t1", r"m_{\tilde t_1}", 500.0, 2000.0, "mass of the lighter stop", 1000006),
    _mass("m_n1", r"m_{\tilde\chi_1^0}", 50.0, 1000.0, "mass of the lightest neutralino", 1000022),
)
NAMES = tuple(i.name for i in INPUTS)
GRAVITINO = 1000039
GAP = 225.0
REGION = (
    HalfSpace(
        coefficients={"m_t1": 1.0, "m_go": -1.0}, bound=-GAP, meaning="m_t1 <= m_go - 225 GeV"
    ),
    HalfSpace(
        coefficients={"m_n1": 1.0, "m_t1": -1.0}, bound=-GAP, meaning="m_n1 <= m_t1 - 225 GeV"
    ),
)
GAPS = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, -1.0, 0.0]])
"""m_go - m_n1, m_t1 - m_n1 and m_go: what is left for jets and missing momentum in all, and after
the stops."""
SUBJECT = "atlas-susy-2018-31-gluino-stop"
BINS = {"SRC22": "22 to 24", "SRC24": "24 to 26", "SRC26": "26 to 28", "SRC28": "above 28"}


def label(run: Run) -> Rows:
    """The columns of gluino-stop-src (25 minutes on one core)."""
    points = design(run.rows or ROWS)
    found = parts.compute(run, EVENTS, points, part=PART, name=DATASET.name, settings=str(EVENTS))
    return _columns(points, found)


def design(rows: int) -> Array:
    """Points (rows, 3) in groups of one gluino mass; stops and neutralinos gather at the edges of
    what is allowed."""
    low, high = box(INPUTS)
    groups = np.arange(-(-rows // PART))
    m_go = np.repeat(low[0] + (groups * STRIDE % LEVELS) * (high[0] - low[0]) / (LEVELS - 1), PART)[
        :rows
    ]
    share = (1 - np.cos(np.pi * sobol(_UNIT, rows, SEED))) / 2
    m_t1 = np.round(low[1] + share[:, 0] * (np.minimum(high[1], m_go - GAP) - low[1]), 1)
    m_n1 = np.round(low[2] + share[:, 1] * (np.minimum(high[2], m_t1 - GAP) - low[2]), 1)
    return np.stack([m_go, m_t1, m_n1], axis=1)


_UNIT = tuple(
    Input(name=n, unit="1", meaning="share of the range", low=0.0, high=1.0)
    for n in ("m_t1", "m_n1")
)


def label_check(run: Run) -> Rows:
    """The columns of gluino-stop-src-check: half as many events again at three further points (a
    minute on one core)."""
    found = parts.compute(
        run, CHECK_EVENTS, CHECKED, part=1, name=CHECK.name, settings=str(CHECK_EVENTS)
    )
    return _columns(CHECKED, found)


def _columns(points: Array, found: Array) -> Rows:
    return {
        **dict(zip(NAMES, points.T, strict=True)),
        **dict(zip(BINS, found[:, :4].T, strict=True)),
        **dict(zip((f"{b}_error" for b in BINS), found[:, 4:].T, strict=True)),
    }


SELECTION = {
    "process": (
        "gluino pairs at 13 TeV, both into a top and a stop, both stops into a top and the "
        "neutralino, isotropic decays"
    ),
    "events": "initial- and final-state radiation, hadrons; no multiple interactions",
    "selection": "no electron or muon, at least 4 jets (anti-kt 0.4, p_T > 30 GeV, |eta| < 2.8), "
    "at least 3 b-tagged, missing "
    "momentum > 250 GeV, 0.4 away in azimuth from the 4 leading jets, bins of object-based "
    "significance",
    "detector": "b-tags by 77 %, 1/6, 1/134 for b, c, light; significance by jet resolutions 3 "
    "GeV/p_T, 0.7/sqrt(p_T), 3.5 %, "
    "angle 0.02, soft term 10 GeV; nothing smeared; no trigger, pile-up, tau veto or lepton "
    "efficiency",
}


def _dataset(name: str, title: str, events: Efficiencies, groups: str) -> RecipeDataSet:
    return RecipeDataSet(
        name=name,
        title=title,
        description=(
            "Efficiencies of gluino pairs that decay through stops in the four bins of signal "
            f"region C of ATLAS-SUSY-2018-31, at particle level, from {events.kept:,} fully "
            "simulated events of Pythia 8 at each point, which stand for several times as many: "
            f"the others were dropped before the shower with known probabilities. {groups}"
        ),
        columns=(
            *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
            *(
                column(b, "1", f"efficiency for a significance of {words}", "target")
                for b, words in BINS.items()
            ),
            *(
                column(
                    f"{b}_error", "1", f"statistical error of {b}, one standard deviation", "error"
                )
                for b in BINS
            ),
        ),
        generator=Generator(
            program="Pythia",
            version="8.317.2",
            settings={
                **SELECTION,
                "sample": (
                    f"{events.kept} simulated events at each point, from {events.hard} hard "
                    "processes"
                ),
                "jets": "FastJet 3.5.2",
            },
            recipe="efficiency_gluino_stop_src",
            seed=SEED,
            tolerance=1e-6,
        ),
        references=REFERENCES,
    )


REFERENCES = bibtex.select("ATLAS:2019gdh", "Bierlich:2022pfr", "Cacciari:2011ma")
DATASET = _dataset(
    "gluino-stop-src",
    "Efficiencies of gluinos through stops in ATLAS-SUSY-2018-31, region C",
    EVENTS,
    f"Groups of {PART} points have the same m_go and share their hard processes.",
)
CHECK = _dataset(
    "gluino-stop-src-check",
    "The same efficiencies at three further points",
    CHECK_EVENTS,
    "Each point has hard processes of its own.",
)
COMPANION = Companion(CHECK, label_check)


def fit(x: Array, y: Array, split: Split, run: Run) -> Fitted:
    """Cubic forms for the logarithms by maximum quasi-likelihood."""
    rows = read_companion(Companion(DATASET, label), run)
    errors = np.stack([np.asarray(rows[f"{b}_error"]) for b in BINS], axis=1)
    if len(errors) != len(y):
        raise TrainingError(
            f"the rows to train on are not those of {DATASET.name}, which holds their errors"
        )
    return fit_forms(
        x, y, run.seed, inputs=INPUTS, region=REGION, errors=errors, gaps=GAPS, link=Positive()
    )


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Bounds, points that were not fitted, compressed spectra, what is left beyond the noise of the
    labels."""
    points = uniform(INPUTS, 20_000, SEED + 1, REGION)
    found = predict(points)
    known = read_companion(COMPANION, run)
    x = np.stack([known[n] for n in NAMES], axis=1)
    truth, error = (np.stack([known[b + e] for b in BINS], axis=1) for e in ("", "_error"))
    total, of_total = truth.sum(axis=1), np.sqrt((error**2).sum(axis=1))
    off = predict(x).sum(axis=1) / total - 1
    rows = read_companion(Companion(DATASET, label), run)
    at = np.stack([rows[n] for n in NAMES], axis=1)
    labels, noise = (np.stack([rows[b + e] for b in BINS], axis=1) for e in ("", "_error"))
    pull = (labels - predict(at)) / noise
    heavier = np.stack(
        [np.full(30, 1900.0), np.full(30, 1200.0), np.linspace(350.0, 950.0, 30)], axis=1
    )
    return (
        checks.positive(lambda p: np.asarray(predict(p).min(axis=1)), points),
        checks.measured(
            "a probability",
            float(found.sum(axis=1).max()),
            0.5,
            criterion="the bins sum to at most 0.5",
        ),
        checks.measured(
            "points of their own, sum of the bins",
            float(np.abs(off).max()),
            0.15,
            reference="Bierlich:2022pfr",
            criterion=f"within 15 % at {len(x)} points, whose own error is "
            f"{100 * float((of_total / total).mean()):.2g} %",
        ),
        checks.measured(
            "pull of the labels",
            float(np.sqrt(np.mean(pull**2))),
            1.25,
            criterion="root mean square of (label - network)/error at most 1.25: little but noise "
            "is left",
        ),
        checks.falls(
            lambda p: np.asarray(predict(p).sum(axis=1)),
            heavier[None],
            "the mass of the neutralino, stops of 1.2 TeV",
        ),
    )


RECIPE = Recipe(
    name="efficiency-gluino-stop-src",
    version=3,
    raises_uncertainty=True,
    kind="efficiency",
    title="Gluinos through stops in signal region C of ATLAS-SUSY-2018-31",
    description=(
        "Efficiency (acceptance, b-tags and all) of gluino pairs, each decaying to a top and a "
        "stop, each stop to a top and the lightest neutralino, in the four bins of signal region "
        "C. The analysis was made for bottom squarks that decay to Higgs bosons, also rich in "
        "bottom quarks; four tops enter its region C. A particle-level selection written from the "
        f"publication; what it leaves out is in `truth`. Labels of {EVENTS.kept:,} events have "
        "errors of 14 to 17 %, and the uncertainty is that of a label; the network averages over "
        f"{ROWS} of them."
    ),
    subject=f"{SUBJECT}-src28",
    conditions=Conditions(
        energy=ENERGY,
        order="LO+PS",
        pdf="NNPDF23_lo_as_0130_qed",
        working_point="b-tagging at 77 %",
    ),
    inputs=INPUTS,
    assumptions=(
        *spectra.heavy(
            "the lightest neutralino is stable",
            (*spectrum.SLEPTONS, GRAVITINO),
            1.0,
            over="m_n1",
            required=False,
        ),
        spectra.TOP_MASS,
        *spectra.R_PARITY,
    ),
    outputs=tuple(
        Output(
            name=b,
            unit="1",
            meaning=f"efficiency for a significance of missing momentum of {words}",
            scale="log",
            subject=f"{SUBJECT}-{b.lower()}",
        )
        for b, words in BINS.items()
    ),
    default_output="SRC28",
    region=REGION,
    truth=Truth(
        program="Pythia",
        version="8.317.2",
        settings=DATASET.generator.settings,
        references=("ATLAS:2019gdh", "Bierlich:2022pfr", "Cacciari:2011ma"),
        relative_error=0.14,
        no_uncertainty=(
            "Missing: the detector (b-tags enter by their mean efficiency, momenta are not "
            "smeared), the matching of shower and hard radiation, scale and PDF. None is varied "
            "in the simulation; recasts of this kind agree with published efficiencies within "
            "some 20 to 30 %. The statistical error of the simulation, 14 % a label, is part of "
            "the network's uncertainty."
        ),
        seconds_per_label=7.0,
    ),
    dataset=DATASET,
    companions=(COMPANION,),
    label=label,
    split=use_every_row,
    fit=fit,
    baseline=fit_other_tenths(1),
    checks=physics_checks,
    label_errors=stated(*(f"{b}_error" for b in BINS)),
    seed=1,
    references=REFERENCES,
    created="2026-11-22",
    validation_note=(
        "Every row is predicted by a fit to nine tenths of the others; intervals of each tenth "
        "are judged by the scores of the others. Labels err by 14 % on average in the highest "
        "bin, by 15 to 17 % in the others. Beyond them, the fit errs most where gluinos or stops "
        "are light."
    ),
)
