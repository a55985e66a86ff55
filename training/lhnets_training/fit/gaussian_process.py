"""Gaussian processes through all rows of a table, written as short graphs: exact in float64.

The process has a quadratic trend with free weights. What it says of a row without that row follows
from one matrix (O. Dubrule, Mathematical Geology 15 (1983) 687), so every row serves for the
figures, and kernel, lengths and noise are those with the smallest errors on rows left out one by
one. Labels with errors of their own are smoothed in proportion to them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.optimize import minimize

from lhnets.format import Input
from lhnets_training.data.sample import Surface, uniform
from lhnets_training.fit.conditioned import NUGGET, Conditioned, LeftOut, condition
from lhnets_training.fit.coordinates import Coordinates, Quadratics, Roots, Standardised
from lhnets_training.fit.cross_validation import Fold, judge_by_place, judge_heads, tenths
from lhnets_training.fit.kernels import CUBIC, ROUGH, SMOOTH, Kernel
from lhnets_training.fit.kinks import Natural
from lhnets_training.fit.links import Invertible, Signed
from lhnets_training.fit.local_error import FitError, LocalError
from lhnets_training.fit.model import Errors, Model
from lhnets_training.fit.neighbourhoods import Part, choose_parts, collect, find_planes
from lhnets_training.fit.support import SPREAD, Support
from lhnets_training.recipe import Fitted, HeldOut, Run

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

EVALUATIONS = 80
TABLE_EVALUATIONS = 60, 15
"""Of the search for lengths, at least, and for each of them."""
BEGIN = (1.0, 2.0, 4.0, 8.0)
"""Lengths of all coordinates alike, the best of which the search begins with."""
KERNELS = (SMOOTH, ROUGH, CUBIC)
SEARCHED, LARGEST = 8, 40
"""Neighbourhoods of each size that lengths are judged by, and rows of the largest."""
LARGEST_NUGGET = 10.0
TOLERANCES = {"xatol": 0.02, "fatol": 0.02}


def fit_process(
    x: Array,
    y: Array,
    run: Run,
    *,
    offset: Array,
    inputs: tuple[Input, ...],
    region: tuple[Surface, ...] = (),
) -> Fitted:
    """A process through counts x (N, n) and outputs of either sign y (N, k), in roots of the counts
    plus ``offset``."""
    roots = Roots(offset)
    z = roots(x)
    run.console.print(f"lengths of a Gaussian process of {len(x)} rows")
    found = condition(z, y, _lengths(z, y, run.steps(EVALUATIONS)))
    return _fitted(
        x, y, run, Signed(), roots, found, inputs, region,
        method="Gaussian process (posterior mean), squared-exponential kernel and quadratic trend "
               "in roots of counts",
        further={"offsets": [float(f"{v:.6g}") for v in offset], "nugget": NUGGET},
    )  # fmt: skip


def fit_table_process(
    x: Array,
    y: Array,
    run: Run,
    *,
    inputs: tuple[Input, ...],
    region: tuple[Surface, ...],
    natural: Natural,
    link: Invertible,
    noise: Array | None,
) -> Fitted:
    """A process through the rows x (N, n), y (N, k); ``noise`` (N, k) are standard deviations of
    the heads of noisy labels."""
    coordinates = Standardised.of(x, natural)
    z, t = coordinates(x), link.targets(y)
    run.console.print(f"lengths of a Gaussian process of {len(x)} rows")
    plain = Standardised.of(x, Natural(natural.log))
    support = Support.of(x, plain, uniform(inputs, SPREAD, run.seed, region))
    parts = [p for p in choose_parts(support, x, run.seed, SEARCHED) if len(p) <= LARGEST]
    left = LeftOut(find_planes(x), parts)
    variances = None if noise is None else ((noise / t.std(axis=0)) ** 2).sum(axis=1)
    steps = run.steps(max(TABLE_EVALUATIONS[0], TABLE_EVALUATIONS[1] * (z.shape[1] + 1)))
    found = [_search(z, t, variances, natural.curved, kernel, left, steps) for kernel in KERNELS]
    best, nugget = min(found, key=lambda pair: pair[0].score(left))
    return _fitted(
        x, y, run, link, coordinates, best, inputs, region, support,
        method=f"Gaussian process (posterior mean), {best.kernel.name} kernel and quadratic trend",
        further={"noise_over_amplitude": float(f"{np.sqrt(nugget):.4g}")},
    )  # fmt: skip


def _fitted(
    x: Array,
    y: Array,
    run: Run,
    link: Invertible,
    coordinates: Coordinates,
    found: Conditioned,
    inputs: tuple[Input, ...],
    region: tuple[Surface, ...],
    support: Support | None = None,
    *,
    method: str,
    further: dict[str, Any],
) -> Fitted:
    fold, fit_error = tenths(len(x), run.seed), Quadratics(coordinates).fit_error
    judged: tuple[HeldOut, Errors]
    if support is None:
        t = link.targets(y) - found.residuals
        judged = judge_heads(x, y, link, fold, t, fit_error)
    else:
        judged = _judge_by_place(x, y, link, fold, found, fit_error, support, run.seed)
    held_out, error = judged
    model = Model(found.process(coordinates), link, error, support)
    return Fitted(
        predict=model.predict,
        export=partial(model.export, inputs, region),
        method=method,
        framework="scipy",
        framework_version=scipy.__version__,
        hyperparameters={
            "length_scales": [float(f"{v:.6g}") for v in found.length],
            **further,
            "chosen_by": "mean square error of every row, left out one by one",
        },
        held_out=held_out,
        reach=None if support is None else support.reach,
        region=() if support is None else (support.constraint(x, inputs),),
    )


def _judge_by_place(
    x: Array,
    y: Array,
    link: Invertible,
    fold: Fold,
    found: Conditioned,
    fit_error: FitError,
    support: Support,
    seed: int,
) -> tuple[HeldOut, LocalError]:
    """With every row left out by itself, and neighbourhoods of rows left out whole."""
    targets = link.targets(y)

    def residual(part: Part) -> Array:
        t = targets[part] - found.leave_out(part)
        return np.asarray((link.values(t) - y[part]) / link.unit(t))

    held = collect(support, x, choose_parts(support, x, seed), residual)
    single = [np.array([row]) for row in range(len(x))]
    t = targets - found.leave_out_each(find_planes(x))
    return judge_by_place(x, y, link, fold, t, single, fit_error, support, held)


def _lengths(z: Array, y: Array, evaluations: int) -> Array:
    """The lengths of a smooth kernel, without noise."""

    def error(logs: Array) -> float:
        return _error(lambda: condition(z, y, np.exp(logs)), LeftOut())

    found = minimize(
        error,
        np.log(z.std(axis=0)),
        method="Nelder-Mead",
        options={"maxfev": evaluations, **TOLERANCES},
    )
    return np.asarray(np.exp(found.x))


def _search(
    z: Array,
    t: Array,
    noise: Array | None,
    curved: Mask,
    kernel: Kernel,
    left: LeftOut,
    evaluations: int,
) -> tuple[Conditioned, float]:
    """The lengths and the nugget of a kernel; ``noise`` (N,) are variances of the labels, up to a
    factor."""
    shape = np.ones(len(z)) if noise is None else noise / noise.mean()

    def made(logs: Array) -> tuple[Conditioned, float]:
        nugget = float(np.clip(np.exp(logs[-1]), NUGGET, LARGEST_NUGGET))
        return condition(z, t, np.exp(logs[:-1]), nugget * shape + NUGGET, curved, kernel), nugget

    def error(logs: Array) -> float:
        return _error(lambda: made(logs)[0], left)

    nugget = np.log(1e-9 if noise is None else 1e-2)
    begin = min(
        (np.append(np.full(z.shape[1], np.log(length)), nugget) for length in BEGIN), key=error
    )
    step = np.append(np.full(z.shape[1], 0.7), 3.0 if noise is None else 1.5)
    simplex = np.vstack([begin, begin + np.diag(step)])
    options = {"maxfev": evaluations, **TOLERANCES, "initial_simplex": simplex}
    return made(np.asarray(minimize(error, begin, method="Nelder-Mead", options=options).x))


def _error(made: Callable[[], Conditioned], left: LeftOut) -> float:
    """The error of a process; infinite if its matrix is not positive definite to rounding."""
    try:
        return made().score(left)
    except np.linalg.LinAlgError:
        return float("inf")
