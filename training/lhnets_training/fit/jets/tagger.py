"""A tagger of two classes of jets: any architecture between the standardised features of jets and a
calibrated logit, fitted by torch.

While fitting, jets are turned and mirrored about their axis at random. After each epoch the state
is written, so that an interrupted fit goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, pi
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from torch import Tensor, nn

from lhnets_training.fit.jets.architectures.view import JetView
from lhnets_training.fit.jets.coordinates import (
    CONSTITUENT_FEATURES,
    JET_FEATURES,
    KEPT,
    Jets,
)
from lhnets_training.fit.jets.particle_flow import JetStandard

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_AT_ONCE = 1024


@dataclass(frozen=True)
class TaggerPlan:
    """How a fit goes: epochs over all jets, jets of a batch, largest learning rate, share of the
    steps in which it rises to that, decay of the weights."""

    epochs: int = 15
    batch: int = 128
    rate: float = 3e-3
    rise: float = 0.1
    decay: float = 1e-3
    seed: int = 0


class Tagger(nn.Module):
    """An architecture with the standardisation of its features: plain features of jets in, logit
    (N, 1) out."""

    def __init__(self, architecture: nn.Module, standard: JetStandard) -> None:
        super().__init__()
        self.architecture = architecture
        for name, pair in (("constituent", standard.constituent), ("jet", standard.jet)):
            for what, numbers in zip(("mean", "width"), pair, strict=True):
                self.register_buffer(f"{name}_{what}", torch.tensor(numbers, dtype=torch.float32))

    def forward(self, constituents: Tensor, share: Tensor, present: Tensor, jet: Tensor) -> Tensor:
        """For features (N, P, 4), momentum shares (N, P, 1), presence (N, P, 1) and jet features
        (N, 10) as in `lhnets_training.fit.jets.coordinates`."""
        features = self._standardise("constituent", constituents) * present
        scaled = self._standardise("jet", jet)
        found: Tensor = self.architecture(
            JetView(features, share, constituents[..., 1:3], present, scaled)
        )
        return found

    def _standardise(self, what: str, x: Tensor) -> Tensor:
        return (x - self.get_buffer(f"{what}_mean")) / self.get_buffer(f"{what}_width")

    def make_examples(self) -> tuple[Tensor, ...]:
        """Tensors as `forward` takes them, for a few jets."""
        shapes = ((KEPT, CONSTITUENT_FEATURES), (KEPT, 1), (KEPT, 1), (JET_FEATURES,))
        return tuple(torch.ones(3, *shape, dtype=torch.float64) for shape in shapes)

    def logits(self, jets: Jets) -> Array:
        """Logits (N,), in double precision once the fit is over."""
        data = to_tensors(jets, next(self.parameters()).dtype)
        return np.asarray(predict(self, data).double().numpy()[:, 0])


def fit(
    architecture: Callable[[], nn.Module],
    jets: Jets,
    signal: Mask,
    validation: tuple[Jets, Mask],
    plan: TaggerPlan,
    console: Console,
    state: Path | None = None,
) -> tuple[Tagger, float, float]:
    """The tagger after the epoch with the least log loss on the validation jets, in double
    precision, with that loss and the seconds that the fit took.

    The same jets, plan and one thread give the same network. With ``state`` the fit goes on from
    that file if it is there, and writes it after each epoch.
    """
    with torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        tagger = Tagger(architecture(), JetStandard.of(jets))
    optimiser = torch.optim.AdamW(tagger.parameters(), lr=plan.rate, weight_decay=plan.decay)
    progress = _FitProgress(tagger, optimiser, state)
    data, target = to_tensors(jets), torch.tensor(signal, dtype=torch.float32)
    check, truth = to_tensors(validation[0]), torch.tensor(validation[1], dtype=torch.float32)
    measure = nn.BCEWithLogitsLoss()
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("tagger", total=plan.epochs, completed=progress.epoch)
        for epoch in range(progress.epoch, plan.epochs):
            tagger.train()
            for rows, turned in _batches(data, optimiser, plan, epoch):
                optimiser.zero_grad()
                logits = tagger(turned, *(part[rows] for part in data[1:]))[:, 0]
                torch.autograd.backward(measure(logits, target[rows]))
                optimiser.step()
            progress.keep(float(measure(predict(tagger, check)[:, 0], truth)), epoch + 1)
            bar.advance(task)
    tagger.load_state_dict(progress.kept)
    return tagger.double().eval(), progress.best, progress.seconds


class _FitProgress:
    """The best network so far, and where the fit stands."""

    def __init__(self, tagger: Tagger, optimiser: torch.optim.Optimizer, path: Path | None) -> None:
        self.tagger, self.optimiser, self.path = tagger, optimiser, path
        self.epoch, self.best, self.kept = 0, float("inf"), _copy(tagger)
        self.before, self.start = 0.0, perf_counter()
        if path is not None and path.exists():
            found = torch.load(path, weights_only=True)
            self.epoch, self.best, self.kept = found["epoch"], found["best"], found["kept"]
            self.before = found["seconds"]
            tagger.load_state_dict(found["network"])
            optimiser.load_state_dict(found["optimiser"])

    @property
    def seconds(self) -> float:
        """Time of the fit up to now, interruptions left out."""
        return self.before + perf_counter() - self.start

    def keep(self, loss: float, epoch: int) -> None:
        """Note the ``loss`` after ``epoch`` epochs."""
        self.epoch = epoch
        if loss < self.best:
            self.best, self.kept = loss, _copy(self.tagger)
        if self.path is None:
            return
        partial = self.path.with_suffix(".partial")
        torch.save(
            {
                "epoch": epoch,
                "seconds": self.seconds,
                "best": self.best,
                "kept": self.kept,
                "network": self.tagger.state_dict(),
                "optimiser": self.optimiser.state_dict(),
            },
            partial,
        )
        partial.replace(self.path)


def to_tensors(
    jets: Jets, dtype: torch.dtype = torch.float32
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What `Tagger.forward` takes."""
    share = jets.share[..., None]
    constituents, shares, present, jet = (
        torch.tensor(part, dtype=dtype) for part in (jets.constituents, share, share > 0, jets.jet)
    )
    return constituents, shares, present, jet


