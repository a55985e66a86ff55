"""Convolutions over the nearest neighbours of each constituent: after ParticleNet (H. Qu, L.
Gouskos, Phys. Rev. D 101 (2020) 056019), small.

The weight of a neighbour falls to zero at the distance of the first one that is not looked at, so
that the answer does not jump where two are equally far.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lhnets_training.fit.jets.architectures.view import (
    TINY,
    JetView,
    dense,
    mean_present,
    squared_distances,
)
from lhnets_training.fit.jets.coordinates import CONSTITUENT_FEATURES

_FAR = 100.0


class EdgeConvolution(nn.Module):
    """New features (N, P, k) of constituents from those of their neighbours."""

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.own = nn.Linear(features, width)
        self.other = nn.Linear(features, width, bias=False)
        self.after = nn.Linear(width, width)
        self.beside = nn.Linear(features, width)

    def forward(self, x: Tensor, weights: Tensor) -> Tensor:
        """For features (N, P, f) and weights (N, P, P) of neighbours that add to 1."""
        other = self.other(x)
        edges = torch.relu((self.own(x) - other)[:, :, None] + other[:, None])
        mixed = (edges * weights[..., None]).sum(dim=2)
        return torch.relu(self.after(mixed) + self.beside(x))


class EdgeNetwork(nn.Module):
    """Two convolutions and a dense network of the means."""

    def __init__(self, few: int = 16, many: int = 24, neighbours: int = 8) -> None:
        super().__init__()
        self.neighbours = neighbours
        self.first = EdgeConvolution(CONSTITUENT_FEATURES, few)
        self.second = EdgeConvolution(few, many)
        self.last = dense(2 * (few + many), 48, 1)

    def forward(self, view: JetView) -> Tensor:
        """Logit (N, 1)."""
        weights = weigh_neighbours(view, self.neighbours)
        first = self.first(view.features, weights)
        seen = torch.cat([first, self.second(first, weights)], dim=2)
        pooled = [mean_present(seen, view), (seen * view.share).sum(dim=1)]
        found: Tensor = self.last(torch.cat(pooled, dim=1))
        return found


def weigh_neighbours(view: JetView, count: int) -> Tensor:
    """Weights (N, P, P) of the ``count`` nearest constituents of each, itself among them."""
    distance = squared_distances(view) + _FAR * (1 - view.present.transpose(1, 2))
    edge = distance.topk(count + 1, dim=2, largest=False).values[..., -1:]
    weights = torch.relu(1 - distance / (edge + TINY)) * view.present.transpose(1, 2)
    return weights / (weights.sum(dim=2, keepdim=True) + TINY)
