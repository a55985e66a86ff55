"""The recipe of an event variable that is learnt from a topology, and judged by its information."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr

from lhnets.events.variables import invariant_mass, transverse_mass
from lhnets.format import (
    Check,
    Conditions,
    Curve,
    Feature,
    Figure,
    FigureBaseline,
    Input,
    Output,
    Quantity,
    Truth,
    VariableValidation,
)
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data import table
from lhnets_training.fit.learnt_variable import LearntVariable, VariablePlan, fit
from lhnets_training.judging.information import Information
from lhnets_training.labels.events.cascades import Draw
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.pipeline.reach import reach_of_events
from lhnets_training.recipe import Array, Examined, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.split import Split, split

SEED = 1
ROWS = 60_000
MOST = 3000.0
"""Largest energy of a visible particle, in GeV."""
UNSEEN = 80_000
"""Events that nothing was fitted to, drawn anew to measure the information: half of them for the
auxiliary classifiers, half for the figures."""
UNSEEN_SEED = 20_000
JUDGES = (1, 2)
CHECKED = 1000
BINS = 24
PLAN = VariablePlan()
_COMPONENTS = ("px", "py", "pz")
PARTICLES = "particles"

Variable = Callable[[Array], Array]
"""From (E, px, py, pz) of the visible particles (N, p, 4) to a number an event (N,)."""


@dataclass(frozen=True, kw_only=True)
class Topology:
    """A decay chain, how its events are drawn, and what is known of it."""

    name: str
    title: str
    chain: str
    production: str
    subject: str
    particles: int
    masses: Mapping[str, str]
    """Names of the parameters and what they are, in GeV."""
    draw: Draw
    reference: Variable
    reference_name: str
    simple: Variable
    simple_name: str
    least_order: float | None = None
    """Rank correlation with the reference that is expected at least, if it is the textbook's answer
    and all there is to know."""
    known: bool = True
    """Whether the reference is the textbook's answer."""
    exchange: bool = False
    """Whether both particles are alike."""
    rises: bool = True
    """Whether the best variable rises when all momenta do. Masses and energies of the events have
    ranges, which do not rise with them."""
    epochs: int = VariablePlan.epochs


def make_recipe(topology: Topology, created: str) -> Recipe:
    """The recipe of a topology."""
    dataset = _dataset(topology)
    tensor = _tensor(topology)
    against = (
        f"judged against {topology.reference_name}"
        if topology.known
        else f"compared with {topology.reference_name}, for there is no textbook answer"
    )
    return Recipe(
        name=topology.name,
        version=1,
        kind="event_variable",
        title=topology.title,
        description=(
            f"One number for an event of {topology.chain}, learnt to keep all that the visible "
            f"momenta know of the masses of the chain, by the method of arXiv:2105.10126; "
            f"{against}. Only its order has a meaning: it has mean 0 and variance 1 over the "
            f"masses that it was trained with, and rises with {topology.reference_name}. Visible "
            f"particles are massless, decays are isotropic, and {topology.production}: it knows of "
            "no other transverse momentum, no width and no detector. Use it where these hold."
        ),
        subject=topology.subject,
        conditions=Conditions(working_point="parton level, flat phase space"),
        inputs=(tensor,),
        outputs=(
            Output(
                name="variable",
                unit="1",
                meaning=f"learnt variable, rises with {topology.reference_name}",
                has_uncertainty=False,
            ),
        ),
        default_output="variable",
        truth=Truth(
            program="flat phase space",
            version="1",
            settings={
                "chain": topology.chain,
                "production": topology.production,
                "masses": "; ".join(f"{n}: {what}" for n, what in topology.masses.items()),
            },
            references=("Kim:2021pcz",),
            no_uncertainty=(
                "The labels are the masses with which the events were drawn. Missing: spin "
                "correlations, widths, radiation and a detector."
            ),
        ),
        dataset=dataset,
        label=lambda run: _label(topology, dataset, run),
        split=lambda rows, seed: split(rows, validation=0.0, calibration=0.0, test=0.1, seed=seed),
        fit=lambda x, y, rows, run: _fit(topology, tensor, x, y, rows, run),
        baseline=lambda x, y, new: (topology.simple_name, topology.simple(momenta(new))[:, None]),
        checks=lambda predict, run: _checks(topology, predict),
        seed=SEED,
        created=created,
        references=bibtex.select("Kim:2021pcz"),
        events=lambda x: {PARTICLES: momenta(x)},
        measure=lambda found: measure(topology, found),
    )


