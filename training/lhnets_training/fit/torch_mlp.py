"""First-order fits of the same tanh networks: Adam with a cosine schedule, alone or before Levenberg-Marquardt."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch
from rich.console import Console
from rich.progress import track

from lhnets_training.fit.levenberg_marquardt import Fit, Rows, State
from lhnets_training.fit.tanh_network import Shape, forward


@dataclass(frozen=True)
class Plan:
    """Widths of the hidden layers, epochs over all rows, rows of a batch, first learning rate."""

    first: int = 64
    second: int = 64
    epochs: int = 200
    batch: int = 512
    rate: float = 3e-3
    seed: int = 0


def fit(train: Rows, validation: Rows, plan: Plan, console: Console) -> Fit:
    """Minimise the mean squared residual; the epoch that is best on the validation rows is kept.

    The same rows, plan and number of threads give the same parameters. ``State(fit.theta)`` is a start for
    Levenberg-Marquardt.
    """
    began = time.perf_counter()
    shape = Shape(train.z.shape[1], plan.first, plan.second, train.target.shape[1])
    theta = shape.start(plan.seed).requires_grad_()
    optimiser = torch.optim.Adam([theta], lr=plan.rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, plan.epochs)
    generator = torch.Generator().manual_seed(plan.seed)
    best = State(theta.detach().clone())
    for epoch in track(range(plan.epochs), "Adam", console=console, disable=not console.is_terminal):
        for batch in torch.split(torch.randperm(len(train.z), generator=generator), plan.batch):
            optimiser.zero_grad()
            loss = ((forward(shape, theta, train.z[batch]) - train.target[batch]) ** 2).mean()
            torch.autograd.backward(loss)
            optimiser.step()
        schedule.step()
        best = _better(best, shape, theta.detach(), validation, epoch)
    return Fit(shape, best.theta, best.validation, (best.validation,), time.perf_counter() - began)


def _better(best: State, shape: Shape, theta: torch.Tensor, validation: Rows, epoch: int) -> State:
    rms = float(((forward(shape, theta, validation.z) - validation.target) ** 2).mean().sqrt())
    return State(theta.clone(), step=epoch, validation=rms) if rms < best.validation else best
