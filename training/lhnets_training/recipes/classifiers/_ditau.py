"""Higgs and Z bosons to tau pairs as a data set, and what every classifier of them shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Check, Conditions, Feature, Input, Output, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data import table
from lhnets_training.fit.ditau.features import FEATURES
from lhnets_training.fit.ditau.network import describe
from lhnets_training.judging.significance import (
    choose_cut,
    compute_ams,
    count_passing,
    resample_ams,
)
from lhnets_training.labels import parts
from lhnets_training.labels.events import ditau
from lhnets_training.recipe import Array, Fit, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.split import Split, split

SEED = 1
EVENTS = 4_500
PART = 250
LUMINOSITY = 20.3
"""Of the expected numbers of events, in fb^-1."""
SETTINGS = "monash 2026-11"
TREES: dict[str, Any] = {
    "max_iter": 100,
    "learning_rate": 0.06,
    "max_leaf_nodes": 8,
    "l2_regularization": 1.0,
}
LOSS = 0.02
"""Share of the AMS of boosted trees that another classifier may fall short of, beyond the error of
their difference."""
_MASS = FEATURES.index("collinear mass")
_PI = 3.15

_EVENT = {
    "lepton_pt": ("GeV", "transverse momentum of the electron or muon", 20.0, 500.0),
    "lepton_eta": ("1", "pseudorapidity of the electron or muon", -2.5, 2.5),
    "lepton_phi": ("1", "azimuth of the electron or muon", -_PI, _PI),
    "tau_pt": ("GeV", "visible transverse momentum of the hadronic tau", 20.0, 800.0),
    "tau_eta": ("1", "pseudorapidity of what is visible of the hadronic tau", -2.5, 2.5),
    "tau_phi": ("1", "azimuth of what is visible of the hadronic tau", -_PI, _PI),
    "tau_mass": ("GeV", "visible mass of the hadronic tau", 0.0, 2.5),
    "missing_x": ("GeV", "missing transverse momentum along x", -600.0, 600.0),
    "missing_y": ("GeV", "missing transverse momentum along y", -600.0, 600.0),
    "jets": ("1", "number of anti-k_T jets, R = 0.4, p_T > 30 GeV, |eta| < 4.5", 0.0, 15.0),
    "jet_1_pt": ("GeV", "transverse momentum of the hardest jet; 0 where there is none", 0, 1200.0),
    "jet_1_eta": ("1", "pseudorapidity of the hardest jet", -4.6, 4.6),
    "jet_1_phi": ("1", "azimuth of the hardest jet", -_PI, _PI),
    "jet_2_pt": ("GeV", "transverse momentum of the second jet; 0 where there is none", 0, 800.0),
    "jet_2_eta": ("1", "pseudorapidity of the second jet", -4.6, 4.6),
    "jet_2_phi": ("1", "azimuth of the second jet", -_PI, _PI),
}
INPUTS = (
    Input(
        name="event",
        meaning="an event with an electron or muon, a hadronic tau, missing momentum and jets",
        unit="1",
        shape=("N", len(_EVENT)),
        dtype="float32",
        features=tuple(
            Feature(name=name, meaning=meaning, unit=unit, low=low, high=high)
            for name, (unit, meaning, low, high) in _EVENT.items()
        ),
    ),
)
OUTPUTS = (
    Output(name="higgs", unit="1", meaning="probability of a Higgs boson"),
    Output(name="z", unit="1", meaning="probability of a Z boson"),
)
DATASET = RecipeDataSet(
    name="higgs-z-tautau",
    title="Higgs and Z bosons to tau pairs from Pythia 8 in pp collisions at 8 TeV",
    description=(
        f"{EVENTS // 2:,} events with a Higgs boson of 125 GeV and {EVENTS // 2:,} with a Z boson "
        "that recoil against a jet, one tau decaying to an electron or muon and one to hadrons, "
        "smeared. A small look-alike of the boosted part of the Higgs boson machine learning "
        "challenge (doi:10.7483/OPENDATA.ATLAS.ZBP2.M5T8): Z -> tau tau is the only background, "
        "cross sections are of leading order. Use the public set to compare classifiers."
    ),
    columns=(
        table.column("higgs", "1", "1 for a Higgs boson, 0 for a Z boson", "target"),
        table.column(
            "weight",
            "1",
            f"expected events in {LUMINOSITY} fb^-1 that the row stands for",
            "weight",
        ),
        *(table.column(name, unit, what, "input") for name, (unit, what, *_) in _EVENT.items()),
    ),
    generator=Generator(
        program="Pythia",
        version="8.317.2",
        settings={
            "energy": "pp at 8 TeV, Monash tune, multiple interactions off",
            "Higgs": "HiggsSM:gg2Hg(l:t), qg2Hq(l:t), qqbar2Hg(l:t), 125 GeV, to tau pairs",
            "Z": "WeakBosonAndParton:qqbar2gmZg, qg2gmZq, 60 to 150 GeV, to tau pairs",
            "taus": "alike in both, spin included; the negative one to e or mu, the other to "
            "hadrons",
            "selection": f"lepton and tau p_T > {ditau.VISIBLE_PT:g} GeV, |eta| < "
            f"{ditau.VISIBLE_ETA:g}; p_T of lepton, tau and missing momentum together > "
            f"{ditau.BOSON_PT:g} GeV; p_T of the hard process > {ditau.HARD_PT:g} GeV",
            "smearing": "lepton 2 %, tau 5 % + 30 %/sqrt(E), 10 GeV in each component of the "
            "missing momentum",
            "seeds": f"1 + number of the first event of each part of {PART} events, in each class",
        },
        recipe="classifier_higgs_tautau",
        seed=SEED,
        comparison="statistics",
        tolerance=0.05,
    ),
    references=bibtex.select("Bierlich:2022pfr", "Cacciari:2011ma", "Adam-Bourdarios:2015higgsml"),
)


def classifier(name: str, title: str, description: str, fit: Fit, baseline: Any) -> Recipe:
    """The recipe ``name`` of a classifier of `higgs-z-tautau`."""
    return Recipe(
        name=name,
        version=1,
        kind="classifier",
        title=title,
        description=(
            f"{description} Probability that an event with an electron or muon, a hadronic tau and "
            "missing momentum is H -> tau tau, against Z -> tau tau, for as many of one as of the "
            f"other, where the pair has p_T > {ditau.BOSON_PT:g} GeV. Trained on "
            f"{EVENTS:,} events of Pythia 8 with toy smearing, a look-alike of the Higgs boson "
            "machine learning challenge: not for data."
        ),
        subject="Higgs boson to tau pair | Z boson to tau pair",
        conditions=Conditions(
            energy=ditau.ENERGY,
            working_point=f"lepton and hadronic tau, p_T of the pair above {ditau.BOSON_PT:g} GeV",
        ),
        inputs=INPUTS,
        outputs=OUTPUTS,
        default_output="higgs",
        truth=Truth(
            program="Pythia",
            version="8.317.2",
            settings={"label": "the process that was generated"},
            references=("Bierlich:2022pfr", "Adam-Bourdarios:2015higgsml"),
            no_uncertainty=(
                "A label is the process that was generated, which has no uncertainty. Missing: the "
                "detector, other backgrounds, orders beyond the leading one, multiple "
                "interactions."
            ),
            seconds_per_label=0.027,
        ),
        dataset=DATASET,
        label=label,
        split=split_rows,
        fit=fit,
        baseline=baseline,
        checks=check,
        seed=SEED,
        created="2026-11-30",
        references=bibtex.select(
            "Bierlich:2022pfr", "Cacciari:2011ma", "Adam-Bourdarios:2015higgsml"
        ),
        validation_note=(
            "The error of a probability is its distance from the frequency in reliability bins of "
            "100 events, which includes the binomial error of the bin (0.05 at a probability of a "
            "half). The AMS is among the checks, with the error of the bootstrap: a third of it "
            "and more on so few events, so that no difference between two classifiers can be told."
        ),
        events=to_events,
        corners=_corners,
    )


def label(run: Run) -> Rows:
    """Events of both classes, part by part in turns, with weights that add up to what is expected
    in `LUMINOSITY`."""
    each = max(PART, (run.rows or EVENTS) // (2 * PART) * PART)
    points = np.array(
        [
            (kind, k)
            for first in range(0, each, PART)
            for kind in (ditau.HIGGS, ditau.Z)
            for k in range(first, first + PART)
        ],
        dtype=np.float64,
    )
    made = parts.compute(run, ditau.labels, points, part=PART, name="ditau", settings=SETTINGS)
    made[:, 1] *= LUMINOSITY * PART / each
    return {
        name: made[:, k].astype(np.int8 if name in ("higgs", "jets") else np.float32)
        for k, name in enumerate(ditau.COLUMNS)
    }


def split_rows(rows: int, seed: int) -> Split:
    """Rows by their use: three tenths for the figures."""
    return split(rows, validation=0.15, calibration=0.15, test=0.3, seed=seed)


def to_events(x: Array) -> dict[str, NDArray[Any]]:
    """The tensor of the network from the input columns (N, 16)."""
    return {"event": x.astype(np.float32)}


def boost(x: Array, signal: NDArray[np.bool_], seed: int) -> Any:
    """Gradient-boosted trees of scikit-learn on the features of events (N, 16)."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(**TREES, early_stopping=False, random_state=seed)
    return model.fit(describe(x), signal)


