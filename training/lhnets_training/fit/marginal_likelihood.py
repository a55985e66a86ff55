"""Gaussian processes of scikit-learn, written as short graphs: exact in float64.

The coordinates are hyperbolic tangents of linear maps of the logarithms of the inputs, so that a
ratio of masses saturates where a particle decouples. All heads share one squared-exponential kernel
and have their own amplitude and noise, so that one vector of kernel values serves all of them.
"""

from __future__ import annotations

import warnings

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from lhnets.format import HalfSpace, Input
from lhnets_training.fit.cross_validation import Fold, cross_fit
from lhnets_training.fit.features import TanhMap
from lhnets_training.fit.kernels import SMOOTH, Process
from lhnets_training.fit.links import Shifted
from lhnets_training.fit.model import Model
from lhnets_training.recipe import Fitted, Run

Array = NDArray[np.float64]

AMPLITUDE = (1e-2, 2e2)
LENGTH = (3e-2, 30.0)
NOISE = (1e-8, 1e-1)
"""Bounds of variances and lengths: with a larger ratio of amplitude to noise the weights cancel
beyond rounding."""

JITTER = 1e-13


def fit_processes(
    x: Array,
    y: Array,
    run: Run,
    *,
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...],
    link: Shifted,
    coordinates: TanhMap,
    lead: int,
    fold: Fold,
) -> Fitted:
    """Fit Gaussian processes to all rows; the lengths come from the head number ``lead``,
    amplitudes and noise from each.

    The folds use the kernels of the fit to all rows and only their own rows.
    """
    t = link.targets(y)
    run.console.print(f"marginal likelihood of {len(x)} rows")
    length = _length(coordinates(x), t[:, lead] - t[:, lead].mean())
    kernels = [_kernel(coordinates(x), column - column.mean(), length) for column in t.T]

    def condition(rows: Array, target: Array) -> Process:
        z, means = coordinates(rows), target.mean(axis=0)
        fitted = [
            GaussianProcessRegressor(kernel, alpha=JITTER, optimizer=None).fit(
                z, target[:, k] - means[k]
            )
            for k, kernel in enumerate(kernels)
        ]
        weights = np.stack([p.kernel_.k1.k1.constant_value * p.alpha_ for p in fitted], axis=1)
        return Process(coordinates, SMOOTH, z, length, weights, means)

    held_out, error = cross_fit(x, y, link, fold, condition, run)
    model = Model(condition(x, t), link, error)
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method="Gaussian process (posterior mean), squared-exponential kernel in hyperbolic "
        "tangents of log masses",
        framework="scikit-learn",
        framework_version=sklearn.__version__,
        hyperparameters={
            "length_scales": _short(length),
            "coordinate_weights": coordinates.weights.tolist(),
            "coordinate_bias": _short(coordinates.bias),
            "amplitudes": _short(np.sqrt(np.array([k.k1.k1.constant_value for k in kernels]))),
            "noise": _short(np.sqrt(np.array([k.k2.noise_level for k in kernels]))),
            "chosen_by": "marginal likelihood of all rows; kept fixed in the folds",
        },
        held_out=held_out,
    )


def _length(z: Array, target: Array) -> Array:
    """Lengths of the kernel, by the marginal likelihood of one head."""
    start = ConstantKernel(100.0, AMPLITUDE) * RBF(_start(z), LENGTH) + WhiteKernel(1e-7, NOISE)
    return np.atleast_1d(
        np.asarray(_likeliest(start, z, target).k1.k2.length_scale, dtype=np.float64)
    )


def _kernel(z: Array, target: Array, length: Array) -> ConstantKernel:
    """Kernel of one head with given lengths: amplitude and noise by its marginal likelihood."""
    start = ConstantKernel(100.0, AMPLITUDE) * RBF(length, "fixed") + WhiteKernel(1e-7, NOISE)
    return _likeliest(start, z, target)


def _likeliest(start: ConstantKernel, z: Array, target: Array) -> ConstantKernel:
    """The kernel of the largest marginal likelihood; that a bound is reached is not a failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianProcessRegressor(start, alpha=JITTER).fit(z, target).kernel_


def _start(z: Array) -> Array:
    return np.asarray(2.0 * z.std(axis=0))


def _short(numbers: Array) -> list[float]:
    return [float(f"{v:.6g}") for v in np.asarray(numbers).ravel()]
