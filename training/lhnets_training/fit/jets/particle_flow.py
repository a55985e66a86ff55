"""A particle-flow network for two classes of jets: sums over constituents, then a small network, in
torch.

Deep sets (M. Zaheer et al., arXiv:1703.06114; P.T. Komiske, E.M. Metodiev, J. Thaler, JHEP 01
(2019) 121): one network for each constituent, summed with and without momentum weights, and a
second one of the sums and the jet's own features. Jets are turned and mirrored about their axis at
random while fitting. Several networks are fitted from different starts; one student learns the mean
of their logits and their spread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from torch import Tensor, nn

from lhnets_training.fit.jets.coordinates import CONSTITUENT_FEATURES, JET_FEATURES, Jets

Array = NDArray[np.float64]
LEAST_SPREAD = 0.02
"""Of the logits of the ensemble: what the student is asked to see."""


@dataclass(frozen=True)
class ParticleFlowPlan:
    """Widths, and how the fit goes: epochs over all jets, jets of a batch, first learning rate,
    decay of the weights."""

    inner: int = 48
    outer: int = 64
    members: int = 4
    epochs: int = 30
    student_epochs: int = 40
    batch: int = 256
    rate: float = 3e-3
    decay: float = 1e-4
    seed: int = 0


@dataclass(frozen=True)
class JetStandard:
    """Mean and width of the features, taken from the jets that are fitted."""

    constituent: tuple[Array, Array]
    jet: tuple[Array, Array]

    @classmethod
    def of(cls, jets: Jets) -> JetStandard:
        """From the constituents that there are, and the jets."""
        seen = jets.constituents[jets.share > 0]
        return cls(
            (seen.mean(axis=0), seen.std(axis=0)), (jets.jet.mean(axis=0), jets.jet.std(axis=0))
        )


class ParticleFlow(nn.Module):
    """Standardised features in, ``outputs`` numbers a jet out."""

    def __init__(self, plan: ParticleFlowPlan, outputs: int) -> None:
        super().__init__()
        self.inner = _relu_network(CONSTITUENT_FEATURES, plan.inner, plan.inner)
        self.outer = nn.Sequential(
            _relu_network(2 * plan.inner + JET_FEATURES, plan.outer, plan.outer),
            nn.Linear(plan.outer, outputs),
        )

    def forward(self, constituents: Tensor, share: Tensor, jet: Tensor) -> Tensor:
        """For features (N, P, 4), momentum shares (N, P) and jet features (N, 10): shape (N,
        outputs)."""
        seen = self.inner(constituents)
        weighted = (seen * share[..., None]).sum(dim=1)
        counted = (seen * (share > 0)[..., None]).mean(dim=1)
        found: Tensor = self.outer(torch.cat([weighted, counted, jet], dim=1))
        return found


def _relu_network(first: int, *widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(first, width), nn.ReLU()]
        first = width
    return nn.Sequential(*layers)


@dataclass(frozen=True)
class Student:
    """The distilled network: logit and logarithm of its spread."""

    network: ParticleFlow
    standard: JetStandard
    member_losses: tuple[float, ...]
    """Log loss of each member of the ensemble on the validation jets."""

    def __call__(self, jets: Jets) -> tuple[Array, Array]:
        """Logit and its spread, each (N,)."""
        with torch.no_grad():
            out = _batched(self.network, _tensors(jets, self.standard)).double().numpy()
        return out[:, 0], np.exp(out[:, 1])


def fit(
    jets: Jets,
    top: NDArray[np.bool_],
    validation: tuple[Jets, NDArray[np.bool_]],
    plan: ParticleFlowPlan,
    console: Console,
) -> Student:
    """Fit the ensemble and its student; the same jets, plan and one thread give the same
    network."""
    standard = JetStandard.of(jets)
    data, check = _tensors(jets, standard), _tensors(validation[0], standard)
    target = torch.tensor(top, dtype=torch.float32)
    truth = torch.tensor(validation[1], dtype=torch.float32)
    members, losses = [], []
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("particle flow", total=plan.members * plan.epochs + plan.student_epochs)
        for number in range(plan.members):
            network = _start(plan, 1, plan.seed + number)
            loss = _classify(
                network, data, target, (check, truth), standard, plan, lambda: bar.advance(task)
            )
            members.append(network)
            losses.append(loss)
        student = _start(plan, 2, plan.seed + plan.members)
        _distil(student, members, data, standard, plan, lambda: bar.advance(task))
    return Student(student, standard, tuple(losses))


def _start(plan: ParticleFlowPlan, outputs: int, seed: int) -> ParticleFlow:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return ParticleFlow(plan, outputs)


def _tensors(jets: Jets, standard: JetStandard) -> tuple[Tensor, Tensor, Tensor]:
    (mean, width), (jet_mean, jet_width) = standard.constituent, standard.jet
    parts = ((jets.constituents - mean) / width, jets.share, (jets.jet - jet_mean) / jet_width)
    constituents, share, jet = (torch.tensor(p, dtype=torch.float32) for p in parts)
    return constituents, share, jet


def _turned(constituents: Tensor, standard: JetStandard, generator: torch.Generator) -> Tensor:
    """The jets turned about their axis by random angles, half of them mirrored: columns 1 and 2 are
    the angles."""
    mean, width = (torch.tensor(a, dtype=torch.float32) for a in standard.constituent)
    angle = 2 * torch.pi * torch.rand(len(constituents), 1, generator=generator)
    mirror = torch.sign(torch.rand(len(constituents), 1, generator=generator) - 0.5)
    y = constituents[..., 1] * width[1] + mean[1]
    phi = (constituents[..., 2] * width[2] + mean[2]) * mirror
    turned = constituents.clone()
    turned[..., 1] = (torch.cos(angle) * y - torch.sin(angle) * phi - mean[1]) / width[1]
    turned[..., 2] = (torch.sin(angle) * y + torch.cos(angle) * phi - mean[2]) / width[2]
    return turned


def _classify(
    network: ParticleFlow,
    data: tuple[Tensor, Tensor, Tensor],
    target: Tensor,
    check: tuple[tuple[Tensor, Tensor, Tensor], Tensor],
    standard: JetStandard,
    plan: ParticleFlowPlan,
    advance: Callable[[], None],
) -> float:
    """Minimise the log loss; the epoch with the least on the validation jets is kept, and its loss
    given."""
    measure = nn.BCEWithLogitsLoss()
    best, kept = float("inf"), network.state_dict()

    def loss(rows: Tensor, turned: Tensor) -> Tensor:
        found: Tensor = measure(network(turned, data[1][rows], data[2][rows])[:, 0], target[rows])
        return found

    for _ in _epochs(network, data, loss, standard, plan, plan.epochs):
        with torch.no_grad():
            found = float(measure(_batched(network, check[0])[:, 0], check[1]))
        if found < best:
            best, kept = found, {k: v.clone() for k, v in network.state_dict().items()}
        advance()
    network.load_state_dict(kept)
    return best


def _distil(
    student: ParticleFlow,
    members: list[ParticleFlow],
    data: tuple[Tensor, Tensor, Tensor],
    standard: JetStandard,
    plan: ParticleFlowPlan,
    advance: Callable[[], None],
) -> None:
    """Teach the student the mean of the members' logits and the logarithm of their spread, on
    turned jets."""

    def loss(rows: Tensor, turned: Tensor) -> Tensor:
        with torch.no_grad():
            logits = torch.stack([m(turned, data[1][rows], data[2][rows])[:, 0] for m in members])
            spread = logits.std(dim=0).clamp_min(LEAST_SPREAD)
            mean = logits.mean(dim=0)
        found = student(turned, data[1][rows], data[2][rows])
        scale = 1 + 0.25 * mean.abs()
        of_mean: Tensor = (((found[:, 0] - mean) / scale) ** 2).mean()
        of_spread: Tensor = ((found[:, 1] - torch.log(spread)) ** 2).mean()
        return torch.add(of_mean, of_spread, alpha=0.1)

    for _ in _epochs(student, data, loss, standard, plan, plan.student_epochs):
        advance()


def _epochs(
    network: ParticleFlow,
    data: tuple[Tensor, Tensor, Tensor],
    loss: Callable[[Tensor, Tensor], Tensor],
    standard: JetStandard,
    plan: ParticleFlowPlan,
    epochs: int,
) -> Iterator[int]:
    """Go through the jets ``epochs`` times, each time turned anew; yields after each."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=plan.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    generator = torch.Generator().manual_seed(plan.seed)
    for epoch in range(epochs):
        for rows in torch.split(torch.randperm(len(data[0]), generator=generator), plan.batch):
            optimiser.zero_grad()
            torch.autograd.backward(loss(rows, _turned(data[0][rows], standard, generator)))
            optimiser.step()
        schedule.step()
        yield epoch


def _batched(network: ParticleFlow, data: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    return torch.cat(
        [network(*part) for part in zip(*(torch.split(t, 1024) for t in data), strict=True)]
    )