def predict(tagger: Tagger, data: tuple[Tensor, ...]) -> Tensor:
    """Logits (N, 1) in evaluation mode, some jets at a time."""
    tagger.eval()
    with torch.no_grad():
        split = zip(*(torch.split(t, _AT_ONCE) for t in data), strict=True)
        return torch.cat([tagger(*part) for part in split])


def _batches(
    data: tuple[Tensor, ...], optimiser: torch.optim.Optimizer, plan: TaggerPlan, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows of each batch of an epoch and their constituents, turned; sets the learning rate."""
    generator = torch.Generator().manual_seed(1000 * plan.seed + epoch)
    batches = torch.split(torch.randperm(len(data[0]), generator=generator), plan.batch)
    for number, rows in enumerate(batches):
        done = (epoch + number / len(batches)) / plan.epochs
        rising = done / plan.rise if plan.rise else 1.0
        share = min(rising, (1 + cos(pi * max(done - plan.rise, 0) / (1 - plan.rise))) / 2)
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * max(share, 1e-3)
        yield rows, _turn(data[0][rows], generator)


def _turn(constituents: Tensor, generator: torch.Generator) -> Tensor:
    """The jets turned about their axis by random angles, half of them mirrored."""
    angle = 2 * torch.pi * torch.rand(len(constituents), 1, generator=generator)
    mirror = torch.sign(torch.rand(len(constituents), 1, generator=generator) - 0.5)
    y, phi = constituents[..., 1], constituents[..., 2] * mirror
    turned = constituents.clone()
    turned[..., 1] = torch.cos(angle) * y - torch.sin(angle) * phi
    turned[..., 2] = torch.sin(angle) * y + torch.cos(angle) * phi
    return turned


def _copy(tagger: Tagger) -> dict[str, Any]:
    return {k: v.detach().clone() for k, v in tagger.state_dict().items()}
