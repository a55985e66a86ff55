"""A network of one output that keeps what events know of their parameters.

The method of arXiv:2105.10126: a network V(x) and an auxiliary classifier A(V, theta) are trained
together to tell events with their own parameters from events with those of others. What A can tell
is bounded by the information of V on theta, so V learns to keep all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import nn

from lhnets_training.judging.information import contrast, make_auxiliary

Array = NDArray[np.float64]
Layers = list[tuple[Array, Array]]


@dataclass(frozen=True, kw_only=True)
class VariablePlan:
    """Sizes and steps of the fit."""

    width: int = 96
    auxiliary: int = 64
    epochs: int = 20
    batch: int = 1000
    rate: float = 5e-3
    seed: int = 1


@dataclass(frozen=True)
class LearntVariable:
    """The layers of V, from standardised features (N, n) to one number of mean 0 and variance 1."""

    layers: Layers
    mean: Array
    width: Array

    def __call__(self, features: Array) -> Array:
        """V (N,), in double precision."""
        x = (features - self.mean) / self.width
        *hidden, (weights, bias) = self.layers
        for w, b in hidden:
            x = np.maximum(x @ w + b, 0.0)
        return np.asarray((x @ weights + bias)[:, 0])


def fit(
    features: Array,
    theta: Array,
    sign: Callable[[Array], float],
    plan: VariablePlan,
    console: Console,
) -> LearntVariable:
    """Fit V to events with features (N, n) and parameters (N, k).

    Parameters
    ----------
    sign : from V (N,) to a number that is negative if V shall change its sign
    """
    from rich.progress import track

    torch.set_num_threads(1)
    torch.manual_seed(plan.seed)
    mean, width = features.mean(0), features.std(0) + 1e-9
    x = torch.tensor((features - mean) / width).float()
    t = torch.tensor((theta - theta.mean(0)) / theta.std(0)).float()
    w = plan.width
    variable = nn.Sequential(
        nn.Linear(x.shape[1], w), nn.ReLU(), nn.Linear(w, w), nn.ReLU(),
        nn.Linear(w, w // 2), nn.ReLU(), nn.Linear(w // 2, 1),
    )  # fmt: skip
    norm, auxiliary = nn.BatchNorm1d(1, affine=False), make_auxiliary(t.shape[1], plan.auxiliary)
    weights = [*variable.parameters(), *auxiliary.parameters()]
    optimiser = torch.optim.Adam(weights, lr=plan.rate)
    rounds = plan.epochs * (len(x) // plan.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=rounds + 1)
    hide = not console.is_terminal
    for _ in track(range(plan.epochs), "fit", console=console, transient=True, disable=hide):
        for part in torch.split(torch.randperm(len(x)), plan.batch):
            if len(part) < plan.batch:
                continue
            loss = contrast(auxiliary, norm(variable(x[part])), t[part]).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return _finish(variable, x.double().numpy(), sign, mean, width)


def _finish(
    variable: nn.Sequential, x: Array, sign: Callable[[Array], float], mean: Array, width: Array
) -> LearntVariable:
    """The layers in double precision, the last of them scaled."""
    linear = [m for m in variable if isinstance(m, nn.Linear)]
    layers = [
        (m.weight.detach().double().numpy().T, m.bias.detach().double().numpy()) for m in linear
    ]
    plain = LearntVariable(layers, np.zeros(len(mean)), np.ones(len(mean)))
    value = plain(x)
    scale = (1.0 if sign(value) >= 0 else -1.0) / value.std()
    last, bias = layers[-1]
    layers[-1] = (last * scale, (bias - value.mean()) * scale)
    return LearntVariable(layers, mean, width)
