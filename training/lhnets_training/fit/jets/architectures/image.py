"""Jet images: centred, turned, mirrored and put into pixels within the network, then convolved.

The steps are those of L. de Oliveira et al., JHEP 07 (2016) 069. A constituent is shared among the
four nearest pixels, so that the image changes continuously with it.
"""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor, nn

from lhnets_training.fit.jets.architectures.view import TINY, JetView, dense

PIXELS, WIDTH = 24, 0.075
"""Pixels along an edge, and the width of one in rapidity and azimuth."""
_SOFT = 1e-4


class SingleConvolution(nn.Conv2d):
    """A convolution in single precision, since ONNX Runtime has no other."""

    def forward(self, input: Tensor) -> Tensor:
        """For images (N, k, H, W) of any precision."""
        bias = None if self.bias is None else self.bias.float()
        return nn.functional.conv2d(
            input.float(), self.weight.float(), bias, self.stride, self.padding
        )


class ImageNetwork(nn.Module):
    """Three convolutions with two poolings, and a dense layer."""

    def __init__(self, few: int = 8, many: int = 16) -> None:
        super().__init__()
        middle = (PIXELS - 1) / 2
        self.register_buffer("centres", (torch.arange(PIXELS) - middle) * WIDTH)
        self.convolutions = nn.Sequential(
            SingleConvolution(1, few, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            SingleConvolution(few, many, 3, padding=1), nn.ReLU(),
            SingleConvolution(many, many, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(),
        )  # fmt: skip
        self.last = dense(many * (PIXELS // 4) ** 2, 32, 1)

    def forward(self, view: JetView) -> Tensor:
        """Logit (N, 1)."""
        seen = self.convolutions(self.draw(view)[:, None])
        found: Tensor = self.last(seen.to(view.share.dtype))
        return found

    def draw(self, view: JetView) -> Tensor:
        """Images (N, 24, 24): square roots of the shares of the momentum."""
        x, y = turn_upright(view)
        image = (view.share * self._near(x)).transpose(1, 2) @ self._near(y)
        return torch.sqrt(image + _SOFT) - sqrt(_SOFT)

    def _near(self, x: Tensor) -> Tensor:
        """Shares (N, P, 24) of the pixels along one axis in constituents at ``x`` (N, P, 1)."""
        return torch.relu(1 - (x - self.get_buffer("centres")).abs() / WIDTH)


def turn_upright(view: JetView) -> tuple[Tensor, Tensor]:
    """Coordinates (N, P, 1) along and across the principal axis of a jet about its centre, mirrored
    so that the third moments are positive."""
    total = view.share.sum(dim=1, keepdim=True) + TINY
    centre = (view.share * view.angles).sum(dim=1, keepdim=True) / total
    about = (view.angles - centre) * view.present
    x, y = about[..., :1], about[..., 1:]
    difference = (view.share * (x * x - y * y)).sum(dim=1, keepdim=True)
    mixed = 2 * (view.share * x * y).sum(dim=1, keepdim=True)
    size = torch.sqrt(difference**2 + mixed**2 + TINY)
    cosine, sine = _halve(difference / size, mixed / size)
    along, across = x * cosine + y * sine, y * cosine - x * sine
    return _mirror(along, view), _mirror(across, view)


def _halve(cosine: Tensor, sine: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine of half an angle, each from what loses no digits."""
    larger = torch.sqrt((1 + cosine.abs()) / 2)
    smaller = sine / (2 * larger)
    wide = cosine < 0
    return torch.where(wide, smaller, larger), torch.where(wide, larger, smaller)


def _mirror(x: Tensor, view: JetView) -> Tensor:
    negative = (view.share * x**3).sum(dim=1, keepdim=True) < 0
    return torch.where(negative, -x, x)
