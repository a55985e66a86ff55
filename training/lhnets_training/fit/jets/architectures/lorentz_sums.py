"""Learned sums of four-momenta, and their masses: after LoLa (A. Butter et al., SciPost Phys. 5
(2018) 028).

There the weights of a sum belong to the rank of a constituent in p_T. Here they are functions of
its features, so that constituents of equal p_T may change places.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lhnets_training.fit.jets.architectures.view import JetView, dense, squared_masses
from lhnets_training.fit.jets.coordinates import CONSTITUENT_FEATURES

_SCALE = 100.0


class LorentzSums(nn.Module):
    """All products of ``sums`` sums of momenta, on a logarithmic scale, into a dense network."""

    def __init__(self, sums: int = 14, width: int = 64) -> None:
        super().__init__()
        self.weights = dense(CONSTITUENT_FEATURES, 24, 24, sums)
        self.layers = dense(sums * sums, width, width // 2, 1)

    def forward(self, view: JetView) -> Tensor:
        """Logit (N, 1)."""
        weights = torch.tanh(self.weights(view.features)) * view.present
        products = weights.transpose(1, 2) @ squared_masses(view) @ weights
        scaled = torch.sign(products) * torch.log(1 + _SCALE * products.abs())
        found: Tensor = self.layers(scaled.flatten(1))
        return found
