"""Whether two samples of events can be told apart, by two judges: a small network and boosted
trees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from lhnets.format import Figure

Array = NDArray[np.float64]


def two_sample_auc(first: Array, second: Array, seed: int) -> Figure:
    """The AUC of the judge that tells more, of two that are trained on half of the events.

    Parameters
    ----------
    first, second : shape (N, d)
        Samples of the same size; 0.5 if they cannot be told apart.
    """
    rng = np.random.default_rng(seed)
    x = np.concatenate([first, second])
    y = np.repeat([0, 1], [len(first), len(second)])
    order = rng.permutation(len(x))
    x, y, half = x[order], y[order], len(x) // 2
    scaled = StandardScaler().fit_transform(x)
    judges = (
        MLPClassifier(
            (48, 48), batch_size=512, max_iter=20, early_stopping=True, random_state=seed,
            n_iter_no_change=20,
        ),
        HistGradientBoostingClassifier(
            max_iter=60, learning_rate=0.1, early_stopping=True, random_state=seed
        ),
    )  # fmt: skip
    found = [
        float(roc_auc_score(y[half:], _fitted(judge, scaled[:half], y[:half], scaled[half:])))
        for judge in judges
    ]
    auc = max(found, key=lambda a: abs(a - 0.5))
    return Figure(value=round(auc, 5), error=float(f"{_error(auc, y[half:]):.2g}"))


def _fitted(judge: object, x: Array, y: NDArray[np.int64], new: Array) -> Array:
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        judge.fit(x, y)  # type: ignore[attr-defined]
    return np.asarray(judge.predict_proba(new)[:, 1])  # type: ignore[attr-defined]


def _error(auc: float, y: NDArray[np.int64]) -> float:
    """The standard error of an AUC, J. Hanley and B. McNeil, Radiology 143 (1982) 29."""
    n, m = int((y == 1).sum()), int((y == 0).sum())
    a = max(auc, 1 - auc)
    q1, q2 = a / (2 - a), 2 * a**2 / (1 + a)
    return float(np.sqrt((a * (1 - a) + (n - 1) * (q1 - a**2) + (m - 1) * (q2 - a**2)) / (n * m)))
