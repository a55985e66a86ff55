"""A small network of two tanh layers: its weights, their layout in one vector, and its value."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Shape:
    """Widths: inputs, the two hidden layers, outputs."""

    inputs: int
    first: int
    second: int
    outputs: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """Lengths of the blocks W1, b1, W2, b2, W3, b3 in the vector of parameters."""
        n, p, q, k = self.inputs, self.first, self.second, self.outputs
        return n * p, p, p * q, q, q * k, k

    @property
    def parameters(self) -> int:
        """How many numbers the network has."""
        return sum(self.sizes)

    def unpack(self, theta: Tensor) -> tuple[Tensor, ...]:
        """W1 (n, p), b1 (p,), W2 (p, q), b2 (q,), W3 (q, k), b3 (k,) as views of the vector
        ``theta``."""
        w1, b1, w2, b2, w3, b3 = torch.split(theta, list(self.sizes))
        n, p, q, k = self.inputs, self.first, self.second, self.outputs
        return w1.view(n, p), b1, w2.view(p, q), b2, w3.view(q, k), b3

    def start(self, seed: int) -> Tensor:
        """Random parameters in float64: weights of variance 1/fan-in, biases of the hidden layers
        uniform in [-1, 1]."""
        generator = torch.Generator().manual_seed(seed)

        def normal(rows: int, columns: int) -> Tensor:
            drawn = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
            return drawn.div(rows**0.5).reshape(-1)

        def uniform(length: int) -> Tensor:
            return 2 * torch.rand(length, generator=generator, dtype=torch.float64) - 1

        n, p, q, k = self.inputs, self.first, self.second, self.outputs
        last = torch.zeros(k, dtype=torch.float64)
        return torch.cat([normal(n, p), uniform(p), normal(p, q), uniform(q), normal(q, k), last])


def layers(shape: Shape, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """The two hidden layers at each of the inputs ``z`` (M, n): tensors (M, p) and (M, q)."""
    w1, b1, w2, b2, _, _ = shape.unpack(theta)
    first = torch.tanh(torch.addmm(b1, z, w1))
    return first, torch.tanh(torch.addmm(b2, first, w2))


def last_hidden(shape: Shape, theta: Tensor, z: Tensor) -> Tensor:
    """The second hidden layer (N, q) at inputs ``z`` (N, n), or its mean over the images of each
    point, ``z`` (N, g, n)."""
    second = layers(shape, theta, z.flatten(0, -2))[1]
    return second if z.dim() == 2 else second.view(*z.shape[:2], shape.second).mean(dim=1)


def forward(shape: Shape, theta: Tensor, z: Tensor) -> Tensor:
    """Outputs (N, k) at inputs ``z`` (N, n), or their mean over the images of each point, ``z`` (N,
    g, n)."""
    *_, w3, b3 = shape.unpack(theta)
    return torch.addmm(b3, last_hidden(shape, theta, z), w3)
