"""The recipe of a generator of pairs of particles at parton level, with the energy of the collision
as its condition."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from lhnets.format import (
    Check,
    Conditions,
    Curve,
    Feature,
    Figure,
    FigureBaseline,
    GeneratorValidation,
    Input,
    Output,
    Quantity,
    Truth,
)
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data import table
from lhnets_training.fit.flows.pair import PairFlow, PairSpace
from lhnets_training.fit.flows.pair_graph import COORDINATES, NOISE, export
from lhnets_training.fit.flows.splines import FlowPlan, fit
from lhnets_training.judging.two_samples import two_sample_auc
from lhnets_training.labels.events.pairs import PairProcess, draw
from lhnets_training.recipe import Array, Examined, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.split import Split, split

SEED = 1
ENERGY = "sqrt_s"
EVENTS = 4000
"""Events of the data set at each energy."""
KNOWN = tuple(1000.0 * e for e in (7, 7.5, 8, 8.5, 9, 9.5, 10, 10.5, 11, 11.5, 12, 12.5, 13.5, 14))
"""Energies of the data set, in GeV."""
SEEN, UNSEEN = 8000.0, 13000.0
"""One of them, and one between them that it does not hold."""
JUDGED = 30_000
"""Events that Pythia draws anew for a judge, and the network as many."""
POINTS = 40_000
"""Of an integral."""
SPEED = 20_000
PLAN = FlowPlan()
BINS = 30
_NAMES = ("mass", "rapidity", "cos_theta", "phi")


@dataclass(frozen=True, kw_only=True)
class PairGenerator:
    """A process whose final state is a pair."""

    name: str
    title: str
    process: PairProcess
    space: PairSpace
    subject: str
    words: str
    first: str
    second: str
    note: str
    simple: str
    """What events are that are flat in the cube of `space`."""


def make_recipe(pair: PairGenerator, created: str) -> Recipe:
    """The recipe of a pair."""
    dataset, inputs = _dataset(pair), _inputs(pair)
    low, high = (e / 1000 for e in pair.space.energies)
    return Recipe(
        name=pair.name,
        version=1,
        kind="generator",
        title=pair.title,
        description=(
            f"Draws events of {pair.words} at leading order and parton level in pp collisions of "
            f"{low:g} to {high:g} TeV, and gives their density, both from one file. The pair has a "
            f"mass of {pair.space.least:g} to {pair.space.most:g} GeV and no transverse momentum: "
            "there is no shower, no radiation and no detector. Coordinates are the mass and the "
            f"rapidity of the pair, and the direction of the {pair.first} in its rest frame, "
            f"boosted along the beam; momenta follow from them. {pair.note}"
        ),
        subject=pair.subject,
        conditions=Conditions(order="LO", pdf="NNPDF23_lo_as_0130_qed"),
        inputs=inputs,
        outputs=_outputs(pair),
        default_output="mass",
        truth=Truth(
            program="Pythia",
            version="8.317.2",
            settings={"processes": ", ".join(pair.process.settings), "parton level": "off"},
            references=("Bierlich:2022pfr",),
            no_uncertainty=(
                "The events are those of the program at leading order, drawn with one scale and "
                "one PDF set. Higher orders, the choice of scale and the error of the PDF are "
                "missing."
            ),
        ),
        dataset=dataset,
        label=lambda run: _label(pair, run),
        split=lambda rows, seed: split(rows, validation=0.0, calibration=0.0, test=0.02, seed=seed),
        fit=lambda x, y, rows, run: _fit(pair, inputs, x, y, rows, run),
        baseline=lambda x, y, new: ("flat in the unit cube", np.zeros((len(new), 1))),
        checks=lambda predict, run: _checks(pair, predict),
        seed=SEED,
        created=created,
        references=bibtex.select("Bierlich:2022pfr", "Durkan:2019nsq"),
        measure=lambda found: measure(pair, found),
    )


def _inputs(pair: PairGenerator) -> tuple[Input, ...]:
    low, high = pair.space.energies
    limit = float(np.ceil(10 * np.log(high / pair.space.least)) / 10)
    return (
        Input(
            name=ENERGY, meaning="centre-of-mass energy of the protons", unit="GeV",
            symbol=r"\sqrt{s}", low=low, high=high,
        ),
        Input(
            name=COORDINATES,
            meaning="events whose density is asked for",
            unit="1",
            shape=("N", 4),
            dtype="float64",
            features=(
                Feature(name="mass", meaning="mass of the pair", unit="GeV",
                        low=pair.space.least, high=pair.space.most),
                Feature(name="rapidity", meaning="rapidity of the pair", unit="1",
                        low=-limit, high=limit),
                Feature(name="cos_theta", meaning=f"cosine of the {pair.first} to the beam",
                        unit="1", low=-1.0, high=1.0),
                Feature(name="phi", meaning=f"azimuth of the {pair.first}", unit="1",
                        low=-np.pi, high=np.pi),
            ),
        ),
        Input(
            name=NOISE, meaning="uniform random numbers", unit="1", shape=("N", 4),
            dtype="float64", noise="uniform",
        ),
    )  # fmt: skip


def _outputs(pair: PairGenerator) -> tuple[Output, ...]:
    def plain(name: str, unit: str, meaning: str, **more: Any) -> Output:
        return Output(name=name, unit=unit, meaning=meaning, has_uncertainty=False, **more)

    quantities: tuple[tuple[str, Quantity], ...] = (
        ("E", "energy"), ("px", "px"), ("py", "py"), ("pz", "pz"),
    )  # fmt: skip
    return (
        plain("mass", "GeV", "mass of the pair"),
        plain("rapidity", "1", "rapidity of the pair"),
        plain("cos_theta", "1", f"cosine of the {pair.first} to the beam, in the rest frame"),
        plain("phi", "1", f"azimuth of the {pair.first}"),
        *(
            plain(f"{short}_{name}", "GeV", f"{quantity} of the {who}", particle=number,
                  quantity=quantity)
            for short, who, number in (
                ("first", pair.first, pair.process.first),
                ("second", pair.second, pair.process.second),
            )
            for name, quantity in quantities
        ),
        plain("log_density", "1", "log of the density per GeV and unit of the other coordinates",
              density_of=COORDINATES),
    )  # fmt: skip


def _dataset(pair: PairGenerator) -> RecipeDataSet:
    meanings = {
        "mass": ("GeV", "mass of the pair"),
        "rapidity": ("1", "rapidity of the pair"),
        "cos_theta": ("1", f"cosine of the {pair.first} to the beam, in the rest frame"),
        "phi": ("1", f"azimuth of the {pair.first}"),
    }
    return RecipeDataSet(
        name=f"{pair.name.removeprefix('generator-')}-events",
        title=f"Events of {pair.words} at parton level from Pythia 8",
        description=(
            f"{EVENTS:,} events at each of {len(KNOWN)} energies from {KNOWN[0] / 1000:g} to "
            f"{KNOWN[-1] / 1000:g} TeV; 13 TeV is left out, to be predicted. Leading order, no "
            "shower. In single precision."
        ),
        columns=(
            table.column(ENERGY, "GeV", "centre-of-mass energy", "input"),
            *(table.column(n, unit, what, "target") for n, (unit, what) in meanings.items()),
        ),
        generator=Generator(
            program="Pythia",
            version="8.317.2",
            settings={"processes": ", ".join(pair.process.settings), "parton level": "off"},
            recipe=pair.name.replace("-", "_"),
            seed=SEED,
            comparison="statistics",
            tolerance=0.05,
        ),
        references=bibtex.select("Bierlich:2022pfr"),
    )


def _label(pair: PairGenerator, run: Run) -> Rows:
    each = EVENTS if run.rows is None else max(1, run.rows // len(KNOWN))
    made = [
        np.column_stack([np.full(each, e), draw(pair.process, e, each, SEED + k)])
        for k, e in enumerate(KNOWN)
    ]
    flat = np.concatenate(made).astype(np.float32)
    return {name: flat[:, k] for k, name in enumerate((ENERGY, *_NAMES))}


def _fit(
    pair: PairGenerator, inputs: tuple[Input, ...], x: Array, y: Array, rows: Split, run: Run
) -> Fitted:
    plan = replace(PLAN, epochs=run.steps(PLAN.epochs), seed=run.seed)
    space, sqrt_s = pair.space, x[rows.train, 0]
    cube = np.clip(space.to_cube(y[rows.train], sqrt_s), 0.0, 1.0)
    flow = PairFlow(fit(cube, space.scaled_energy(sqrt_s)[:, None], plan, run.console), space)

    def predict(given: Array) -> tuple[Array, Array]:
        energy, events, noise = given[:, 0], given[:, 1:5], given[:, 5:]
        logs = flow.log_density(events, energy)
        value = np.concatenate([flow.sample(noise, energy), logs[:, None]], 1)
        return value, np.zeros_like(value)

    return Fitted(
        predict=predict,
        export=lambda _: export(flow, inputs),
        method="autoregressive flow of rational-quadratic splines, by maximum likelihood",
        framework="torch",
        framework_version=torch.__version__.partition("+")[0],
        hyperparameters=asdict(plan),
    )


def arrays(sqrt_s: float, coordinates: Array, noise: Array) -> dict[str, Array]:
    """What the file takes."""
    energy = np.full((len(noise), 1), sqrt_s)
    return {"parameters": energy, COORDINATES: coordinates, NOISE: noise}


def generate(
    predict: Callable[[Any], Array], pair: PairGenerator, sqrt_s: float, seed: int, n: int
) -> Array:
    """Coordinates and momenta (n, 12) of events that the file draws."""
    noise = np.random.default_rng(seed).random((n, 4))
    middle = np.tile([(pair.space.least + pair.space.most) / 2, 0.0, 0.0, 0.0], (n, 1))
    return predict(arrays(sqrt_s, middle, noise))[:, :12]


def integrate(
    predict: Callable[[Any], Array], pair: PairGenerator, sqrt_s: float, seed: int
) -> Figure:
    """The integral of the density over all coordinates, by points that are flat in the cube."""
    u = np.random.default_rng(seed).random((POINTS, 4))
    x = pair.space.from_cube(u, np.full(POINTS, sqrt_s))
    logs = predict(arrays(sqrt_s, x, u))[:, -1]
    share = np.exp(logs - pair.space.log_volume(x, np.full(POINTS, sqrt_s)))
    return _figure(float(share.mean()), float(share.std() / np.sqrt(POINTS)))


def measure(pair: PairGenerator, found: Examined) -> GeneratorValidation:
    """Judges between generated and simulated events, at an energy of the data set and between."""
    n = max(1000, found.run.steps(JUDGED))
    aucs: dict[str, Figure] = {}
    speeds: list[float] = []
    for number, sqrt_s in enumerate((SEEN, UNSEEN)):
        start = time.perf_counter()
        truth = draw(pair.process, sqrt_s, n, 1000 + number)
        simulated = (time.perf_counter() - start) / n
        made = generate(found.predict, pair, sqrt_s, 2000 + number, n)[:, :4]
        real, drawn = (pair.space.to_cube(c, np.full(n, sqrt_s)) for c in (truth, made))
        aucs[f"{sqrt_s / 1000:g}_TeV"] = two_sample_auc(real, drawn, seed=number)
        speeds.append(simulated / _seconds(found, pair, sqrt_s))
    flat = np.random.default_rng(5).random((n, 3))
    baseline = two_sample_auc(real, flat, seed=5)
    half = n // 2
    floor = two_sample_auc(real[:half], real[half : 2 * half], seed=6)
    curves = _curves(pair, truth, made)
    seen, unseen = aucs.values()
    return GeneratorValidation(
        rows=2 * n,
        two_sample_auc=unseen,
        baseline=FigureBaseline(method=pair.simple, figure=baseline),
        figures={
            "two_sample_auc_at_8_TeV,_in_the_data_set": seen,
            "two_sample_auc_of_simulated_events_with_each_other": floor,
            "integral_of_the_density_at_13_TeV": integrate(found.predict, pair, UNSEEN, 7),
            "events_a_second_over_those_of_Pythia": _figure(
                float(np.mean(speeds)), float(np.std(speeds, ddof=1) / np.sqrt(2))
            ),
        },
        curves=curves,
        note=(
            "The two-sample AUC is that at 13 TeV, which the data set leaves out. Two judges, a "
            f"network and boosted trees, are trained on half of {n:,} generated and as many "
            "simulated events, drawn anew; the AUC is of the judge that tells more, on the other "
            "half. Speeds are of one thread each, measured in one run."
        ),
    )


def _seconds(found: Examined, pair: PairGenerator, sqrt_s: float) -> float:
    start = time.perf_counter()
    generate(found.predict, pair, sqrt_s, 9, SPEED)
    return (time.perf_counter() - start) / SPEED


def _curves(pair: PairGenerator, truth: Array, made: Array) -> dict[str, Curve]:
    """Spectra at the unseen energy."""
    found: dict[str, Curve] = {}
    for k, (name, unit) in enumerate((("mass", " [GeV]"), ("rapidity", ""), ("cos_theta", ""))):
        low, high = np.quantile(truth[:, k], [0.001, 0.999])
        edges = np.linspace(low, high, BINS + 1)
        middle = tuple(float(f"{x:.5g}") for x in (edges[1:] + edges[:-1]) / 2)
        for label, sample in (("generated", made), ("simulated", truth)):
            counts, _ = np.histogram(sample[:, k], edges)
            norm = len(sample) * (edges[1] - edges[0])
            found[f"{name} at 13 TeV: {label}"] = Curve(
                x_name=f"{name}{unit}",
                y_name="density",
                x=middle,
                y=tuple(float(f"{c / norm:.4g}") for c in counts),
                error=tuple(float(f"{np.sqrt(c) / norm:.2g}") for c in counts),
            )
    return found


def _checks(pair: PairGenerator, predict: Callable[[Any], Array]) -> Sequence[Check]:
    n, space = 20_000, pair.space
    made = generate(predict, pair, UNSEEN, 11, n)
    total = made[:, 4:8] + made[:, 8:12]
    mass = np.sqrt(total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(1))
    off = float(np.abs(mass / made[:, 0] - 1).max())
    noise = np.random.default_rng(11).random((n, 4))
    logs = predict(arrays(UNSEEN, np.ascontiguousarray(made[:, :4]), noise))[:, -1]
    share = np.exp(space.log_volume(made[:, :4], np.full(n, UNSEEN)) - logs)
    volume, error = float(share.mean()), float(share.std() / np.sqrt(n))
    found = [
        Check(
            name="momenta have the mass that is generated",
            passed=off < 1e-6,
            figure=f"off by {off:.1e} at most, {n} events",
            criterion="below 1e-6",
        ),
        Check(
            name="density and sampler agree: the mean of 1/density over events is the volume",
            passed=abs(volume - 1) < max(0.02, 4 * error),
            figure=f"{volume:.4f} ± {error:.4f} of the volume",
            criterion="1 within 0.02, or within four errors",
        ),
    ]
    for sqrt_s in (SEEN, UNSEEN):
        whole = integrate(predict, pair, sqrt_s, 12)
        found.append(
            Check(
                name=f"the density integrates to 1 at {sqrt_s / 1000:g} TeV",
                passed=abs(whole.value - 1) < max(0.01, 4 * whole.error),
                figure=f"{whole.value:.4f} ± {whole.error:.4f}",
                criterion="1 within 0.01, or within four errors",
            )
        )
    return found


def _figure(value: float, error: float) -> Figure:
    return Figure(value=float(f"{value:.5g}"), error=float(f"{error:.2g}"))