def _dataset(topology: Topology) -> RecipeDataSet:
    names = [f"{c}_{k}" for k in range(1, topology.particles + 1) for c in _COMPONENTS]
    return RecipeDataSet(
        name=f"{topology.name.removeprefix('variable-')}-events",
        title=f"Events of {topology.chain}",
        description=(
            f"{ROWS:,} events of {topology.chain} with masses that differ from event to event, in "
            f"flat phase space; {topology.production}. Momenta of the visible particles, which are "
            f"massless, in single precision, all of them below {MOST:g} GeV."
        ),
        columns=(
            *(
                table.column(n, "GeV", f"{n[:2]} of visible particle {n[3:]}", "input")
                for n in names
            ),
            *(table.column(n, "GeV", what, "target") for n, what in topology.masses.items()),
        ),
        generator=Generator(
            program="flat phase space",
            version="1",
            settings={"chain": topology.chain, "production": topology.production},
            recipe=topology.name.replace("-", "_"),
            seed=SEED,
            comparison="values",
            tolerance=1e-6,
        ),
        references=bibtex.select("Kim:2021pcz"),
    )


def _tensor(topology: Topology) -> Input:
    def feature(name: str, quantity: Quantity, meaning: str, low: float) -> Feature:
        return Feature(
            name=name, quantity=quantity, meaning=meaning, unit="GeV", low=low, high=MOST
        )

    order = "in any order" if topology.exchange else "in the order of the decays"
    return Input(
        name=PARTICLES,
        meaning=f"four-momenta of the visible particles, massless, {order}",
        unit="GeV",
        symbol="p_i",
        shape=("N", topology.particles, 4),
        dtype="float64",
        features=(
            feature("E", "energy", "energy", 0.0),
            feature("px", "px", "momentum along x", -MOST),
            feature("py", "py", "momentum along y", -MOST),
            feature("pz", "pz", "momentum along the beam", -MOST),
        ),
    )


