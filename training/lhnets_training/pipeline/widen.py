"""The uncertainty refitted to what a search for the worst points finds, until it finds nothing bad.

In rounds: the search looks for points where the network errs by many of its uncertainties, and a
factor (`onnx.factor`) is fitted to the sizes of the errors at rows that were set aside for error
models, as before, and to no pull above `AIM` at all points that the searches had. Then the
intervals are calibrated again on their own rows, so that coverage on average stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit.cross_validation import judge_test_rows
from lhnets_training.judging.calibrate import scores
from lhnets_training.judging.cells import map_coverage
from lhnets_training.onnx.factor import Factor, Hidden, expose, find_hidden, has_factor
from lhnets_training.pipeline import figures
from lhnets_training.pipeline.exported import run_arrays
from lhnets_training.pipeline.labelled import ExportedFile, Labelled
from lhnets_training.pipeline.worst import PULL, compare, find_truth, search_region
from lhnets_training.recipe import Run, TruthAt

Array = NDArray[np.float64]

LARGEST = 8.0
"""|pull| above which the uncertainty is refitted."""
AIM = 4.0
"""|pull| that the factor is fitted to stay below, where the search was."""
SHORT = 0.60
"""Coverage of a cell, beyond two of its statistical errors, below which it is refitted, too."""
ROUNDS = 6
UNITS = 16
STEPS = 150
NARROWEST = 0.05
"""Spread that hidden values are taken to have at least: saturated ones would get weights so large
that rounding shows in the uncertainty."""
WEIGHT, RIDGE = 20.0, 1e-3
"""Of pulls above `AIM`, and of the weights, beside the mean likelihood of a row."""


@dataclass(frozen=True)
class Widened:
    """The graph with its new uncertainty, and how many points of searches it was fitted to."""

    model: bytes
    points: int


def widen(file: ExportedFile, model: bytes, labelled: Labelled, run: Run) -> Widened:
    """The ``model`` with an uncertainty that holds where the search looks, if it did not.

    A network without hidden layers, with such a factor already, without a truth that can be
    computed, or without a pull above `LARGEST` and a cell below `SHORT` is given back as it is.
    """
    layers = () if has_factor(model) else find_hidden(model)
    truth_at = find_truth(file.feed.recipe, labelled, run) if layers else None
    if truth_at is None:
        return Widened(model, 0)
    hidden = run_arrays(expose(model, layers))

    def see(x: Array) -> Array:
        found = hidden(file.feed.arrays(x))
        return np.concatenate([_sum_images(found[h.name], h) for h in layers], axis=1)

    known = np.concatenate([labelled.split.validation, labelled.split.calibration])
    seen, searched = see(labelled.x[known]), np.empty((0, labelled.x.shape[1]))
    current, factor = file, None
    for number in range(ROUNDS):
        found = search_region(current, truth_at, labelled, run, seed=number)
        worst = float(found.found[:, PULL].max())
        run.console.print(f"worst pull {worst:.1f} at {len(found.x):,} points")
        if worst <= LARGEST and (factor is not None or not is_short(file, labelled, known)):
            break
        searched = np.concatenate([searched, found.x])
        ratios = _compute_ratios(file, truth_at, labelled, searched, run)
        rows = scores(labelled.y[known], *_predict(file, labelled.x[known]))
        factor = fit_factor(layers, seen, rows, see(searched), ratios)
        factor = factor.times(_calibrate(file, factor, see, labelled, run))
        current = ExportedFile(file.feed, run_arrays(factor.apply(model)))
    return Widened(model if factor is None else factor.apply(model), len(searched))


def is_short(file: ExportedFile, labelled: Labelled, rows: NDArray[np.int64]) -> bool:
    """Whether the 68 % intervals of any output hold less than `SHORT` in a cell of these rows."""
    recipe, answers = file.feed.recipe, file.answer(labelled.x[rows])
    held = scores(labelled.y[rows], answers.value, answers.uncertainty) <= 1
    cells = map_coverage(
        labelled.x[rows], answers.value, held, recipe.inputs, recipe.outputs, default=0
    )
    return cells is not None and cells.worst.coverage_68 + 2 * cells.worst.error < SHORT


def fit_factor(
    layers: tuple[Hidden, ...], seen: Array, rows: Array, searched: Array, ratios: Array
) -> Factor:
    """Maximum likelihood of Laplace errors at ``rows`` with a penalty on large ``ratios``.

    Parameters
    ----------
    seen, searched : hidden layers (N, c) at rows and at points of searches
    rows, ratios : |value - truth| over the present uncertainty there, shape (N, k)
    """
    import torch

    torch.manual_seed(0)
    mean, std = seen.mean(axis=0), np.maximum(seen.std(axis=0), NARROWEST)
    given = [torch.from_numpy(a) for a in ((seen - mean) / std, (searched - mean) / std)]
    size = torch.from_numpy(rows).clamp_min(1e-12)
    log_ratio = torch.from_numpy(np.log(np.maximum(ratios, 1e-12)))
    k = rows.shape[1]
    first = (0.1 * torch.randn(seen.shape[1], UNITS, dtype=torch.float64)).requires_grad_()
    bias = torch.zeros(UNITS, dtype=torch.float64, requires_grad=True)
    second = torch.zeros(UNITS, k, dtype=torch.float64, requires_grad=True)
    constant = torch.zeros(k, dtype=torch.float64, requires_grad=True)
    weights = [first, bias, second, constant]
    optimiser = torch.optim.LBFGS(weights, max_iter=STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        logs, at_searched = (torch.tanh(h @ first + bias) @ second + constant for h in given)
        loss = (logs + size * torch.exp(-logs)).mean()
        excess = (log_ratio - at_searched - float(np.log(AIM))).clamp_min(0.0)
        loss = loss + WEIGHT * (excess**2).mean() + RIDGE * ((first**2).mean() + (second**2).mean())
        torch.autograd.backward(loss)
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    b, c, a, d = (w.detach().numpy() for w in weights)
    return Factor(layers, b / std[:, None], c - (mean / std) @ b, a, d)


def _calibrate(
    file: ExportedFile, factor: Factor, see: Callable[[Array], Array], labelled: Labelled, run: Run
) -> Array:
    recipe = file.feed.recipe

    def predict(x: Array) -> tuple[Array, Array]:
        value, spread = _predict(file, x)
        return value, spread * factor(see(x))

    held = None
    if not labelled.split.calibration.size:
        held = judge_test_rows(predict, labelled.x, labelled.split, run.seed)
    return figures.calibrate(recipe, held, predict, labelled).scale


def _compute_ratios(
    file: ExportedFile, truth_at: TruthAt, labelled: Labelled, x: Array, run: Run
) -> Array:
    return np.nan_to_num(np.abs(compare(file, truth_at, labelled, x, run).pull))


def _sum_images(h: Array, layer: Hidden) -> Array:
    return np.asarray(h.reshape(len(h), layer.images, layer.width).sum(axis=1))


def _predict(file: ExportedFile, x: Array) -> tuple[Array, Array]:
    answers = file.answer(x)
    return answers.value, answers.uncertainty
