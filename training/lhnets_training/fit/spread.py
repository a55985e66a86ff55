"""The head for the network's own error: log of the local scale of the residuals, linear in the last hidden layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]

RIDGE = 1e-3
ITERATIONS = 200


@dataclass(frozen=True)
class Spread:
    """Weights (q, k) and bias (k,) of log spread over the last hidden layer (N, q)."""

    weights: Array
    bias: Array


def fit_spread(last: Tensor, residual: Tensor) -> Spread:
    """Maximum likelihood of Laplace residuals (N, k) whose scale varies with the hidden layer ``last`` (N, q).

    Laplace, because a few large residuals must not widen the interval everywhere; a small ridge keeps the head smooth.
    """
    size = residual.abs().clamp_min(1e-300)
    mean = last.mean(dim=0)
    weights = torch.zeros(last.shape[1], residual.shape[1], dtype=torch.float64, requires_grad=True)
    bias = size.mean(dim=0).log().clone().requires_grad_()
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        log_scale = (last - mean) @ weights + bias
        loss = (log_scale + size * torch.exp(-log_scale)).mean() + RIDGE * (weights**2).mean()
        torch.autograd.backward(loss)
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    found = weights.detach()
    return Spread(found.numpy(), (bias.detach() - mean @ found).numpy())
