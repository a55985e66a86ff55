"""Profile likelihoods of counts whose nuisance parameters shift the expected counts linearly: the
minimum by a fixed number of Newton steps, by numpy and as nodes of a graph, in float64.

-2 ln L = 2 sum_b (r_b - n_b ln r_b) + |u - c|^2 with r = b + s + u @ shifts, for the counts n of
the data and of the background's Asimov data. The nuisances u are in units of their uncertainties
and zero at the fit of the background alone. A step is cut where a rate would lose more than nine
tenths, so the steps never leave the likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

KEPT = 0.9
"""Of the way to a vanishing rate that one step may go."""
FLOOR = 1e-9
"""Share of its background that a bin expects at least: one without observed events may be pushed to
nothing, and then only rounding is left of its rate."""
TINY = 1e-300
MOST_STEPS = 20
CONVERGED = 1e-10
"""Change of ln L by further steps below which the steps count as enough."""
CONJUGATE = 4
"""Directions of conjugate gradients for one step, at most."""


class ConvergenceError(Error, RuntimeError):
    """Newton steps that do not end."""


@dataclass(frozen=True)
class LinearProfile:
    """The likelihood over signal yields, profiled in k linear nuisances over B bins."""

    place: Indices
    """The bin of each yield, shape (n,)."""
    background: Array
    """Expected counts (B,) of the fit without signal."""
    shifts: Array
    """Change of the counts by one standard deviation of each nuisance, (k, B)."""
    counts: Array
    """Those of the data and of the Asimov data, (2, B)."""
    centre: Array
    """Auxiliary measurements of both, (2, k)."""
    low: Array
    high: Array
    """Bounds of the nuisances, (k,)."""
    steps: int = 5

    def __call__(self, x: Array) -> Array:
        """ln L relative to no signal, (N, 2), at yields (N, n)."""
        signal = (x @ self._placing)[:, None, :]
        u = np.zeros((1, 2, len(self.shifts)))
        for _ in range(self.steps):
            u = self._step(signal, u)
        shift = signal + u @ self.shifts
        ratio = np.maximum((self.background + shift) / self.background, FLOOR)
        poisson = self.counts * np.log(ratio) - shift
        pulls = (u - self.centre) ** 2 - self.centre**2
        return np.asarray(poisson.sum(axis=2) - pulls.sum(axis=2) / 2)

    def converge(self, x: Array) -> LinearProfile:
        """The same with as many steps as the yields (N, n) need.

        Raises
        ------
        ConvergenceError
            If `MOST_STEPS` do not suffice.
        """
        exact = replace(self, steps=2 * MOST_STEPS)(x)
        for steps in range(1, MOST_STEPS + 1):
            found = replace(self, steps=steps)
            if np.abs(found(x) - exact).max() < CONVERGED * (1 + np.abs(exact).max()):
                return replace(self, steps=steps + 1)
        raise ConvergenceError(
            f"{MOST_STEPS} Newton steps over the nuisance parameters do not end in the minimum of "
            "-2 ln L, expected fewer: is a shift much larger than its background?"
        )

    def _step(self, signal: Array, u: Array) -> Array:
        least = FLOOR * self.background
        expected = self.background + signal + u @ self.shifts
        rate = np.maximum(expected, least)
        ratio = self.counts / rate
        gradient = (1 - ratio) @ self.shifts.T + (u - self.centre)
        weights = ratio / rate
        change = self._solve(weights, -gradient)
        room = np.maximum(expected - least, TINY)
        fall = (-(change @ self.shifts) / room).max(axis=2, keepdims=True)
        length = np.minimum(1.0, KEPT / np.maximum(fall, TINY))
        return np.asarray(np.clip(u + length * change, self.low, self.high))

    def _solve(self, weights: Array, right: Array) -> Array:
        """(1 + shifts diag(weights) shifts^T)^-1 ``right`` by conjugate gradients."""
        diagonal = 1 + weights @ (self.shifts**2).T
        if len(self.shifts) == 1:
            return np.asarray(right / diagonal)
        left, z = right, right / diagonal
        found, p = np.zeros_like(right), z
        size = (left * z).sum(axis=2, keepdims=True)
        for _ in range(self._directions):
            image = p + ((p @ self.shifts) * weights) @ self.shifts.T
            along = size / np.maximum((p * image).sum(axis=2, keepdims=True), TINY)
            found, left = found + along * p, left - along * image
            z = left / diagonal
            before, size = size, (left * z).sum(axis=2, keepdims=True)
            p = z + size / np.maximum(before, TINY) * p
        return found

    @property
    def _directions(self) -> int:
        return min(len(self.shifts), CONJUGATE)

    @cached_property
    def _placing(self) -> Array:
        """The bins (n, B) that the yields enter."""
        found = np.zeros((len(self.place), len(self.background)))
        found[np.arange(len(self.place)), self.place] = 1.0
        return found

    def build(self, graph: NetworkGraph) -> str:
        """The same as nodes: a tensor (N, 2)."""
        return _Nodes(self, graph).build()


@dataclass(frozen=True)
class _Nodes:
    """The graph of a profile under construction."""

    profile: LinearProfile
    graph: NetworkGraph

    def build(self) -> str:
        """ln L of both data sets."""
        p, node, constant = self.profile, self.graph.node, self.graph.constant
        placed = node("MatMul", PARAMETERS, constant(p._placing))
        signal = node("Unsqueeze", placed, constant(np.array([1])))
        expected = node("Add", signal, constant(p.background))
        u = constant(np.zeros((1, 2, len(p.shifts))))
        for _ in range(p.steps):
            u = self._step(expected, u)
        shift = node("Add", signal, self._moved(u))
        share = node("Div", node("Add", shift, constant(p.background)), constant(p.background))
        ratio = node("Max", share, constant(np.array(FLOOR)))
        poisson = node("Sub", node("Mul", constant(p.counts), node("Log", ratio)), shift)
        away = node("Sub", u, constant(p.centre))
        pulls = node("Sub", node("Mul", away, away), constant(p.centre**2))
        halves = node("Mul", self._sum(pulls, keep=0), constant(np.array(0.5)))
        return node("Sub", self._sum(poisson, keep=0), halves)

    def _step(self, expected: str, u: str) -> str:
        p, node, constant = self.profile, self.graph.node, self.graph.constant
        least = constant(FLOOR * p.background)
        reached = node("Add", expected, self._moved(u))
        rate = node("Max", reached, least)
        ratio = node("Div", constant(p.counts), rate)
        missing = node("Sub", ratio, constant(np.array(1.0)))
        right = node("Sub", self._felt(missing), node("Sub", u, constant(p.centre)))
        change = self._solve(node("Div", ratio, rate), right)
        room = node("Max", node("Sub", reached, least), constant(np.array(TINY)))
        fall = node("Neg", node("Div", self._moved(change), room))
        most = node("ReduceMax", fall, constant(np.array([2])), keepdims=1)
        safe = node("Div", constant(np.array(KEPT)), node("Max", most, constant(np.array(TINY))))
        length = node("Min", safe, constant(np.array(1.0)))
        further = node("Add", u, node("Mul", length, change))
        return node("Max", node("Min", further, constant(p.high)), constant(p.low))

    def _solve(self, weights: str, right: str) -> str:
        p, node, constant = self.profile, self.graph.node, self.graph.constant
        squares = node("MatMul", weights, constant((p.shifts**2).T))
        diagonal = node("Add", squares, constant(np.array(1.0)))
        z = node("Div", right, diagonal)
        if len(p.shifts) == 1:
            return z
        tiny = constant(np.array(TINY))
        left, along_z, found = right, z, ""
        size = self._sum(node("Mul", left, z))
        for _ in range(p._directions):
            image = node("Add", along_z, self._felt(node("Mul", self._moved(along_z), weights)))
            bend = node("Max", self._sum(node("Mul", along_z, image)), tiny)
            length = node("Div", size, bend)
            moved = node("Mul", length, along_z)
            found = node("Add", found, moved) if found else moved
            left = node("Sub", left, node("Mul", length, image))
            z = node("Div", left, diagonal)
            before, size = size, self._sum(node("Mul", left, z))
            kept = node("Div", size, node("Max", before, tiny))
            along_z = node("Add", z, node("Mul", kept, along_z))
        return found

    def _moved(self, u: str) -> str:
        """Changes of the counts by nuisances."""
        return self.graph.node("MatMul", u, self.graph.constant(self.profile.shifts))

    def _felt(self, bins: str) -> str:
        """What nuisances feel of the bins."""
        return self.graph.node("MatMul", bins, self.graph.constant(self.profile.shifts.T))

    def _sum(self, x: str, keep: int = 1) -> str:
        return self.graph.node("ReduceSum", x, self.graph.constant(np.array([2])), keepdims=keep)
