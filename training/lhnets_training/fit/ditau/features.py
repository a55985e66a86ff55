"""What a classifier sees of an event with a lepton, a hadronic tau, missing momentum and jets.

All is unchanged when the event turns about the beam or is mirrored. The collinear mass takes the
neutrinos of each tau along what is visible of it (R.K. Ellis et al., NPB 297 (1988) 221): missing =
a lepton + b tau in the transverse plane.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

FEATURES = (
    "visible mass", "collinear mass", "a of the lepton", "b of the tau", "transverse mass",
    "p_T of the boson", "missing momentum", "lepton p_T", "tau p_T", "tau mass",
    "difference in eta", "cosine of the azimuth between", "largest |eta|", "jets", "first jet p_T",
    "second jet p_T", "cosine to the missing momentum",
)  # fmt: skip
_TINY = 1e-6
_AREA = 1.0
"""In GeV^2: what keeps the collinear mass finite where lepton and tau are back to back."""
_MOST = 10.0
_JETS = 4.0


class DitauFeatures(nn.Module):
    """`FEATURES` (N, 17) of events (N, 16) in double precision, as
    `lhnets_training.labels.events.ditau.EVENT` has them."""

    def forward(self, event: Tensor) -> Tensor:
        """Momenta and masses as logarithms of GeV."""
        l_pt, l_eta, l_phi, t_pt, t_eta, t_phi, t_mass, x, y, jets, j_pt, *_ = torch.split(
            event, 1, dim=1
        )
        second = event[:, 13:14]
        lx, ly, tx, ty = _turned(l_pt, l_phi) + _turned(t_pt, t_phi)
        energy = torch.sqrt((t_pt * _cosh(t_eta)) ** 2 + t_mass**2)
        product = l_pt * (_cosh(l_eta) * energy - t_pt * _along(l_eta, t_eta, l_phi - t_phi))
        visible = torch.sqrt(torch.relu(t_mass**2 + 2 * product) + _TINY)
        missing = torch.sqrt(x * x + y * y + _TINY)
        area = lx * ty - ly * tx
        over = area / (area * area + _AREA)
        a, b = (x * ty - y * tx) * over, (lx * y - ly * x) * over
        stretched = (1 + _positive(a)) * (1 + _positive(b))
        transverse = torch.relu(2 * (l_pt * missing - lx * x - ly * y))
        boson = torch.sqrt((lx + tx + x) ** 2 + (ly + ty + y) ** 2 + _TINY)
        seen = torch.sqrt((lx + tx) ** 2 + (ly + ty) ** 2 + _TINY)
        beside = (x * (lx + tx) + y * (ly + ty)) / (missing * seen)
        logs = (visible, visible * torch.sqrt(stretched), 1 + torch.sqrt(transverse + _TINY))
        momenta = (boson, 1 + missing, l_pt, t_pt)
        return torch.cat(
            [
                *(torch.log(v) for v in logs[:2]),
                a / (1 + a.abs()),
                b / (1 + b.abs()),
                torch.log(logs[2]),
                *(torch.log(v + _TINY) for v in momenta),
                t_mass,
                (l_eta - t_eta).abs(),
                torch.cos(l_phi - t_phi),
                torch.maximum(l_eta.abs(), t_eta.abs()),
                torch.clamp(jets, 0.0, _JETS),
                torch.log(1 + j_pt),
                torch.log(1 + second),
                beside,
            ],
            dim=1,
        )


def _turned(pt: Tensor, phi: Tensor) -> tuple[Tensor, Tensor]:
    return pt * torch.cos(phi), pt * torch.sin(phi)


def _along(eta: Tensor, other: Tensor, phi: Tensor) -> Tensor:
    """Product of two directions, of transverse size 1 each."""
    return torch.cos(phi) + _sinh(eta) * _sinh(other)


def _cosh(x: Tensor) -> Tensor:
    """From exponentials, of which ONNX Runtime has double ones."""
    return (torch.exp(x) + torch.exp(-x)) / 2


def _sinh(x: Tensor) -> Tensor:
    return (torch.exp(x) - torch.exp(-x)) / 2


def _positive(x: Tensor) -> Tensor:
    return torch.clamp(x, 0.0, _MOST)
