"""Likelihoods over any number of regions: signals by directions and -2 ln L, a profile with linear
nuisances in the graph, and a network for what that profile lacks.

A workspace with one nuisance and linear shifts needs no network: the profile is its likelihood.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lhnets.format import Check
from lhnets.statistics import ASIMOV, OBSERVED
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.difference import fit_difference
from lhnets_training.fit.linear_profile import LinearProfile
from lhnets_training.labels import parts
from lhnets_training.labels.likelihoods import directions, workspace_labels
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.recipe import Array, Companion, Fitted, Rows, Run
from lhnets_training.recipes.likelihoods import _linear
from lhnets_training.recipes.likelihoods._analysis import Analysis, find_workspace
from lhnets_training.recipes.likelihoods._likelihood_checks import compare_with_fits
from lhnets_training.split import Split

SEED = 20261130
PART, CHECK_PART = 50, 2
UNSETTLED = 0.02
"""Share of labels whose fits did not end that is left out; with more the workspace is refused."""
CHECK_DEPTHS = (0.2, 9.0)
"""-2 ln L of the Asimov data of the signals that the checks compare: CLs from 0.7 to 0.003."""
ROUNDING = 1e-12
STAGES = (lm.Stage(3, 40, 2000), lm.Stage(1, 150))
WIDTHS = (6, 24)
"""Fewest and most units of a hidden layer; in between the root of the training rows, so that there
are no more weights than labels."""


@dataclass(frozen=True)
class Directional:
    """What a recipe of this kind computes; see `lhnets_training.recipe.Recipe`."""

    analysis: Analysis
    numbers: Companion
    """The profile with linear nuisances, as `_linear.to_rows` gives it."""
    check: Companion

    @property
    def exact(self) -> bool:
        """Whether the profile is the likelihood itself."""
        return self.analysis.method == "exact"

    def label(self, run: Run) -> Rows:
        """ln L of data and Asimov data at signals drawn by directions."""
        analysis, profile = self.analysis, self.profile(run)
        reading = find_workspace(analysis, run)
        points = directions.design(profile, expected(profile), run.rows or analysis.rows, SEED)
        work = functools.partial(
            workspace_labels.settled, reading=reading, regions=analysis.regions
        )
        found = parts.compute(
            run, work, points, part=PART, name=analysis.name, settings=analysis.settings,
            processes=True,
        )  # fmt: skip
        settled = np.isfinite(found).all(axis=1)
        if (~settled).sum() > UNSETTLED * len(points):
            raise TrainingError(
                f"the fits of {int((~settled).sum())} of {len(points)} signals do not end in one "
                "minimum from two starts: the likelihood of the workspace has several, or "
                "parameters that nothing constrains"
            )
        names = (*(r.name for r in analysis.regions), OBSERVED, ASIMOV)
        rows = np.concatenate([points, found], axis=1)[settled]
        return dict(zip(names, rows.T, strict=True))

    def profile(self, run: Run) -> LinearProfile:
        """The profile with linear nuisances."""
        return _linear.from_rows(read_companion(self.numbers, run))

    def fit(self, x: Array, y: Array, split: Split, run: Run) -> Fitted:
        """The profile alone, or with a network for the difference to the labels."""
        inputs, profile = self.analysis.inputs, self.profile(run)
        if self.exact:
            box = np.random.default_rng(SEED).random((500, len(inputs))) ** 3
            high = np.array([i.high for i in inputs], dtype=np.float64)
            return _export_exact(self.analysis, profile.converge(np.concatenate([x, box * high])))
        width = int(np.clip(np.sqrt(len(split.train)), *WIDTHS))
        plan = lm.FitPlan(width, width, STAGES)
        return fit_difference(x, y, split, run, inputs=inputs, profile=profile, plan=plan)

    def checks(self, predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
        """Those of `compare_with_fits`, on the check data set."""
        known = read_companion(self.check, run)
        yields = np.stack([known[r.name] for r in self.analysis.regions], axis=1)
        return compare_with_fits(predict, yields, find_furthest(self.profile(run), yields), known)

    def label_checks(self, run: Run) -> Rows:
        """Signals of one, few and all regions with limits, CLs and pyhf's own fits."""
        analysis, profile = self.analysis, self.profile(run)
        rng = np.random.default_rng(SEED + 1)
        background = expected(profile)
        kinds = np.arange(analysis.checks) % len(directions.SHARES)
        along = directions.directions(background, analysis.checks, rng, kinds)
        asimov = directions.choose(profile, np.ones(len(along), dtype=np.int64))
        depth = rng.uniform(*CHECK_DEPTHS, len(along))
        points = along * directions.find_radius(asimov, along, depth)[:, None]
        furthest = find_furthest(profile, points)
        work = functools.partial(
            workspace_labels.references_along,
            reading=find_workspace(analysis, run),
            regions=analysis.regions,
        )
        found = parts.compute(
            run, work, np.concatenate([points, furthest[:, None]], axis=1), part=CHECK_PART,
            name=f"{analysis.name}-check", settings=analysis.settings, processes=True,
        )  # fmt: skip
        names = (*(r.name for r in analysis.regions), *workspace_labels.REFERENCES)
        return dict(zip(names, np.concatenate([points, found], axis=1).T, strict=True))


def find_furthest(profile: LinearProfile, points: Array) -> Array:
    """The strength (N,) at which signals of yields (N, n) leave the region."""
    return directions.find_radius(lambda x: directions.find_depth(profile(x)), points, 1.0)


def expected(profile: LinearProfile) -> Array:
    """Background (n,) in the regions that take signal."""
    return profile.background[profile.place]


def _export_exact(analysis: Analysis, profile: LinearProfile) -> Fitted:
    def predict(x: Array) -> tuple[Array, Array]:
        value = profile(x)
        return value, ROUNDING * (1 + np.abs(value))

    def export(scale: Array) -> bytes:
        graph = NetworkGraph(analysis.inputs)
        value = graph.node("Identity", profile.build(graph), output="value")
        size = graph.node("Add", graph.node("Abs", value), graph.constant(np.array(1.0)))
        graph.node("Mul", size, graph.constant(ROUNDING * scale), output="uncertainty")
        graph.reach()
        return graph.serialize(2)

    return Fitted(
        predict=predict,
        export=export,
        method=(
            f"no training: the profile over the one nuisance parameter by {profile.steps} Newton "
            "steps in the graph, exact up to rounding"
        ),
        framework="numpy",
        framework_version=str(np.__version__),
        hyperparameters={"steps": profile.steps},
        exact=True,
    )
