"""A flow on the unit cube: each coordinate by a monotone spline whose knots depend on the
conditions and the coordinates before it.

Rational-quadratic splines after C. Durkan, A. Bekasov, I. Murray and G. Papamakarios,
arXiv:1906.04032, in autoregressive order: with few coordinates that is as fast as coupling layers
and fits any density of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import nn

Array = NDArray[np.float64]

LEAST = 1e-4
"""Least width and height of a bin, and least slope at a knot."""


@dataclass(frozen=True, kw_only=True)
class FlowPlan:
    """Sizes and steps of the fit."""

    bins: int = 20
    width: int = 48
    epochs: int = 20
    batch: int = 2000
    rate: float = 5e-3
    seed: int = 1


class SplineBins(NamedTuple):
    """The bin (N, 1) of each number: left edge and size on both axes, slopes at both knots."""

    x: torch.Tensor
    width: torch.Tensor
    z: torch.Tensor
    height: torch.Tensor
    left: torch.Tensor
    right: torch.Tensor


class Flow(nn.Module):
    """From coordinates in the unit cube and conditions between -1 and 1 to uniform numbers."""

    def __init__(self, conditions: int, coordinates: int, plan: FlowPlan) -> None:
        super().__init__()
        self.bins = plan.bins
        self.networks = nn.ModuleList(
            _network(conditions + k, plan.width, 3 * plan.bins + 1) for k in range(coordinates)
        )

    def forward(
        self, x: torch.Tensor, conditions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Uniform numbers (N, d), and the logarithm of the density (N,) at ``x`` (N, d)."""
        found, logs = [], []
        for k, network in enumerate(self.networks):
            seen = torch.cat([conditions, 2 * x[:, :k] - 1], 1)
            one = x[:, k : k + 1]
            z, slope = _forward(one, _find(network(seen), self.bins, one, of_z=False))
            found.append(z)
            logs.append(torch.log(slope))
        return torch.cat(found, 1), torch.cat(logs, 1).sum(1)

    def invert(self, z: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """Coordinates (N, d) from uniform numbers."""
        x = z[:, :0]
        for k, network in enumerate(self.networks):
            seen = torch.cat([conditions, 2 * x - 1], 1)
            one = z[:, k : k + 1]
            x = torch.cat([x, _invert(one, _find(network(seen), self.bins, one, of_z=True))], 1)
        return x


def fit(x: Array, conditions: Array, plan: FlowPlan, console: Console) -> Flow:
    """A flow of coordinates (N, d) in the unit cube under conditions (N, c) between -1 and 1, by
    maximum likelihood; in double precision."""
    from rich.progress import track

    torch.set_num_threads(1)
    torch.manual_seed(plan.seed)
    flow = Flow(conditions.shape[1], x.shape[1], plan)
    data, given = torch.tensor(x).float(), torch.tensor(conditions).float()
    optimiser = torch.optim.Adam(flow.parameters(), lr=plan.rate)
    rounds = plan.epochs * -(-len(x) // plan.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=rounds + 1)
    hide = not console.is_terminal
    for _ in track(range(plan.epochs), "fit", console=console, transient=True, disable=hide):
        for part in torch.split(torch.randperm(len(x)), plan.batch):
            loss = -flow(data[part], given[part])[1].mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return flow.double()


def _network(inputs: int, width: int, outputs: int) -> nn.Sequential:
    last = nn.Linear(width, outputs)
    nn.init.normal_(last.weight, std=0.01)
    nn.init.zeros_(last.bias)
    with torch.no_grad():
        last.bias[2 * (outputs // 3) :] = np.log(np.e - 1)
    return nn.Sequential(
        nn.Linear(inputs, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), last
    )


def _find(raw: torch.Tensor, bins: int, value: torch.Tensor, *, of_z: bool) -> SplineBins:
    """The bin of a value (N, 1) of x or z, from what a network gives (N, 3 bins + 1)."""
    widths, heights = (
        LEAST + (1 - LEAST * bins) * torch.softmax(part, 1)
        for part in (raw[:, :bins], raw[:, bins : 2 * bins])
    )
    slopes = LEAST + nn.functional.softplus(raw[:, 2 * bins :])
    x, z = torch.cumsum(widths, 1) - widths, torch.cumsum(heights, 1) - heights
    above = (value >= (z if of_z else x)).to(raw.dtype)
    chosen = above - nn.functional.pad(above[:, 1:], (0, 1))
    parts = (x, widths, z, heights, slopes[:, :-1], slopes[:, 1:])
    return SplineBins(*((chosen * part).sum(1, keepdim=True) for part in parts))


def _forward(x: torch.Tensor, b: SplineBins) -> tuple[torch.Tensor, torch.Tensor]:
    """z and dz/dx."""
    mean, t = b.height / b.width, (x - b.x) / b.width
    below = mean + (b.left + b.right - 2 * mean) * t * (1 - t)
    z = b.z + b.height * (mean * t**2 + b.left * t * (1 - t)) / below
    slope = b.right * t**2 + 2 * mean * t * (1 - t) + b.left * (1 - t) ** 2
    return z, mean**2 * slope / below**2


def _invert(z: torch.Tensor, b: SplineBins) -> torch.Tensor:
    mean, dz = b.height / b.width, z - b.z
    bend = b.left + b.right - 2 * mean
    first = b.height * (mean - b.left) + dz * bend
    second = b.height * b.left - dz * bend
    root = torch.sqrt(torch.clamp(second**2 + 4 * first * mean * dz, min=0.0))
    return b.x + b.width * 2 * mean * dz / (second + root)
