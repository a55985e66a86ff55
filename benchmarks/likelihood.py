"""Likelihoods from networks against pyhf: times and differences, measured in one run on one core.

    python benchmarks/likelihood.py FOLDER [--points 5] [--limits 1]

FOLDER holds the published workspaces (HEPData); what is absent is left out. For each: ln L at mu =
1 (`pyhf.infer.mle. fixed_poi_fit` with numpy and scipy on a model that is already built, the
background's fit not counted), the exact fits behind the labels, `ml.Likelihood` at one point and in
batches; and the 95 % CL upper limit (`pyhf.infer.intervals.upper_limits`, by root finding, with
observed and expected limits in one) against `.upper_limit()`.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyhf
from rich.console import Console
from rich.table import Table

import lhnets as ml
from lhnets_training.labels.likelihoods.pyhf_profile import Profile, read
from lhnets_training.recipes.likelihoods import likelihood_atlas_susy_2018_04 as staus
from lhnets_training.recipes.likelihoods import likelihood_atlas_susy_2018_31_b as sbottoms
from lhnets_training.recipes.likelihoods import likelihood_atlas_susy_2018_31_c as sbottoms_c
from lhnets_training.recipes.likelihoods._analysis import Analysis

ANALYSES = (staus.ANALYSIS, sbottoms.ANALYSIS, sbottoms_c.ANALYSIS)
BATCH, REPEATS = 10_000, 7
T = TypeVar("T")


def timed(function: Callable[[], T], repeats: int = 1) -> tuple[float, T]:
    """The shortest time in seconds, and the answer."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        answer = function()
        best = min(best, time.perf_counter() - start)
    return best, answer


def ask(analysis: Analysis, yields: np.ndarray) -> ml.LikelihoodPrediction:
    """The network's answer to yields (regions,) or (N, regions)."""
    params = {r.name: y for r, y in zip(analysis.regions, np.moveaxis(yields, -1, 0), strict=True)}
    scalars = {name: float(y) for name, y in params.items()} if yields.ndim == 1 else params
    return ml.Likelihood(analysis.subject, scalars, network=analysis.name)


def measure(analysis: Analysis, path: Path, points: int, limits: int, table: Table) -> None:
    """One workspace."""
    fits = Profile(read(path), analysis.regions)
    rng = np.random.default_rng(7)
    yields = rng.random((points, len(analysis.regions))) ** 2 * np.array(analysis.high) * 0.2
    slow, exact, fast, errors = [], [], [], []
    for s in yields:
        model = fits.pyhf_model(s)
        data = [*fits.observed.counts, *model.config.auxdata]
        nothing = float(pyhf.infer.mle.fixed_poi_fit(0.0, data, model, return_fitted_val=True)[1])
        seconds, found = timed(
            lambda m=model, d=data: pyhf.infer.mle.fixed_poi_fit(1.0, d, m, return_fitted_val=True)
        )
        slow.append(seconds)
        exact.append(timed(lambda s=s: fits.ln_l(s))[0])
        seconds, answer = timed(lambda s=s: ask(analysis, s), 200)
        fast.append(seconds)
        errors.append(abs(-2 * answer.value - (float(found[1]) - nothing)))
    many = rng.random((BATCH, len(analysis.regions))) * np.array(analysis.high)
    batch = timed(lambda: ask(analysis, many), REPEATS)[0] / BATCH
    pyhf_time, fit_time, net_time = (float(np.mean(t)) for t in (slow, exact, fast))
    name = analysis.name.removeprefix("likelihood-")
    table.add_row(f"{name}: ln L by pyhf", f"{1e3 * pyhf_time:.0f} ms", "1", "")
    table.add_row(
        "  exact fit of the labels", f"{1e3 * fit_time:.1f} ms", f"{pyhf_time / fit_time:,.0f}", ""
    )
    table.add_row(
        "  ml.Likelihood",
        f"{1e6 * net_time:.0f} us",
        f"{pyhf_time / net_time:,.0f}",
        f"{max(errors):.1g}",
    )
    table.add_row(
        f"  in batches of {BATCH:,}", f"{1e6 * batch:.2f} us", f"{pyhf_time / batch:,.0f}", ""
    )
    for s in yields[:limits]:
        compare_limits(analysis, fits, s, table)


def compare_limits(analysis: Analysis, fits: Profile, s: np.ndarray, table: Table) -> None:
    """Observed and expected limits of one signal."""
    model = fits.pyhf_model(s)
    data = [*fits.observed.counts, *model.config.auxdata]
    found_by_net = timed(
        lambda: (ask(analysis, s).upper_limit(), ask(analysis, s).upper_limit(expected=True)),
        REPEATS,
    )
    net_time, (observed, expected) = found_by_net
    bounds = model.config.suggested_bounds()
    bounds[model.config.poi_index] = (0.0, 10.0 * observed)
    pyhf_time, found = timed(
        lambda: pyhf.infer.intervals.upper_limits.toms748_scan(
            data, model, 0.2 * observed, 4 * observed, par_bounds=bounds, rtol=1e-3
        )
    )
    differences = abs(observed / float(found[0]) - 1), abs(expected / float(found[1][2]) - 1)
    table.add_row("  upper limits by pyhf", f"{pyhf_time:.1f} s", "1", "")
    table.add_row(
        "  upper limits",
        f"{1e3 * net_time:.1f} ms",
        f"{pyhf_time / net_time:,.0f}",
        f"{100 * max(differences):.2g} %",
    )


def main() -> None:
    """Measure every workspace in the folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder with the published workspaces")
    parser.add_argument("--points", type=int, default=5)
    parser.add_argument("--limits", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    table = Table(
        "",
        "time",
        "speed-up",
        "worst",
        caption="worst: largest difference to pyhf, in -2 ln L and of limits",
    )
    table.columns[0].no_wrap = True
    for analysis in ANALYSES:
        path = options.folder / analysis.file
        if path.exists():
            measure(analysis, path, options.points, options.limits, table)
    Console().print(table)


if __name__ == "__main__":
    main()
