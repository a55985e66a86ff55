"""How much a variable knows of parameters: a lower bound by a classifier, on events never seen.

A classifier tells pairs of a variable and its own parameters from pairs with the parameters of
other events. ln 2 minus its log loss is at most the Jensen-Shannon divergence of both, which is
zero for a variable that knows nothing, and the same for all monotone functions of a variable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lhnets.format import Figure

Array = NDArray[np.float64]

WIDTH, EPOCHS, BATCH, RATE = 64, 10, 1000, 5e-3


def make_auxiliary(parameters: int, width: int) -> nn.Sequential:
    """The auxiliary classifier of V and ``parameters`` parameters."""
    sizes = (1 + parameters, width, width, width)
    steps = [step for a, b in pairwise(sizes) for step in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*steps, nn.Linear(width, 1))


def contrast(auxiliary: nn.Module, variable: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
    """The log loss (N,) of telling events with their own parameters from those with others'."""
    other = theta[torch.randperm(len(theta))]
    own = auxiliary(torch.cat([variable, theta], 1))[:, 0]
    wrong = auxiliary(torch.cat([variable, other], 1))[:, 0]
    return (nn.functional.softplus(-own) + nn.functional.softplus(wrong)) / 2


def measure_information(variable: Array, theta: Array, seed: int, epochs: int = EPOCHS) -> Array:
    """The information of each event of the second half, in nats: their mean is that of the
    variable.

    Parameters
    ----------
    variable : shape (N,); only its ranks matter
    theta : shape (N, k)
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    ranks = np.argsort(np.argsort(variable, kind="stable"), kind="stable") / len(variable)
    v = torch.tensor((2 * ranks - 1) * np.sqrt(3.0)).float()[:, None]
    t = torch.tensor((theta - theta.mean(0)) / theta.std(0)).float()
    half = len(v) // 2
    judge = make_auxiliary(t.shape[1], WIDTH)
    optimiser = torch.optim.Adam(judge.parameters(), lr=RATE)
    rounds = epochs * -(-half // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=rounds + 1)
    for _ in range(epochs):
        for part in torch.split(torch.randperm(half), BATCH):
            loss = contrast(judge, v[part], t[part]).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    with torch.no_grad():
        torch.manual_seed(seed + 1)
        losses = [contrast(judge, v[half:], t[half:]).double() for _ in range(3)]
    return np.asarray(np.log(2.0) - np.mean([one.numpy() for one in losses], axis=0))


@dataclass(frozen=True)
class Information:
    """Of one variable: that of each event by each judge, shape (judges, N), in nats."""

    events: Array

    @classmethod
    def of(cls, variable: Array, theta: Array, seeds: Sequence[int]) -> Information:
        """By a judge for each seed."""
        return cls(np.array([measure_information(variable, theta, seed) for seed in seeds]))

    @property
    def figure(self) -> Figure:
        """The mean, in nats."""
        mean = self.events.mean(axis=0)
        return _figure(float(mean.mean()), float(mean.std() / np.sqrt(len(mean))))

    def over(self, reference: Information) -> Figure:
        """This over that of a reference on the same events.

        The error is the statistical one of the paired events and the spread of the judges.
        """
        own, other = self.events.mean(axis=0), reference.events.mean(axis=0)
        ratio = float(own.mean() / other.mean())
        paired = float((own - ratio * other).std() / other.mean() / np.sqrt(len(own)))
        ratios = self.events.mean(axis=1) / reference.events.mean(axis=1)
        between = float(ratios.std(ddof=1) / np.sqrt(len(ratios))) if len(ratios) > 1 else 0.0
        return _figure(ratio, float(np.hypot(paired, between)))


def _figure(value: float, error: float) -> Figure:
    return Figure(value=float(f"{value:.5g}"), error=float(f"{error:.2g}"))
