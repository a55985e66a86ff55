"""classifier-top-qcd: boosted tops against light quarks and gluons, from the constituents of a jet.

A look-alike of the public top-tagging set (zenodo.2603256) with Pythia 8 alone, without a detector:
see `lhnets_training.labels.events.jets`. The network is a particle-flow network with energy-flow
polynomials; it takes all constituents, keeps the 32 hardest, and does not change when the jet turns
about the beam or is boosted along it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lhnets.format import Check, Conditions, Feature, Input, Output, Quantity, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data import table
from lhnets_training.fit.jets.coordinates import KEPT, coordinates
from lhnets_training.fit.jets.graph import MOST, Platt, export
from lhnets_training.fit.jets.particle_flow import ParticleFlowPlan, Student, fit
from lhnets_training.fit.jets.region import JetReach, JetRegion
from lhnets_training.labels import parts
from lhnets_training.labels.events import jets
from lhnets_training.onnx.replace import replace_reach
from lhnets_training.recipe import Array, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes.classifiers._further_qcd import as_rows, check_rejection, companion
from lhnets_training.split import Split, split

SEED = 1
JETS = 20_000
PART = 250
"""Jets of one start of Pythia."""
REGION = JetRegion(
    pt=(548.0, 652.0),
    kept_pt=(350.0, 652.0),
    rapidity=2.02,
    mass=(7.0, 350.0),
    radius=1.25,
    multiplicity=(8.0, 250.0),
)
"""The selection of the jets, the rounding of the data set allowed for; masses, radii and
multiplicities as far as 40,000 jets of both classes reach."""
LEAST = 1e-6
"""Smallest uncertainty of a probability."""
CHECKED = 500
PLAN = ParticleFlowPlan()

_SETTINGS = "monash 2026-11"
_SHAPES = {
    "jet_pt": ("GeV", "transverse momentum of the jet, of all its constituents"),
    "jet_eta": ("1", "pseudorapidity of the jet"),
    "jet_phi": ("1", "azimuth of the jet"),
    "jet_mass": ("GeV", "mass of the jet, of all its constituents"),
    "tau_1": ("1", "1-subjettiness, beta = 1, exclusive k_T axes"),
    "tau_2": ("1", "2-subjettiness, beta = 1, exclusive k_T axes"),
    "tau_3": ("1", "3-subjettiness, beta = 1, exclusive k_T axes"),
    "constituents": ("1", "number of constituents, of which the hardest 32 are kept"),
}
_QUANTITIES = {
    "pt": (f"{jets.MOMENTUM_STEP} GeV", "transverse momentum, in steps"),
    "eta": (f"{jets.ANGLE_STEP}", "pseudorapidity about that of the jet, in steps"),
    "phi": (f"{jets.ANGLE_STEP}", "azimuth about that of the jet, in steps"),
}
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
    columns=(
        table.column("top", "1", "1 for a top, 0 for a light quark or gluon", "target"),
        *(table.column(name, unit, meaning, "input") for name, (unit, meaning) in _SHAPES.items()),
        *(
            table.column(
                f"{name}_{k}",
                unit,
                f"{meaning}, of constituent {k}, hardest first; 0 where there is none",
                "input",
            )
            for name, (unit, meaning) in _QUANTITIES.items()
            for k in range(1, jets.LEADING + 1)
        ),
    ),
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


FURTHER = companion(DATASET, PART, _SETTINGS)
"""Jets that nothing is trained on."""


def _momentum(name: str, quantity: Quantity, meaning: str, low: float, high: float) -> Feature:
    return Feature(name=name, quantity=quantity, meaning=meaning, unit="GeV", low=low, high=high)


INPUTS = (
    Input(
        name="constituents",
        meaning="four-momenta of the constituents of the jet, in any order; the 32 hardest are "
        "looked at",
        unit="GeV",
        symbol="p_i",
        shape=("N", "P", 4),
        dtype="float32",
        features=(
            _momentum("E", "energy", "energy", 0.0, 2900.0),
            _momentum("px", "px", "momentum along x", -660.0, 660.0),
            _momentum("py", "py", "momentum along y", -660.0, 660.0),
            _momentum("pz", "pz", "momentum along the beam", -2800.0, 2800.0),
        ),
        padding=0.0,
    ),
    Input(
        name="mask",
        meaning="true for a constituent, false for padding",
        unit="1",
        shape=("N", "P"),
        dtype="bool",
        mask_of=("constituents",),
    ),
)


def _label(run: Run) -> Rows:
    """Jets of both classes, as many of each, in parts of `PART`."""
    each = max(PART, (run.rows or JETS) // (2 * PART) * PART)
    points = np.array(
        [(kind, k) for kind in (jets.TOP, jets.QCD) for k in range(each)], dtype=np.float64
    )
    made = parts.compute(run, jets.labels, points, part=PART, name="jets", settings=_SETTINGS)
    return as_rows(made)


def momenta(x: Array) -> NDArray[np.float32]:
    """(E, px, py, pz) of the constituents (N, 32, 4) in GeV from the input columns (N, 104), zeros
    where there is none."""
    eta_jet, phi_jet = x[:, 1:2], x[:, 2:3]
    pt, eta, phi = np.split(x[:, len(jets.SHAPES) :], 3, axis=1)
    pt, eta, phi = (
        pt * jets.MOMENTUM_STEP,
        eta_jet + eta * jets.ANGLE_STEP,
        phi_jet + phi * jets.ANGLE_STEP,
    )
    found = np.stack(
        [pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1
    )
    return found.astype(np.float32)


def _events(x: Array) -> dict[str, NDArray[Any]]:
    found = momenta(x)
    return {"constituents": found, "mask": found[..., 0] > 0}


def _split(rows: int, seed: int) -> Split:
    return split(rows, validation=0.075, calibration=0.15, test=0.25, seed=seed)


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
    platt = _platt(student, *check)

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
        reach=lambda new: REGION.reach(_events(new)),
    )


def _replace_reach(model: bytes) -> bytes:
    """The graph with the reach of `REGION`."""
    return replace_reach(model, lambda graph: JetReach(graph, REGION).build("constituents", "mask"))


def _platt(student: Student, seen: Any, top: NDArray[np.bool_]) -> Platt:
    """Slope and offset of the logit that minimise the log loss on the validation jets."""
    from sklearn.linear_model import LogisticRegression

    logit, _ = student(seen)
    found = LogisticRegression(C=1e6).fit(logit[:, None], top)
    return Platt(float(found.coef_[0, 0]), float(found.intercept_[0]), 1.0)


def _baseline(x: Array, y: Array, new: Array) -> tuple[str, Array]:
    """Gradient boosting on the mass and ratios of subjettiness of the whole jet."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.08, random_state=0)
    model.fit(_substructure(x), y[:, 0] > 0.5)
    p = model.predict_proba(_substructure(new))[:, 1]
    return "gradient boosting on jet mass, tau_32 and tau_21", np.stack([p, 1 - p], axis=1)


