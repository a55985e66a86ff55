"""A dense network of energy-flow polynomials and other features of the whole jet."""

from __future__ import annotations

from torch import Tensor, nn

from lhnets_training.fit.jets.architectures.view import JetView, dense
from lhnets_training.fit.jets.coordinates import JET_FEATURES


class EnergyFlow(nn.Module):
    """Two hidden layers on what `lhnets_training.fit.jets.coordinates` gives for a jet."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.layers = dense(JET_FEATURES, width, width, 1)

    def forward(self, view: JetView) -> Tensor:
        """Logit (N, 1)."""
        found: Tensor = self.layers(view.jet)
        return found
