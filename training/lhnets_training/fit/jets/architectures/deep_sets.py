"""Sums over constituents of what one network says of each: a particle-flow network (P.T. Komiske,
E.M. Metodiev, J. Thaler, JHEP 01 (2019) 121) without further features of the jet."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lhnets_training.fit.jets.architectures.view import JetView, dense, mean_present
from lhnets_training.fit.jets.coordinates import CONSTITUENT_FEATURES


class DeepSets(nn.Module):
    """One network for each constituent, its mean and its momentum-weighted sum, and a second
    one."""

    def __init__(self, inner: int = 48, outer: int = 64) -> None:
        super().__init__()
        self.inner = dense(CONSTITUENT_FEATURES, inner, inner, inner)
        self.last = dense(2 * inner, outer, outer, 1)

    def forward(self, view: JetView) -> Tensor:
        """Logit (N, 1)."""
        seen = torch.relu(self.inner(view.features))
        pooled = [mean_present(seen, view), (seen * view.share).sum(dim=1)]
        found: Tensor = self.last(torch.cat(pooled, dim=1))
        return found
