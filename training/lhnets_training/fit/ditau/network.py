"""A dense network of features of events with a tau pair, fitted by torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lhnets_training.fit.ditau.features import FEATURES, DitauFeatures

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class DitauPlan:
    """Width of the two hidden layers, and how the fit goes."""

    width: int = 48
    epochs: int = 60
    batch: int = 128
    rate: float = 3e-3
    decay: float = 3e-3
    dropout: float = 0.1
    seed: int = 0


class DitauNetwork(nn.Module):
    """Events (N, 16) in double precision to a logit (N, 1)."""

    def __init__(self, plan: DitauPlan, seen: Tensor) -> None:
        super().__init__()
        self.features = DitauFeatures()
        self.register_buffer("mean", seen.mean(dim=0))
        self.register_buffer("spread", seen.std(dim=0) + 1e-3)
        self.layers = nn.Sequential(
            nn.Linear(len(FEATURES), plan.width), nn.Tanh(), nn.Dropout(plan.dropout),
            nn.Linear(plan.width, plan.width), nn.Tanh(), nn.Dropout(plan.dropout),
            nn.Linear(plan.width, 1),
        ).double()  # fmt: skip

    def forward(self, event: Tensor) -> Tensor:
        """Logit (N, 1)."""
        return self.score(self.features(event))

    def score(self, features: Tensor) -> Tensor:
        """Logit (N, 1) of features (N, 17)."""
        scaled = (features - self.get_buffer("mean")) / self.get_buffer("spread")
        found: Tensor = self.layers(scaled)
        return found

    def logits(self, x: Array) -> Array:
        """Logits (N,) of events (N, 16)."""
        with torch.no_grad():
            return np.asarray(self.eval()(torch.from_numpy(x)).numpy()[:, 0])


def describe(x: Array) -> Array:
    """Features (N, 17) of events (N, 16)."""
    with torch.no_grad():
        return np.asarray(DitauFeatures()(torch.from_numpy(x)).numpy())


def fit(x: Array, signal: Mask, validation: tuple[Array, Mask], plan: DitauPlan) -> DitauNetwork:
    """The network after the epoch with the least log loss on the validation events; the same events
    and plan give the same one."""
    seen, target = torch.from_numpy(describe(x)), torch.from_numpy(signal.astype(np.float64))
    check = torch.from_numpy(describe(validation[0]))
    truth = torch.from_numpy(validation[1].astype(np.float64))
    measure = nn.BCEWithLogitsLoss()
    with torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        network = DitauNetwork(plan, seen)
        optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=plan.decay)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, plan.epochs)
        best, kept = float("inf"), network.state_dict()
        for _ in range(plan.epochs):
            network.train()
            for rows in torch.split(torch.randperm(len(seen)), plan.batch):
                optimiser.zero_grad()
                torch.autograd.backward(measure(network.score(seen[rows])[:, 0], target[rows]))
                optimiser.step()
            schedule.step()
            with torch.no_grad():
                loss = float(measure(network.eval().score(check)[:, 0], truth))
            if loss < best:
                best, kept = loss, {k: v.clone() for k, v in network.state_dict().items()}
    network.load_state_dict(kept)
    return network