def draw(topology: Topology, rows: int, seed: int) -> tuple[Array, Array]:
    """Visible momenta (rows, p, 4) in single precision, below `MOST`, and masses (rows, k)."""
    rng = np.random.default_rng(seed)
    made = topology.draw(rows + rows // 4, rng)
    kept = np.flatnonzero(made.visible[..., 0].max(axis=1) < MOST)[:rows]
    space = made.visible[kept, :, 1:].astype(np.float32).astype(np.float64)
    return _with_energy(space), made.masses[kept]


def _label(topology: Topology, dataset: RecipeDataSet, run: Run) -> Rows:
    p, masses = draw(topology, run.rows or ROWS, SEED)
    flat = np.concatenate([p[..., 1:].reshape(len(p), -1), masses], axis=1).astype(np.float32)
    return {c.name: flat[:, k] for k, c in enumerate(dataset.columns)}


def momenta(x: Array) -> Array:
    """(E, px, py, pz) of massless particles (N, p, 4) from the input columns (N, 3 p)."""
    return _with_energy(np.asarray(x, dtype=np.float64).reshape(len(x), -1, 3))


def _with_energy(space: Array) -> Array:
    return np.concatenate([np.linalg.norm(space, axis=2, keepdims=True), space], axis=2)


def features(p: Array) -> Array:
    """What the network looks at: the logarithm of the visible energy, and the momenta over it in
    the frame where the first particle has no azimuth. Unchanged by rotations and mirrors about the
    beam."""
    energy = p[..., 0].sum(axis=1)
    scaled = p / energy[:, None, None]
    pt = np.hypot(scaled[:, 0, 1], scaled[:, 0, 2])
    found = [np.log(energy), pt, scaled[:, 0, 3]]
    for k in range(1, p.shape[1]):
        dot = scaled[:, 0, 1] * scaled[:, k, 1] + scaled[:, 0, 2] * scaled[:, k, 2]
        cross = scaled[:, 0, 1] * scaled[:, k, 2] - scaled[:, 0, 2] * scaled[:, k, 1]
        below = np.maximum(pt, _TINY)
        found += [scaled[:, k, 0], dot / below, np.abs(cross) / below, scaled[:, k, 3]]
    return np.stack(found, axis=1)


_TINY = 1e-9


def _fit(topology: Topology, tensor: Input, x: Array, y: Array, rows: Split, run: Run) -> Fitted:
    p, masses = momenta(x[rows.train]), y[rows.train]
    mirrored = p * [1.0, 1.0, 1.0, -1.0]
    seen = [p, mirrored, p[:, ::-1], mirrored[:, ::-1]] if topology.exchange else [p, mirrored]
    reference = np.concatenate([topology.reference(one) for one in seen])
    plan = replace(PLAN, epochs=run.steps(topology.epochs) // (len(seen) // 2), seed=run.seed)
    learnt = fit(
        np.concatenate([features(one) for one in seen]),
        np.concatenate([masses] * len(seen)),
        lambda v: float(spearmanr(v[::50], reference[::50])[0]),
        plan,
        run.console,
    )

    def predict(new: Array) -> tuple[Array, Array]:
        value = learnt(features(momenta(new)))[:, None]
        return value, np.zeros_like(value)

    return Fitted(
        predict=predict,
        export=lambda _: export(learnt, tensor),
        method="network of one output with an auxiliary classifier of output and masses",
        framework="torch",
        framework_version=torch.__version__.partition("+")[0],
        hyperparameters=asdict(plan),
        reach=lambda new: reach_of_events({PARTICLES: momenta(new)}, (tensor,)),
    )


def export(learnt: LearntVariable, tensor: Input) -> bytes:
    """`particles` (N, p, 4) -> `value` (N, 1), `uncertainty` of zeros, `reach`."""
    graph = NetworkGraph((tensor,))
    node = graph.node

    def number(*values: float) -> str:
        return graph.constant(np.array(values))

    particles, axis = int((tensor.shape or ())[1]), graph.constant(np.array([1]))

    def column(x: str, k: int) -> str:
        return node("Gather", x, graph.constant(np.array([k])), axis=1)

    flat = node("Reshape", PARTICLES, graph.constant(np.array([-1, 4 * particles])))
    energies = graph.constant(np.arange(0, 4 * particles, 4))
    energy = node("ReduceSum", node("Gather", flat, energies, axis=1), axis, keepdims=1)
    scaled = node("Div", flat, energy)
    _, x0, y0, z0 = (column(scaled, c) for c in range(4))
    pt = node("Sqrt", node("Add", node("Mul", x0, x0), node("Mul", y0, y0)))
    below = node("Max", pt, number(_TINY))
    columns = [node("Log", energy), pt, z0]
    for k in range(1, particles):
        e, x, y, z = (column(scaled, 4 * k + c) for c in range(4))
        dot = node("Add", node("Mul", x0, x), node("Mul", y0, y))
        cross = node("Sub", node("Mul", x0, y), node("Mul", y0, x))
        columns += [e, node("Div", dot, below), node("Abs", node("Div", cross, below)), z]
    hidden = node("Concat", *columns, axis=1)
    (weights, bias), *rest = learnt.layers
    first_weights = weights / learnt.width[:, None]
    layers = [(first_weights, bias - learnt.mean @ first_weights), *rest]
    for w, b in layers[:-1]:
        hidden = node("Relu", graph.affine(hidden, w, b))
    graph.affine(hidden, *layers[-1], output="value")
    node("Mul", "value", number(0.0), output="uncertainty")
    low, high = (np.array([getattr(f, e) for f in tensor.features]) for e in ("low", "high"))
    off = node("Abs", node("Div", node("Sub", PARTICLES, number(*(low + high) / 2)),
                           number(*(high - low) / 2)))  # fmt: skip
    largest = node("ReduceMax", off, graph.constant(np.array([2])), keepdims=0)
    node("ReduceMax", largest, axis, output="reach", keepdims=0)
    return graph.serialize(1)


def measure(topology: Topology, found: Examined) -> VariableValidation:
    """Information over that of the reference, on events that nothing was fitted to."""
    p, masses = draw(topology, max(2000, found.run.steps(UNSEEN)), UNSEEN_SEED)
    value = found.predict({PARTICLES: p})[:, 0]
    reference, simple = topology.reference(p), topology.simple(p)
    own, theirs, plain = (Information.of(v, masses, JUDGES) for v in (value, reference, simple))
    order = float(spearmanr(value, reference)[0])
    return VariableValidation(
        rows=len(p) // 2,
        information_ratio=own.over(theirs),
        baseline=FigureBaseline(method=topology.simple_name, figure=plain.over(theirs)),
        figures={
            "information_in_nats": own.figure,
            f"information_of_{topology.reference_name}_in_nats": theirs.figure,
            f"rank_correlation_with_{topology.reference_name}": Figure(
                value=round(order, 5), error=float(f"{(1 - order**2) / np.sqrt(len(p)):.1g}")
            ),
        },
        curves=_curves(topology, value, reference),
        note=(
            "Information is ln 2 minus the log loss of a classifier that tells the variable with "
            "its own masses from the variable with those of other events: two classifiers for "
            "each variable, of the size of the one that the network was fitted with, on events "
            "drawn anew, half of them to train and half to measure. It does not change under "
            "monotone functions of a variable. The error is that of the paired events and of the "
            "spread of the classifiers."
        ),
    )


def _curves(topology: Topology, value: Array, reference: Array) -> dict[str, Curve]:
    """The median of the learnt variable in quantiles of the reference, and 68 % of the events."""
    low, high = np.quantile(reference, [0.005, 0.995])
    kept = (reference > low) & (reference < high)
    parts = np.array_split(np.flatnonzero(kept)[np.argsort(reference[kept])], BINS)
    x = tuple(float(f"{np.median(reference[part]):.5g}") for part in parts)
    spread = [np.quantile(value[part], [0.16, 0.5, 0.84]) for part in parts]
    name = f"Learnt variable against {topology.reference_name}"
    return {
        f"{name}: median, the band holds 68 % of the events": Curve(
            x_name=f"{topology.reference_name} [GeV]",
            y_name="learnt variable",
            x=x,
            y=tuple(round(float(q[1]), 4) for q in spread),
            error=tuple(round(float(q[2] - q[0]) / 2, 4) for q in spread),
        )
    }


def _checks(topology: Topology, predict: Callable[[Any], Array]) -> Sequence[Check]:
    p, _ = draw(topology, CHECKED, UNSEEN_SEED + 1)
    plain = predict({PARTICLES: p})[:, 0]
    cosine, sine = np.cos(1.234), np.sin(1.234)
    turned = p.copy()
    turned[..., 1] = cosine * p[..., 1] - sine * p[..., 2]
    turned[..., 2] = sine * p[..., 1] + cosine * p[..., 2]
    found = [
        _unchanged("unchanged when the event turns about the beam", turned, plain, predict, 1e-6),
        _unchanged("hardly changed by a mirror along the beam, which is learnt",
                   p * [1, 1, 1, -1.0], plain, predict, 0.1),
    ]  # fmt: skip
    if topology.exchange:
        found.append(_unchanged("hardly changed by an exchange of the particles, which is learnt",
                                p[:, ::-1], plain, predict, 0.1))  # fmt: skip
    if topology.rises:
        found.append(_rising(p, plain, predict))
    if topology.least_order is not None:
        order = abs(float(spearmanr(plain, topology.reference(p))[0]))
        found.append(
            Check(
                name=f"follows {topology.reference_name}",
                passed=order >= topology.least_order,
                figure=f"|rank correlation| {order:.4f} on {len(p)} events",
                criterion=f"at least {topology.least_order:g}",
                reference="Kim:2021pcz",
            )
        )
    return found


def _rising(p: Array, plain: Array, predict: Callable[[Any], Array]) -> Check:
    heavier = predict({PARTICLES: p * 1.1})[:, 0]
    inside = p[..., 0].max(axis=1) * 1.1 < MOST
    share = float((heavier > plain)[inside].mean())
    return Check(
        name="rises when all momenta rise by 10 %",
        passed=share > 0.99,
        figure=f"{share:.1%} of {int(inside.sum())} events",
        criterion="above 99 %",
    )


def _unchanged(
    name: str, changed: Array, plain: Array, predict: Callable[[Any], Array], limit: float
) -> Check:
    moved = np.abs(predict({PARTICLES: np.ascontiguousarray(changed)})[:, 0] - plain)
    figure = float(moved.max() if limit < 1e-3 else moved.mean())
    what = "at most" if limit < 1e-3 else "in the mean"
    return Check(
        name=name,
        passed=figure < limit,
        figure=f"the variable of {len(plain)} events moves by {figure:.1e} {what}",
        criterion=f"below {limit:g}, where its standard deviation is 1",
    )


def transverse_sum(p: Array) -> Array:
    """The sum of the transverse momenta of the visible particles."""
    return np.asarray(np.hypot(p[..., 1], p[..., 2]).sum(axis=1))


def visible_energy(p: Array) -> Array:
    """The energy of the visible particles."""
    return np.asarray(p[..., 0].sum(axis=1))


def pair_mass(p: Array) -> Array:
    """The invariant mass of all visible particles."""
    return invariant_mass(p)


def massless_transverse_mass(p: Array) -> Array:
    """The transverse mass of one visible particle, if nothing else has transverse momentum and what
    is not seen has no mass."""
    return transverse_mass(p[:, 0], -p[:, 0, 1:3])
