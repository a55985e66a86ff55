"""What an architecture sees of jets."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

TINY = 1e-6


class JetView(NamedTuple):
    """Of N jets with P constituents, zeros where there is none: ``features`` (N, P, 4),
    standardised; ``share`` (N, P, 1) of the momentum; ``angles`` (N, P, 2), rapidity and azimuth
    about the axis; ``present`` (N, P, 1), 1 or 0; ``jet`` (N, 10), standardised features of the
    whole jet."""

    features: Tensor
    share: Tensor
    angles: Tensor
    present: Tensor
    jet: Tensor


def pairs(column: Tensor) -> Tensor:
    """The differences (N, P, P) of all pairs of a column (N, P, 1)."""
    return column - column.transpose(1, 2)


def squared_distances(view: JetView) -> Tensor:
    """Squared distances (N, P, P) of all pairs in rapidity and azimuth about the axis."""
    return pairs(view.angles[..., :1]) ** 2 + pairs(view.angles[..., 1:]) ** 2


def squared_masses(view: JetView) -> Tensor:
    """Squared masses (N, P, P) of all pairs of constituents, in units of the jet's p_T.

    2 z_i z_j (cosh Delta y - cos Delta phi) for massless ones, without a difference of large
    numbers.
    """
    y, phi = pairs(view.angles[..., :1]) / 2, pairs(view.angles[..., 1:]) / 2
    apart = ((torch.exp(y) - torch.exp(-y)) / 2) ** 2 + torch.sin(phi) ** 2
    return 4 * view.share * view.share.transpose(1, 2) * apart


def dense(first: int, *widths: int) -> nn.Sequential:
    """Affine layers with ReLU between them."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(first, width), nn.ReLU()]
        first = width
    return nn.Sequential(*layers[:-1])


def mean_present(x: Tensor, view: JetView) -> Tensor:
    """Means (N, k) of ``x`` (N, P, k) over the constituents that there are."""
    return (x * view.present).sum(dim=1) / (view.present.sum(dim=1) + TINY)
