"""How well a score tells signal from background, by the metrics of tasks: figures, curves and
sculpting, with statistical errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lhnets.format import ClassSummary, Curve, Figure, Sculpting
from lhnets_datasets.bench.bootstrap import bootstrap, present
from lhnets_datasets.bench.metrics import SortedScores, compute_floor
from lhnets_datasets.bench.resample import derive_seed
from lhnets_datasets.bench.task import Auc, CalibrationErrorMetric, Rejection
from lhnets_datasets.bench.task import SculptingMetric as SculptingMetric

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

REPLICATES = 200
"""Resamples: an error is known to 5 %."""
SCULPTED_AT = 0.5
"""Signal efficiency at which sculpting is measured."""
SCULPTING_BINS = 10
_EFFICIENCIES = np.arange(1, 100) / 100
_RELIABILITY_BINS = 20
_SEED = derive_seed("figures of a card", "bootstrap")
_FLOOR_SEED = derive_seed("figures of a card", "floor")


def summarize_class(score: Array, signal: Mask, rows_in_a_bin: int) -> ClassSummary:
    """The figures of one class, shape (N,) against the rest."""
    calibration = CalibrationErrorMetric(name="calibration_error", rows_in_a_bin=rows_in_a_bin)
    metrics = (
        Auc(name="auc"),
        Rejection(name="rejection_30", efficiency=0.3),
        Rejection(name="rejection_50", efficiency=0.5),
        calibration,
    )
    sample = SortedScores.of(score, signal, {})
    found = bootstrap(metrics, sample, _SEED, REPLICATES)
    figures = {m.name: present(m, found[m.name]) for m in metrics}
    floor = compute_floor(calibration, sample, _FLOOR_SEED)
    rejections = {n: _short(figures[n].value, 4) for n in ("rejection_30", "rejection_50")}
    return ClassSummary(
        auc=_short(figures["auc"].value, 6) or 0.0,
        calibration_error=_short(figures["calibration_error"].value, 4),
        calibration_floor=_short(floor, 3),
        errors={n: _short(f.error, 3) or 0.0 for n, f in figures.items() if f.error is not None},
        **rejections,
    )


def measure_sculpting(score: Array, signal: Mask, quantity: str, values: Array) -> Sculpting | None:
    """How much a cut at `SCULPTED_AT` sculpts a quantity; None if no background row passes."""
    metric = SculptingMetric(
        name=quantity, efficiency=SCULPTED_AT, column=quantity, bins=SCULPTING_BINS
    )
    sample = SortedScores.of(score, signal, {quantity: (values, SCULPTING_BINS)})
    figure = present(metric, bootstrap((metric,), sample, _SEED, REPLICATES)[quantity])
    floor = compute_floor(metric, sample, _FLOOR_SEED)
    if figure.value is None or figure.error is None or floor is None:
        return None
    return Sculpting(
        quantity=quantity,
        efficiency=SCULPTED_AT,
        bins=SCULPTING_BINS,
        figure=Figure(value=float(f"{figure.value:.4g}"), error=figure.error),
        floor=float(f"{floor:.4g}"),
    )


def draw_roc(score: Array, signal: Mask) -> Curve:
    """eps_B, with its binomial error, where each per cent of the signal passes."""
    passing = SortedScores.of(score, signal, {}).pass_cuts()
    cuts = np.unique([passing.find_cut(float(e)) for e in _EFFICIENCIES])
    total = float(passing.background[-1])
    share = passing.background[cuts] / total
    error = np.sqrt(share * (1 - share) / total)
    return _curve("eps_S", "eps_B", passing.signal[cuts] / passing.signal[-1], share, error)


def draw_reliability(score: Array, signal: Mask) -> Curve:
    """The share of signal among rows of about one probability, with its binomial error."""
    parts = np.array_split(np.argsort(score, kind="stable"), _RELIABILITY_BINS)
    x = np.array([score[p].mean() for p in parts])
    y = np.array([signal[p].mean() for p in parts])
    rows = np.array([len(p) for p in parts])
    return _curve("probability", "frequency", x, y, np.sqrt(y * (1 - y) / rows))


def _curve(x_name: str, y_name: str, x: Array, y: Array, error: Array) -> Curve:
    x_, y_, error_ = (tuple(float(f"{v:.4g}") for v in each) for each in (x, y, error))
    return Curve(x_name=x_name, y_name=y_name, x=x_, y=y_, error=error_)


def _short(number: float | None, digits: int) -> float | None:
    return None if number is None else float(f"{number:.{digits}g}")