def boost_features(x: Array, y: Array, new: Array) -> tuple[str, Array]:
    """The baseline of a network: boosted trees on the same features."""
    p = boost(x, y[:, 0] > 0.5, SEED).predict_proba(describe(new))[:, 1]
    return "gradient boosting on the same features", np.stack([p, 1 - p], axis=1)


def bin_mass(x: Array, y: Array, new: Array) -> tuple[str, Array]:
    """The baseline of trees: the share of Higgs bosons in bins of the collinear mass."""
    mass, there = (describe(rows)[:, _MASS] for rows in (x, new))
    edges = np.quantile(mass, np.linspace(0, 1, 31)[1:-1])
    number = np.searchsorted(edges, mass)
    share = np.array([(y[number == k, 0].sum() + 1) / ((number == k).sum() + 2) for k in range(30)])
    p = share[np.searchsorted(edges, there)]
    return "share in 30 bins of the collinear mass", np.stack([p, 1 - p], axis=1)


def check(predict: Callable[[Any], Array], run: Run) -> Sequence[Check]:
    """Symmetries; and the AMS on unseen events beside that of boosted trees."""
    own = run.out / f"{DATASET.name}.parquet"
    data = own if own.exists() else table.bundled(DATASET)
    if data is None:
        return ()
    rows = table.read(data, DATASET)
    x = table.columns(rows, DATASET, "input")
    return (*_symmetries(predict, x[::10]), _check_ams(predict, rows, x))