def _substructure(x: Array) -> Array:
    mass, one, two, three = x[:, 3], x[:, 4], x[:, 5], x[:, 6]
    return np.stack([mass, three / np.maximum(two, 1e-9), two / np.maximum(one, 1e-9)], axis=1)


def _corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    mass, pt = x[:, 3], x[:, 0]
    return {
        "jet mass 140 to 200 GeV": (mass > 140) & (mass < 200),
        "jet mass below 140 GeV": mass <= 140,
        "jet mass above 200 GeV": mass >= 200,
        "jet p_T above 625 GeV": pt > 625,
        "jet |eta| above 1.5": np.abs(x[:, 1]) > 1.5,
    }


def _checks(predict: Callable[[Any], Array], run: Run) -> Sequence[Check]:
    """Symmetries, on jets of the set; and how much of the further background passes."""
    own = run.out / f"{DATASET.name}.parquet"
    data = own if own.exists() else table.bundled(DATASET)
    if data is None:
        return ()
    rows = table.read(data, DATASET)
    x = table.columns(rows, DATASET, "input")
    few = _events(x[np.random.default_rng(SEED).permutation(len(x))[:CHECKED]])
    plain = predict(few)
    changes = {
        "unchanged when constituents are exchanged": _exchanged(few),
        "unchanged by padding and what stands in it": _padded(few),
        "unchanged when the jet turns about the beam": _turned(few),
        "unchanged by a boost along the beam": _boosted(few),
    }
    found = [_unchanged(name, predict(events), plain) for name, events in changes.items()]
    mirrored = float(np.abs(predict(_mirrored(few)) - plain).mean())
    total = float(np.abs(plain.sum(axis=1) - 1).max())
    return (
        *found,
        Check(
            name="hardly changed when the jet is mirrored, which is learnt and not built in",
            passed=mirrored < 0.01,
            figure=f"probabilities of {len(plain)} jets move by {mirrored:.1e} in the mean",
            criterion="below 0.01",
        ),
        Check(
            name="probabilities sum to 1",
            passed=total < 1e-12,
            figure=f"off by {total:.1e}",
            criterion="below 1e-12",
        ),
        *_prongs(predict),
        *check_rejection(FURTHER, run, predict, _events, _unseen_tops(rows)),
    )


