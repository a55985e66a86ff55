"""Networks on jets and events as their authors write them: plain modules of torch, without a
thought of export."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from lhnets_training.importing.source import Tensor as Declared

METRIC = torch.tensor([1.0, -1.0, -1.0, -1.0])


class DynamicEdgeConv(nn.Module):
    """ParticleNet: edges to the k nearest neighbours, found anew for each event."""

    def __init__(self, k: int = 4, width: int = 16) -> None:
        super().__init__()
        self.k = k
        self.mlp = nn.Sequential(nn.Linear(8, width), nn.ReLU(), nn.Linear(width, width))
        self.out = nn.Linear(width, 2)

    def forward(self, constituents: Tensor, mask: Tensor) -> Tensor:
        places, shown = constituents[..., 1:3], mask.float()
        number = places.shape[1]
        far = 1e9 * (1 - shown[:, None]) + 1e9 * torch.eye(number)
        distance = ((places[:, :, None] - places[:, None]) ** 2).sum(-1) + far
        nearest = distance.topk(self.k, dim=-1, largest=False).indices
        others = constituents[:, None].expand(-1, number, -1, -1)
        others = torch.gather(others, 2, nearest[..., None].expand(-1, -1, -1, 4))
        own = constituents[:, :, None].expand_as(others)
        hidden = self.mlp(torch.cat([own, others - own], -1)).mean(2) * shown[..., None]
        return torch.softmax(self.out(hidden.sum(1) / shown.sum(1, keepdim=True)), -1)


class LorentzLayer(nn.Module):
    """LoLa: combinations of four-momenta, their masses and products. Of fixed length."""

    def __init__(self, length: int = 16, made: int = 8) -> None:
        super().__init__()
        total = length + made
        self.combine = nn.Parameter(torch.randn(length, made) * 0.1)
        self.weight = nn.Parameter(torch.randn(4, total, total) * 0.1)
        self.register_buffer("metric", torch.diag(METRIC))
        self.out = nn.Sequential(nn.Linear(total * 5, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, constituents: Tensor, mask: Tensor) -> Tensor:
        x = constituents * mask[..., None].float()
        k = torch.cat([x, torch.einsum("npm,pc->ncm", x, self.combine)], 1)
        masses = torch.einsum("nim,mk,nik->ni", k, self.metric, k)
        products = torch.einsum("nim,mk,njk->nij", k, self.metric, k)
        distance = masses[:, :, None] + masses[:, None] - 2 * products
        made = [
            masses,
            torch.einsum("nij,ij->ni", distance, self.weight[0]),
            (distance * self.weight[1]).min(-1).values,
            k[..., 0] @ self.weight[2],
            torch.sqrt(k[..., 1] ** 2 + k[..., 2] ** 2 + 1e-8),
        ]
        return torch.softmax(self.out(torch.stack(made, -1).flatten(1)), -1)


class ParticleTransformer(nn.Module):
    """ParT: attention with a bias from pairs; ``fused`` takes torch's own attention."""

    def __init__(
        self, width: int = 32, heads: int = 4, layers: int = 2, fused: bool = True
    ) -> None:
        super().__init__()
        self.heads, self.width, self.fused = heads, width, fused
        self.embed = nn.Sequential(nn.Linear(4, width), nn.GELU(), nn.Linear(width, width))
        self.pair = nn.Sequential(nn.Linear(2, 16), nn.GELU(), nn.Linear(16, heads))
        self.qkv = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(layers))
        self.join = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.before = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers))
        self.after = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers))
        self.forwards = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
            for _ in range(layers)
        )
        self.score = nn.Parameter(torch.randn(width))
        self.out = nn.Linear(width, 2)

    def forward(self, constituents: Tensor, mask: Tensor) -> Tensor:
        p = constituents
        pt = torch.sqrt(p[..., 1] ** 2 + p[..., 2] ** 2 + 1e-8)
        apart = ((p[:, :, None, 1:3] - p[:, None, :, 1:3]) ** 2).sum(-1)
        kt = torch.minimum(pt[:, :, None], pt[:, None]) * torch.sqrt(apart + 1e-8)
        pairs = torch.stack([torch.log(apart + 1e-6), torch.log(kt + 1e-6)], -1)
        hidden = torch.where(mask, 0.0, -1e4)
        bias = self.pair(pairs).permute(0, 3, 1, 2) + hidden[:, None, None]
        x = self.embed(p)
        events, length = x.shape[0], x.shape[1]
        parts = zip(self.qkv, self.join, self.before, self.after, self.forwards, strict=True)
        for qkv, join, before, after, forwards in parts:
            shape = (events, length, 3, self.heads, self.width // self.heads)
            q, k, v = qkv(before(x)).reshape(shape).permute(2, 0, 3, 1, 4)
            if self.fused:
                found = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
            else:
                scores = q @ k.transpose(-1, -2) / math.sqrt(self.width // self.heads)
                found = torch.softmax(scores + bias, -1) @ v
            x = x + join(found.transpose(1, 2).reshape(events, length, self.width))
            x = x + forwards(after(x))
        share = torch.softmax(x @ self.score + hidden, -1)
        return torch.softmax(self.out((x * share[..., None]).sum(1)), -1)


class EncoderTagger(nn.Module):
    """torch's own TransformerEncoder."""

    def __init__(self, width: int = 32, heads: int = 4) -> None:
        super().__init__()
        self.embed = nn.Linear(4, width)
        layer = nn.TransformerEncoderLayer(width, heads, 64, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.out = nn.Linear(width, 2)

    def forward(self, constituents: Tensor, mask: Tensor) -> Tensor:
        x = self.encoder(self.embed(constituents), src_key_padding_mask=~mask) * mask[..., None]
        return torch.softmax(self.out(x.sum(1)), -1)


class LorentzEquivariant(nn.Module):
    """LorentzNet: one block, all pairs."""

    metric: Tensor

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.embed = nn.Linear(4, width)
        self.edge = nn.Sequential(
            nn.Linear(2 * width + 2, width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
        )
        self.gate = nn.Sequential(nn.Linear(width, 1), nn.Sigmoid())
        self.shift = nn.Linear(width, 1, bias=False)
        self.update = nn.Linear(2 * width, width)
        self.out = nn.Linear(width, 2)
        self.register_buffer("metric", METRIC)

    def forward(self, constituents: Tensor, mask: Tensor) -> Tensor:
        x, shown, h = constituents, mask.float(), self.embed(constituents)
        products = torch.einsum("nim,m,njm->nij", x, self.metric, x)
        apart = x[:, :, None] - x[:, None]
        norms = (apart**2 * self.metric).sum(-1)
        events, length = h.shape[0], h.shape[1]
        own = h[:, :, None].expand(-1, -1, length, -1)
        other = h[:, None].expand(-1, length, -1, -1)
        logs = [(torch.sign(p) * torch.log(p.abs() + 1))[..., None] for p in (norms, products)]
        edges = torch.cat([own, other, *logs], -1).reshape(events * length * length, -1)
        message = self.edge(edges).reshape(events, length, length, -1)
        message = message * self.gate(message) * (shown[:, :, None] * shown[:, None])[..., None]
        x = x + (apart * torch.clamp(self.shift(message), -100, 100)).mean(2) * 1e-3
        h = h + self.update(torch.cat([h, message.sum(2)], -1))
        return torch.softmax(self.out((h * shown[..., None]).sum(1)), -1)


class PermutationLayer(nn.Module):
    """PELICAN: rows, columns, sums and the diagonal of all products."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.register_buffer("metric", METRIC)
        self.first = nn.Linear(1, width)
        self.mix = nn.Linear(6 * width, width)
        self.out = nn.Linear(2 * width, 2)

    def forward(self, constituents: Tensor, mask: Tensor) -> Tensor:
        shown = mask.float()
        both = (shown[:, :, None] * shown[:, None])[..., None]
        products = torch.einsum("nim,m,njm->nij", constituents, self.metric, constituents)
        t = self.first(torch.log(1 + products.abs())[..., None]) * both
        sums = [t.sum(axes, keepdim=True).expand_as(t) for axes in (2, 1, (1, 2))]
        diagonal = torch.diagonal(t, dim1=1, dim2=2).permute(0, 2, 1)[:, :, None].expand_as(t)
        t = torch.relu(self.mix(torch.cat([t, t.transpose(1, 2), *sums, diagonal], -1))) * both
        trace = torch.diagonal(t, dim1=1, dim2=2).sum(-1)
        return torch.softmax(self.out(torch.cat([t.sum((1, 2)), trace], -1)), -1)


class RecurrentTagger(nn.Module):
    """An LSTM or a GRU over the constituents. Of fixed length."""

    def __init__(self, kind: type[nn.LSTM | nn.GRU] = nn.LSTM) -> None:
        super().__init__()
        self.steps = kind(4, 16, batch_first=True)
        self.out = nn.Linear(16, 2)

    def forward(self, constituents: Tensor, mask: Tensor) -> Tensor:
        found, _ = self.steps(constituents * mask[..., None].float())
        return torch.softmax(self.out(found[:, -1]), -1)


class AutoregressiveFlow(nn.Module):
    """MAF: the logarithm of a density."""

    into: Tensor
    out: Tensor

    def __init__(self, width: int = 6, layers: int = 3, hidden: int = 32) -> None:
        super().__init__()
        first, inner = torch.arange(1, width + 1), torch.arange(hidden) % (width - 1) + 1
        self.register_buffer("into", (inner[:, None] >= first[None]).float())
        self.register_buffer("out", (first.repeat(2)[:, None] > inner[None]).float())
        self.a = nn.ModuleList(nn.Linear(width, hidden) for _ in range(layers))
        self.b = nn.ModuleList(nn.Linear(hidden, 2 * width) for _ in range(layers))

    def forward(self, features: Tensor) -> Tensor:
        x, logs = features, torch.zeros_like(features[:, :1])
        for a, b in zip(self.a, self.b, strict=True):
            assert isinstance(a, nn.Linear)
            assert isinstance(b, nn.Linear)
            hidden = torch.relu(nn.functional.linear(x, a.weight * self.into, a.bias))
            found = nn.functional.linear(hidden, b.weight * self.out, b.bias)
            mean, scale = found.chunk(2, -1)
            scale = torch.tanh(scale)
            x = ((x - mean) * torch.exp(-scale)).flip(-1)
            logs = logs - scale.sum(-1, keepdim=True)
        return -0.5 * (x**2).sum(-1, keepdim=True) + logs


class SplineFlow(nn.Module):
    """Coupling layers of rational quadratic splines: the logarithm of a density."""

    edge = 4.0

    def __init__(self, width: int = 6, layers: int = 3, bins: int = 8) -> None:
        super().__init__()
        self.bins, half = bins, width // 2
        self.nets = nn.ModuleList(
            nn.Sequential(nn.Linear(half, 32), nn.ReLU(), nn.Linear(32, half * (3 * bins - 1)))
            for _ in range(layers)
        )

    def forward(self, features: Tensor) -> Tensor:
        x, half = features, features.shape[1] // 2
        logs = torch.zeros_like(features[:, :1])
        for k, net in enumerate(self.nets):
            a, b = (x[:, :half], x[:, half:]) if k % 2 == 0 else (x[:, half:], x[:, :half])
            b, log = self.spline(b, net(a).reshape(-1, half, 3 * self.bins - 1))
            logs = logs + log.sum(-1, keepdim=True)
            x = torch.cat([a, b] if k % 2 == 0 else [b, a], -1)
        return -0.5 * (x**2).sum(-1, keepdim=True) + logs

    def spline(self, x: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Values and logarithms of slopes; the identity beyond the edge."""
        parts = [self.bins, self.bins, self.bins - 1]
        widths, heights, slopes = torch.split(numbers, parts, -1)
        slopes = nn.functional.softplus(slopes) + 1e-3
        one = torch.ones_like(slopes[..., :1])
        slopes = torch.cat([one, slopes, one], -1)
        widths, heights = (torch.softmax(t, -1) * 2 * self.edge for t in (widths, heights))
        low = torch.full_like(widths[..., :1], -self.edge)
        along, up = (
            torch.cat([low, torch.cumsum(t, -1) - self.edge], -1) for t in (widths, heights)
        )
        inside = x.abs() < self.edge * 0.9999
        at = x.clamp(-self.edge * 0.9999, self.edge * 0.9999)
        place = (at[..., None] >= along[..., 1:-1]).long().sum(-1, keepdim=True)

        def pick(table: Tensor) -> Tensor:
            return torch.gather(table, -1, place)[..., 0]

        wide, high = pick(widths), pick(heights)
        first, last = pick(slopes[..., :-1]), pick(slopes[..., 1:])
        mean = high / wide
        t = (at - pick(along[..., :-1])) / wide
        below = mean + (first + last - 2 * mean) * t * (1 - t)
        y = pick(up[..., :-1]) + high * (mean * t**2 + first * t * (1 - t)) / below
        slope = mean**2 * (last * t**2 + 2 * mean * t * (1 - t) + first * (1 - t) ** 2)
        log = torch.log(slope) - 2 * torch.log(below)
        return torch.where(inside, y, x), torch.where(inside, log, torch.zeros_like(log))


def of_jets(length: int | str) -> tuple[Declared, ...]:
    """Constituents and their mask."""
    shape = ("N", length)
    return (
        Declared("constituents", "float32", (*shape, 4)),
        Declared("mask", "bool", shape),
    )


VECTOR = (Declared("features", "float32", ("N", 6)),)

NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[Declared, ...]]] = {
    "EdgeConv, dynamic kNN": (DynamicEdgeConv, of_jets("P")),
    "LoLa": (LorentzLayer, of_jets(16)),
    "LorentzNet": (LorentzEquivariant, of_jets("P")),
    "PELICAN": (PermutationLayer, of_jets("P")),
    "ParT, attention of torch": (ParticleTransformer, of_jets("P")),
    "ParT, attention written out": (lambda: ParticleTransformer(fused=False), of_jets("P")),
    "TransformerEncoder": (EncoderTagger, of_jets("P")),
    "LSTM": (RecurrentTagger, of_jets(16)),
    "GRU": (lambda: RecurrentTagger(nn.GRU), of_jets(16)),
    "MAF": (AutoregressiveFlow, VECTOR),
    "rational quadratic splines": (SplineFlow, VECTOR),
}
"""A module and what its card declares, by the name of the architecture."""