def _symmetries(predict: Callable[[Any], Array], x: Array) -> list[Check]:
    plain = predict(to_events(x))
    names = list(_EVENT)
    turned, mirrored = x.copy(), x.copy()
    angles = [names.index(n) for n in ("lepton_phi", "tau_phi")]
    turned[:, angles] = (x[:, angles] + 1.234 + np.pi) % (2 * np.pi) - np.pi
    mx, my = names.index("missing_x"), names.index("missing_y")
    cosine, sine = np.cos(1.234), np.sin(1.234)
    turned[:, mx] = cosine * x[:, mx] - sine * x[:, my]
    turned[:, my] = sine * x[:, mx] + cosine * x[:, my]
    mirrored[:, [names.index(n) for n in ("lepton_eta", "tau_eta")]] *= -1
    found = []
    for name, changed in (("turns about the beam", turned), ("is mirrored", mirrored)):
        moved = float(np.abs(predict(to_events(changed)) - plain).mean())
        found.append(
            Check(
                name=f"unchanged when the event {name}",
                passed=moved < 1e-4,
                figure=f"probabilities of {len(plain)} events move by {moved:.1e} in the mean",
                criterion="below 0.0001",
            )
        )
    return found


def _check_ams(predict: Callable[[Any], Array], rows: Rows, x: Array) -> Check:
    """Both cuts are chosen on the validation events and applied to the test events."""
    is_signal, weight = rows["higgs"] == 1, rows["weight"].astype(np.float64)
    use = split_rows(len(x), SEED)
    trees = boost(x[use.train], is_signal[use.train], SEED)
    scores = (predict(to_events(x))[:, 0], trees.predict_proba(describe(x))[:, 1])
    scaled = {k: weight * len(x) / len(r) for k, r in (("v", use.validation), ("t", use.test))}
    test, passes = use.test, []
    for score in scores:
        cut = choose_cut(
            score[use.validation], is_signal[use.validation], scaled["v"][use.validation]
        )
        passes.append(score[test] >= cut)
    counts = [count_passing(p, is_signal[test], scaled["t"][test]) for p in passes]
    own, other = (float(compute_ams(np.array(s), np.array(b))) for s, b in counts)
    drawn = resample_ams(passes, is_signal[test], scaled["t"][test], SEED)
    (error, of_other), of_difference = drawn.std(axis=0), float((drawn[:, 0] - drawn[:, 1]).std())
    return Check(
        name=f"AMS in {LUMINOSITY} fb^-1 on {len(test):,} unseen events",
        passed=own > (1 - LOSS) * other - 2 * of_difference,
        figure=(
            f"{own:.2f} ± {error:.2f} ({counts[0][0]:.0f} signal, {counts[0][1]:.0f} background "
            f"events); boosted trees {other:.2f} ± {of_other:.2f}, difference {own - other:+.2f} ± "
            f"{of_difference:.2f}; b_reg = 10, cuts chosen on validation events"
        ),
        criterion=f"within {LOSS:.0%} of the trees, or two errors of the difference below",
    )


def _corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    mass = np.exp(describe(x)[:, _MASS])
    return {
        "collinear mass 110 to 150 GeV": (mass > 110) & (mass < 150),
        "collinear mass below 110 GeV": mass <= 110,
        "two jets or more": x[:, list(_EVENT).index("jets")] >= 2,
    }
