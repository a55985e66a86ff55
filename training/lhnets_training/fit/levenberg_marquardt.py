"""Levenberg-Marquardt fits of small tanh networks in float64.

Second order with the full J^T J: for a few hundred parameters and tens of thousands of rows it ends
more than ten times closer to a smooth function than first-order fits of networks many times the
size. K. Levenberg, Quart. Appl. Math. 2 (1944) 164; D. Marquardt, SIAM J. Appl. Math. 11 (1963)
431. The Jacobian of two tanh layers is written out, in chunks of rows. Many starts survey a part of
the rows, the best of them go on with more, the best on the validation rows is kept.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor

from lhnets_training.fit.tanh_network import Shape, forward, layers

CHUNK = 4096
FACTOR = 5.0
FLOOR, ROUNDING = 1e-9, 1e-15
"""Of the largest diagonal element of J^T J: the scale of directions that the rows do not see, and
what is always added."""
LOGGED = 20
"""Steps after which a line is written where there is no terminal for a bar."""
SMALLEST_DAMPING, LARGEST_DAMPING = 1e-13, 1e8


@dataclass(frozen=True)
class FitRows:
    """Standardised inputs z (N, n) and targets (N, k), in float64; residuals count ``weight`` times
    (N, k), or once.

    With ``z`` (N, g, n) the network is the mean over g images of each point under a symmetry, which
    it then has exactly.
    """

    z: Tensor
    target: Tensor
    weight: Tensor | None = None

    def first(self, count: int) -> FitRows:
        """At most ``count`` of the rows."""
        return self._part(slice(count))

    def chunks(self) -> Iterator[FitRows]:
        """The rows, at most `CHUNK` at once."""
        return (self._part(slice(start, start + CHUNK)) for start in range(0, len(self.z), CHUNK))

    def _part(self, rows: slice) -> FitRows:
        return FitRows(
            self.z[rows], self.target[rows], None if self.weight is None else self.weight[rows]
        )

    def residual(self, outputs: Tensor) -> Tensor:
        """Weighted residuals for ``outputs`` (N, k) of the network."""
        return (outputs - self.target) * (1.0 if self.weight is None else self.weight)


@dataclass(frozen=True)
class Stage:
    """A stage of a fit: the best ``fits`` so far go at most ``steps`` steps on the first ``rows``
    rows (None: all)."""

    fits: int
    steps: int
    rows: int | None = None


@dataclass(frozen=True)
class FitPlan:
    """How much is done. The first stage begins with as many random starts as it has fits."""

    first: int = 24
    second: int = 24
    stages: tuple[Stage, ...] = (Stage(6, 50, 6000), Stage(2, 120, 16000), Stage(1, 80))
    seed: int = 0


@dataclass(frozen=True)
class FitState:
    """Where one fit stands."""

    theta: Tensor
    damping: float = 1e-2
    step: int = 0
    validation: float = float("inf")
    best: Tensor | None = None
    seconds: float = 0.0

    @property
    def chosen(self) -> Tensor:
        """The parameters that were best on the validation rows."""
        return self.theta if self.best is None else self.best

    def again(self) -> FitState:
        """The best parameters as the start of a stage with other rows."""
        return replace(self, theta=self.chosen, step=0, seconds=0.0)


@dataclass(frozen=True)
class Fit:
    """A finished fit: parameters, root mean square residual on the validation rows, and those of
    all starts."""

    shape: Shape
    theta: Tensor
    validation: float
    starts: tuple[float, ...]
    seconds: float
    """Time of all steps, also of those before an interruption."""


def fit(
    train: FitRows, validation: FitRows, plan: FitPlan, console: Console, folder: Path | None = None
) -> Fit:
    """Fit by ``plan``; with a ``folder``, each step is kept there and an interrupted fit goes on
    from its last step.

    The same rows, plan and number of threads give the same parameters.
    """
    shape = Shape(train.z.shape[-1], plan.first, plan.second, train.target.shape[1])
    keep = _StateKeeper(folder, train, plan)
    standing = {k: FitState(shape.start(plan.seed + k)) for k in range(plan.stages[0].fits)}
    first: tuple[float, ...] = ()
    seconds = 0.0
    with _bar(console) as bar:
        for number, stage in enumerate(plan.stages, 1):
            rows = train.first(stage.rows or len(train.z))
            best = sorted(standing, key=lambda k: standing[k].validation)[: stage.fits]
            standing = {
                k: _go(
                    shape,
                    rows,
                    validation,
                    standing[k].again(),
                    stage.steps,
                    keep,
                    f"stage {number}, start {k + 1}",
                    bar,
                )
                for k in best
            }
            first = first or tuple(state.validation for state in standing.values())
            seconds += sum(state.seconds for state in standing.values())
    winner = min(standing.values(), key=lambda s: s.validation)
    return Fit(shape, winner.chosen, winner.validation, first, seconds)


def hyperparameters(plan: FitPlan, found: Fit, unit: str) -> dict[str, Any]:
    """What a card says of the fit; ``unit`` is that of its residuals."""
    return {
        "optimiser": "Levenberg-Marquardt in float64",
        "parameters": found.shape.parameters,
        "stages": [asdict(stage) for stage in plan.stages],
        "rms_unit": unit,
        "rms_of_starts": [float(f"{v:.4g}") for v in found.starts],
        "rms_on_validation": float(f"{found.validation:.4g}"),
    }


def scaled(plan: FitPlan, effort: float) -> FitPlan:
    """``plan`` with a share of its steps; also of its fits where the share is below one."""
    stages = tuple(
        Stage(max(1, round(s.fits * min(effort, 1.0))), max(1, round(s.steps * effort)), s.rows)
        for s in plan.stages
    )
    return replace(plan, stages=stages)


def steps(
    shape: Shape, train: FitRows, validation: FitRows, state: FitState, count: int
) -> Iterator[FitState]:
    """The states after each of at most ``count`` further steps; ends early where no damping lowers
    the residual."""
    loss = _loss(shape, train, state.theta)
    while state.step < count:
        began = time.perf_counter()
        normal, gradient = _normal_equations(shape, train, state.theta)
        found = _best_step(shape, train, state, normal, gradient, loss)
        if found is None:
            return
        theta, damping, loss = found
        rms = (_loss(shape, validation, theta) / validation.target.numel()) ** 0.5
        better = rms < state.validation
        best = theta if better else state.chosen
        seconds = state.seconds + time.perf_counter() - began
        state = FitState(theta, damping, state.step + 1, min(rms, state.validation), best, seconds)
        yield state


def jacobian(shape: Shape, theta: Tensor, z: Tensor) -> Tensor:
    """d output / d parameter at inputs ``z`` (N, n) or (N, g, n): a tensor (k, N, parameters)."""
    _, _, w2, _, w3, _ = shape.unpack(theta)
    points, images = z.shape[0], z.shape[1:-1].numel()
    z = z.flatten(0, -2)
    h1, h2 = layers(shape, theta, z)
    blocks = []
    for k in range(shape.outputs):
        g2 = (1 - h2 * h2) * w3[:, k]
        g1 = (1 - h1 * h1) * (g2 @ w2.T)
        last = torch.zeros(len(z), shape.second, shape.outputs, dtype=z.dtype)
        last[:, :, k] = h2
        one = torch.zeros(len(z), shape.outputs, dtype=z.dtype)
        one[:, k] = 1
        parts = (_outer(z, g1), g1, _outer(h1, g2), g2, last.flatten(1), one)
        block = torch.cat(parts, dim=1)
        blocks.append(block if images == 1 else block.view(points, images, -1).mean(dim=1))
    return torch.stack(blocks)


def _best_step(
    shape: Shape, train: FitRows, state: FitState, normal: Tensor, gradient: Tensor, loss: float
) -> tuple[Tensor, float, float] | None:
    """Parameters, damping and loss of the lowest step: from the last damping downhill, by factors,
    in both directions."""

    def attempt(damping: float) -> tuple[Tensor, float, float]:
        theta = _solve(state.theta, normal, gradient, damping)
        return theta, damping, _loss(shape, train, theta)

    best = attempt(state.damping)
    for factor in (FACTOR, 1 / FACTOR):
        damping = state.damping * factor
        while SMALLEST_DAMPING < damping < LARGEST_DAMPING:
            trial = attempt(damping)
            if trial[2] < best[2]:
                best = trial
            elif best[2] < loss:
                break
            damping *= factor
    return best if best[2] < loss else None


def _solve(theta: Tensor, normal: Tensor, gradient: Tensor, damping: float) -> Tensor:
    """The damped step; ``theta`` itself where the damped matrix is not positive definite to
    rounding."""
    diagonal, largest = normal.diagonal(), float(normal.diagonal().max())
    added = damping * diagonal.clamp_min(FLOOR * largest) + ROUNDING * largest
    factor, failed = torch.linalg.cholesky_ex(normal + torch.diag(added))
    return theta if failed else theta - torch.cholesky_solve(gradient[:, None], factor)[:, 0]


def _normal_equations(shape: Shape, rows: FitRows, theta: Tensor) -> tuple[Tensor, Tensor]:
    """J^T J and J^T r over all rows."""
    normal = torch.zeros(shape.parameters, shape.parameters, dtype=torch.float64)
    gradient = torch.zeros(shape.parameters, dtype=torch.float64)
    for part in rows.chunks():
        residual = part.residual(forward(shape, theta, part.z))
        slopes = jacobian(shape, theta, part.z)
        for k, j in enumerate(slopes):
            if part.weight is not None:
                j *= part.weight[:, k, None]
            normal.addmm_(j.T, j)
            gradient.addmv_(j.T, residual[:, k])
    return normal, gradient


def _loss(shape: Shape, rows: FitRows, theta: Tensor) -> float:
    """Sum of squared weighted residuals; infinite where it is not finite."""
    total = float((rows.residual(forward(shape, theta, rows.z)) ** 2).sum())
    return total if np.isfinite(total) else float("inf")


def _outer(a: Tensor, b: Tensor) -> Tensor:
    return (a[:, :, None] * b[:, None, :]).flatten(1)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} steps"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("rms on validation {task.fields[rms]:.2e}"),
        console=console,
        disable=not console.is_terminal,
    )


def _go(
    shape: Shape,
    train: FitRows,
    validation: FitRows,
    state: FitState,
    count: int,
    keep: _StateKeeper,
    name: str,
    bar: Progress,
) -> FitState:
    state = keep.load(name, state)
    task = bar.add_task(name, total=count, completed=state.step, rms=state.validation)
    reached = state
    for reached in steps(shape, train, validation, state, count):
        keep.save(name, reached)
        bar.update(task, completed=reached.step, rms=reached.validation)
        if not bar.console.is_terminal and reached.step % LOGGED == 0:
            bar.console.print(
                f"{name}, step {reached.step}/{count}: rms on validation {reached.validation:.2e}",
                soft_wrap=True,
            )
    bar.update(task, completed=count)
    return reached


class _StateKeeper:
    """States on disk, under a name that changes with the rows and the plan."""

    def __init__(self, folder: Path | None, train: FitRows, plan: FitPlan) -> None:
        self._folder = folder
        hashed = hashlib.sha256(train.z.numpy().tobytes() + train.target.numpy().tobytes())
        if train.weight is not None:
            hashed.update(train.weight.numpy().tobytes())
        hashed.update(repr(plan).encode())
        self._digest = hashed.hexdigest()[:12]

    def load(self, name: str, fresh: FitState) -> FitState:
        path = self._path(name)
        if path is None or not path.exists():
            return fresh
        with np.load(path) as kept:
            return FitState(
                torch.from_numpy(kept["theta"]),
                float(kept["damping"]),
                int(kept["step"]),
                float(kept["validation"]),
                torch.from_numpy(kept["best"]),
                float(kept["seconds"]),
            )

    def save(self, name: str, state: FitState) -> None:
        path = self._path(name)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        np.savez(
            partial,
            theta=state.theta.numpy(),
            damping=state.damping,
            step=state.step,
            validation=state.validation,
            best=state.chosen.numpy(),
            seconds=state.seconds,
        )
        partial.replace(path)

    def _path(self, name: str) -> Path | None:
        return (
            self._folder / f"fit-{self._digest}-{name.replace(', ', '-').replace(' ', '-')}.npz"
            if self._folder
            else None
        )
