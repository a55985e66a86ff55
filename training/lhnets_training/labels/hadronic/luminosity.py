"""Parton luminosities tau dL/dtau (tau, Q) = integral dy x1 f(x1, Q) x2 f(x2, Q), x1,2 = sqrt(tau)
exp(+-y).

They do not depend on the energy of the collider: one table serves every sqrt(s). Densities below
zero, which a fit such as NNPDF3.1 has at large x, count as zero, as in Pythia 8.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from scipy.interpolate import RectBivariateSpline

from lhnets_training.labels.hadronic.pdf_grid import GLUON, QUARKS, PdfGrid

Array = NDArray[np.float64]

CHANNELS = ("gg", "qqbar", "up", "down", "bottom", "plus", "minus")
FLAVOURS = {"qqbar": (0, 1, 2, 3, 4), "up": (1, 3), "down": (0, 2, 4), "bottom": (4,)}
"""Numbers of the flavours d, u, s, c, b in each channel of quarks and antiquarks."""
CKM = np.array([[0.97383, 0.2272, 0.00396], [0.2271, 0.97296, 0.04221]])
"""Sizes |V_ij| of u, c (rows) with d, s, b as in Pythia 8, from the Review of Particle Physics of
2006."""
TAU_MAX = 0.9
"""Above it the luminosity is below 1e-9 of that at 0.25, the largest threshold asked for."""


@dataclass(frozen=True)
class Nodes:
    """Where a table is computed: tau and Q (GeV) evenly in their logarithms, and the nodes of the
    rapidity integral."""

    tau_min: float
    scale_min: float
    scale_max: float
    tau: int = 500
    scale: int = 48
    rapidity: int = 1600

    def doubled(self) -> Nodes:
        """Twice as many nodes in each direction, to measure the numerical error."""
        return Nodes(
            self.tau_min,
            self.scale_min,
            self.scale_max,
            2 * self.tau,
            2 * self.scale,
            2 * self.rapidity,
        )


class Luminosity:
    """Interpolated luminosities of gg, of qqbar and its up-like, down-like and bottom parts, and of
    the charged current.

    Five flavours, beams both ways. Of the charged current, "plus" sums u dbar over generations with
    |V_ij|^2, "minus" ubar d.
    """

    def __init__(self, log_tau: Array, log_scale: Array, tables: dict[str, Array]) -> None:
        self._splines = {
            channel: RectBivariateSpline(
                log_tau, log_scale, values / _shape(np.exp(log_tau))[:, None]
            )
            for channel, values in tables.items()
        }

    def __call__(self, channel: str, tau: Array, scale: Array) -> Array:
        """tau dL/dtau at ``tau`` and Q = ``scale`` in GeV, arrays of one shape."""
        return np.asarray(_shape(tau) * self._splines[channel].ev(np.log(tau), np.log(scale)))


def load(grid: PdfGrid, nodes: Nodes, folder: Path, console: Console) -> Luminosity:
    """The luminosities of a PDF set, from the cache in ``folder`` or computed with a progress bar
    (15 s) and kept there."""
    key = hashlib.sha256(repr((grid.name, nodes, TAU_MAX, CHANNELS)).encode()).hexdigest()[:12]
    path = folder / f"luminosity-{key}.npz"
    if not path.exists():
        tables = compute(grid, nodes, console)
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, **tables)  # type: ignore[arg-type]
        partial.replace(path)
    with np.load(path) as kept:
        tables = {channel: kept[channel] for channel in CHANNELS}
    return Luminosity(*_axes(nodes), tables)


def compute(grid: PdfGrid, nodes: Nodes, console: Console) -> dict[str, Array]:
    """The tables of the channels, each of shape (tau, Q)."""
    log_tau, log_scale = _axes(nodes)
    unit, weight = np.polynomial.legendre.leggauss(nodes.rapidity)
    half = -log_tau[:, None] / 2
    x = np.minimum(np.exp(log_tau[:, None] / 2 + half * unit), 1.0)
    partons = (GLUON, *QUARKS, *(-q for q in QUARKS))
    tables = {channel: np.empty((nodes.tau, nodes.scale)) for channel in CHANNELS}
    steps = track(
        enumerate(np.exp(log_scale)),
        "parton luminosities",
        total=nodes.scale,
        console=console,
        disable=not console.is_terminal,
    )
    for k, scale in steps:
        first = np.maximum(grid.xf(partons, x, float(scale)), 0.0)
        second = first[:, :, ::-1]
        tables["gg"][:, k] = (half * weight * first[0] * second[0]).sum(axis=1)
        pairs = 2 * first[1:6] * second[6:11]
        for channel, flavours in FLAVOURS.items():
            tables[channel][:, k] = (half * weight * pairs[list(flavours)].sum(axis=0)).sum(axis=1)
        for channel, density in zip(("plus", "minus"), _charged(first, second), strict=True):
            tables[channel][:, k] = (half * weight * density).sum(axis=1)
    return tables


def _charged(first: Array, second: Array) -> tuple[Array, Array]:
    """Of u dbar and of ubar d, from the densities of gluon, quarks 1 to 5 and antiquarks 1 to 5 in
    both protons."""
    up, down = [2, 4], [1, 3, 5]
    up_bar, down_bar = [7, 9], [6, 8, 10]

    def pairs(ups: Array, downs: Array) -> Array:
        return np.asarray(2 * np.einsum("ij,i...,j...->...", CKM**2, ups, downs))

    return pairs(first[up], second[down_bar]), pairs(first[up_bar], second[down])


def _shape(tau: Array) -> Array:
    """The steep part of a luminosity, divided out before interpolation; what is left may be
    zero."""
    return np.asarray((1 - np.sqrt(tau)) ** 7 / tau)


def _axes(nodes: Nodes) -> tuple[Array, Array]:
    log_tau = np.linspace(np.log(nodes.tau_min), np.log(TAU_MAX), nodes.tau)
    return log_tau, np.linspace(np.log(nodes.scale_min), np.log(nodes.scale_max), nodes.scale)
