"""Simple methods that networks of a task have to beat, fitted to the rows that are not for the
test."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from lhnets.extras import import_optional
from lhnets_datasets.bench.rows import TestRows
from lhnets_datasets.bench.task import Baseline, BoostedTrees, HistogramRatio, Ratio

Array = NDArray[np.float64]

_SMALLEST = 1e-9


def score_baseline(baseline: Baseline, others: TestRows, rows: TestRows) -> Array:
    """The probability of signal (N,) that a baseline, fitted to the ``others``, gives to rows.

    Raises
    ------
    MissingExtraError
        If it needs scikit-learn and that is not installed.
    """
    match baseline:
        case HistogramRatio():
            return _score_histogram(baseline, others, rows)
        case BoostedTrees():
            return _score_trees(baseline, others, rows)
        case _:
            assert_never(baseline)


def _features(features: tuple[Ratio, ...], rows: TestRows) -> Array:
    return np.stack([_feature(f, rows) for f in features], axis=1)


def _feature(feature: Ratio, rows: TestRows) -> Array:
    value = rows.columns[feature.column]
    if feature.over is None:
        return value
    return value / np.maximum(rows.columns[feature.over], _SMALLEST)


def _score_histogram(baseline: HistogramRatio, others: TestRows, rows: TestRows) -> Array:
    """Share of signal in the bin of a row, one row of each class added."""
    seen = _features(baseline.features, others)
    edges = np.quantile(seen, np.arange(1, baseline.bins) / baseline.bins, axis=0).T

    def find_bin(x: Array) -> NDArray[np.int64]:
        each = [np.searchsorted(e, x[:, k], side="right") for k, e in enumerate(edges)]
        return np.ravel_multi_index(each, (baseline.bins,) * len(edges))

    where = find_bin(seen)
    most = baseline.bins ** len(edges)
    signal = np.bincount(where[others.signal], minlength=most) + 1.0
    background = np.bincount(where[~others.signal], minlength=most) + 1.0
    found: Array = (signal / (signal + background))[find_bin(_features(baseline.features, rows))]
    return found


def _score_trees(baseline: BoostedTrees, others: TestRows, rows: TestRows) -> Array:
    ensemble = import_optional("sklearn.ensemble", f"baseline {baseline.name}")
    model = ensemble.HistGradientBoostingClassifier(
        max_iter=baseline.trees, learning_rate=baseline.rate, random_state=0
    )
    model.fit(_features(baseline.features, others), others.signal)
    found: Array = model.predict_proba(_features(baseline.features, rows))[:, 1]
    return found