def _unseen_tops(rows: Rows) -> Array:
    """The tops among the rows of the test."""
    x, top = (table.columns(rows, DATASET, role) for role in ("input", "target"))
    test = _split(len(x), SEED).test
    return np.asarray(x[test][top[test, 0] > 0.5])


def _unchanged(name: str, changed: Array, plain: Array) -> Check:
    difference = float(np.abs(changed - plain).max())
    return Check(
        name=name,
        passed=difference < 1e-4,
        figure=f"probabilities of {len(plain)} jets move by {difference:.1e} at most",
        criterion="below 1e-4",
    )


def _exchanged(events: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    order = np.random.default_rng(SEED).permutation(events["mask"].shape[1])
    return {name: array[:, order] for name, array in events.items()}


def _padded(events: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    constituents, mask = events["constituents"], events["mask"]
    nothing = np.full((len(mask), 20, 4), 7.0, dtype=np.float32)
    return {
        "constituents": np.concatenate([nothing, constituents], axis=1),
        "mask": np.concatenate([np.zeros((len(mask), 20), dtype=bool), mask], axis=1),
    }


def _moved(events: dict[str, NDArray[Any]], matrix: Array) -> dict[str, NDArray[Any]]:
    turned = np.einsum("ij,npj->npi", matrix, events["constituents"].astype(np.float64))
    return {**events, "constituents": turned.astype(np.float32)}


def _turned(events: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    cosine, sine = np.cos(1.234), np.sin(1.234)
    return _moved(
        events,
        np.array([[1, 0, 0, 0], [0, cosine, -sine, 0], [0, sine, cosine, 0], [0, 0, 0, 1.0]]),
    )


def _mirrored(events: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return _moved(events, np.diag([1.0, 1.0, 1.0, -1.0]))


def _boosted(events: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    cosh, sinh = np.cosh(0.3), np.sinh(0.3)
    return _moved(
        events, np.array([[cosh, 0, 0, sinh], [0, 1, 0, 0], [0, 0, 1, 0], [sinh, 0, 0, cosh]])
    )


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
    subject="top jet | light-quark or gluon jet",
    conditions=Conditions(
        energy=jets.ENERGY,
        working_point="anti-k_T jets with R = 0.8, 550 < p_T < 650 GeV, |eta| < 2",
    ),
    inputs=INPUTS,
    outputs=(
        Output(name="top", unit="1", meaning="probability of a hadronically decaying top"),
        Output(name="qcd", unit="1", meaning="probability of a light quark or gluon"),
    ),
    default_output="top",
    truth=Truth(
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
    ),
    dataset=DATASET,
    label=_label,
    split=_split,
    fit=_fit,
    baseline=_baseline,
    checks=_checks,
    seed=SEED,
    created="2026-11-22",
    references=bibtex.select(
        "Bierlich:2022pfr",
        "Cacciari:2011ma",
        "Butter:2017cot",
        "Kasieczka:2019dbj",
        "Komiske:2018cqr",
    ),
    validation_note=(
        "The error of a probability is its distance from the frequency in reliability bins of 100 "
        "jets, which includes the binomial error of the bin (0.05 at a probability of a half); "
        "the uncertainty is mostly smaller than that, and coverage is that of counts in bins of "
        "25. Rejections are on 2,500 QCD jets: 1/eps_B = 300 has a statistical error of 35 %, and "
        "differences to the baseline of that size mean nothing; AUC and log loss are the figures "
        "to compare. Among the checks is the rejection on more jets that nothing was trained on."
    ),
    events=_events,
    companions=(FURTHER,),
    region=REGION.ranges("constituents"),
    replace_reach=_replace_reach,
    corners=_corners,
)
