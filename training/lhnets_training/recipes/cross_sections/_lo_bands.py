"""What leading order leaves out of networks that do not take the scale as an input.

`SCALE` is the largest change of the labels where mu_F is half and twice its central value, over
points of the region. Electroweak pairs and the Z' have no strong coupling at leading order, so only
the parton distributions change: the variation is known to be smaller than the missing orders. These
come in `ORDERS`: for sleptons and charginos the ratio of published NLO+NNLL tables to leading order
as the networks have both, between its quantiles at 16 and 84 %; for the Z' the correction of the
Drell-Yan process (G. Altarelli, R. K. Ellis, G. Martinelli, Nucl. Phys. B 157 (1979) 461), at its
largest.

`python -m lhnets_training.recipes.cross_sections._lo_bands` computes them again, in two minutes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
from rich.console import Console

from lhnets.format import PhysicsUncertainty
from lhnets_training.labels.hadronic import drell_yan, luminosity
from lhnets_training.labels.hadronic.luminosity import Luminosity
from lhnets_training.labels.hadronic.partonic_lo import AlphaS, folded
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.labels.hadronic.zprime import ZPrime
from lhnets_training.recipe import Array

Band: TypeAlias = tuple[float, float]
"""Relative rise and fall."""

SCALE: dict[str, Band] = {
    "sleptons": (0.17, 0.14),
    "slepton and sneutrino": (0.18, 0.14),
    "charginos": (0.16, 0.13),
    "chargino and neutralino": (0.17, 0.13),
    "zprime": (0.22, 0.17),
}
ORDERS: dict[str, Band] = {
    "sleptons": (0.18, 0.0),
    "slepton and sneutrino": (0.18, 0.0),
    "charginos": (0.2, 0.0),
    "chargino and neutralino": (0.16, 0.0054),
    "zprime": (0.29, 0.0),
}

PDF = "NNPDF31_nlo_as_0118_luxqed"
NODES = luminosity.Nodes(tau_min=4e-5, scale_min=24.0, scale_max=13_400.0, scale=64)
POINTS, SEED = 2000, 7
QUANTILES = (0.16, 0.84)
LOWEST, HIGHEST = 80.0, 1500.0
"""Masses of pairs in GeV, besides twice the mass at most a quarter of the energy."""
ENERGIES = (7000.0, 14_000.0)


def uncertainty(family: str, outputs: Iterable[str]) -> tuple[PhysicsUncertainty, ...]:
    """The components of the ``outputs`` of a network of one family of processes."""
    return tuple(
        PhysicsUncertainty(of=name, source=source, relative_up=up, relative_down=down)
        for name in outputs
        for source, (up, down) in (
            ("scale", SCALE[family]),
            ("higher orders", ORDERS[family]),
        )
    )


def measure_scale(table: Luminosity) -> Iterator[tuple[str, float, float]]:
    """The family, the largest rise and the largest fall at half and twice mu_F."""
    rng = np.random.default_rng(SEED)
    sqrt_s = rng.uniform(*ENERGIES, POINTS)
    mass = np.exp(rng.uniform(np.log(LOWEST), np.log(np.minimum(HIGHEST, sqrt_s / 8))))
    heavy = np.exp(rng.uniform(np.log(500.0), np.log(np.minimum(6000.0, 0.45 * sqrt_s))))
    one = np.ones(POINTS)
    z_prime = np.stack([heavy, one, one, 0.01 * one, sqrt_s], axis=1)
    couplings = drell_yan.EFFECTIVE

    def pair(spin: drell_yan.Spin, state: drell_yan.WeakCharges) -> Callable[[float], Array]:
        process = drell_yan.neutral(mass, state, spin, couplings)
        return lambda factor: folded(process, table, sqrt_s, factor * mass)

    def doublet(spin: drell_yan.Spin, sign: drell_yan.Sign) -> Callable[[float], Array]:
        process = drell_yan.charged(mass, mass, sign, spin, couplings)
        return lambda factor: folded(process, table, sqrt_s, factor * mass)

    families = {
        "sleptons": [pair("scalar", s) for s in (drell_yan.LEFT, drell_yan.RIGHT)],
        "slepton and sneutrino": [doublet("scalar", sign) for sign in drell_yan.SIGNS],
        "charginos": [pair("fermion", drell_yan.LEFT)],
        "chargino and neutralino": [doublet("fermion", sign) for sign in drell_yan.SIGNS],
        "zprime": [lambda factor: ZPrime(_Rescaled(table, factor))(z_prime)],
    }
    for family, values in families.items():
        changes = np.concatenate(
            [np.ravel(value(f) / value(1.0) - 1) for value in values for f in (0.5, 2.0)]
        )
        yield family, float(changes.max()), float(-changes.min())


def measure_orders() -> Iterator[tuple[str, float, float]]:
    """The family, and how far the cross section rises and falls beyond leading order."""
    from lhnets.networks import default_zoo

    zoo = default_zoo()

    def ratios(name: str, part: str) -> Array:
        network = zoo.load(name)
        low, high = (
            np.array([getattr(i, e) for i in network.card.columns]) for e in ("low", "high")
        )
        points = np.random.default_rng(SEED).uniform(low, high, (POINTS, len(low)))
        found = network.predict(points)
        names = [o.name for o in network.card.outputs]
        return np.concatenate(
            [
                (found.value[:, names.index(f"{n}_nnll")] / found.value[:, names.index(f"{n}_lo")])[
                    found.reach <= 1
                ]
                for n in (n.removesuffix("_nnll") for n in names if n.endswith("_nnll"))
                if part in n
            ]
        )

    masses = np.exp(np.linspace(np.log(LOWEST), np.log(1000.0), 100))
    table, lowest = zoo.load("cs-slepton-pair"), zoo.load("cs-slepton-pair-lo")
    names = [o.name for o in table.card.outputs]
    sleptons = np.concatenate(
        [
            table.predict(masses[:, None]).value[:, names.index(output)]
            / lowest.predict(
                np.stack([masses, 0 * masses + cosine, 0 * masses + 13_000.0], axis=1)
            ).value[:, -1]
            for output, cosine in (("el_13tev_nnll", 1.0), ("er_13tev_nnll", 0.0))
        ]
    )
    measured = {
        "sleptons": sleptons,
        "slepton and sneutrino": sleptons,
        "charginos": ratios("cs-wino-c1c1", "c1c1"),
        "chargino and neutralino": ratios("cs-wino-c1n2", ""),
        "zprime": 1 + drell_yan_correction(np.array([500.0, 6000.0])),
    }
    for family, ratio in measured.items():
        low, high = np.quantile(ratio, QUANTILES) if len(ratio) > 2 else (ratio.min(), ratio.max())
        yield family, max(float(high) - 1, 0.0), max(1 - float(low), 0.0)


def drell_yan_correction(scale: Array) -> Array:
    """The correction of relative order alpha_s at large masses, alpha_s / (2 pi) 4/3 (1 + 4
    pi^2/3)."""
    return np.asarray(AlphaS(0.118)(scale) / (2 * np.pi) * 4 / 3 * (1 + 4 * np.pi**2 / 3))


class _Rescaled(Luminosity):
    """Luminosities at a multiple of the scale that is asked for."""

    def __init__(self, table: Luminosity, factor: float) -> None:
        self._table, self._factor = table, factor

    def __call__(self, channel: str, tau: Array, scale: Array) -> Array:
        return self._table(channel, tau, self._factor * scale)


def _main() -> None:
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        table = luminosity.load(pythia_grid(PDF), NODES, Path(folder), console)
    for name, found in (("SCALE", measure_scale(table)), ("ORDERS", measure_orders())):
        console.print(f"{name} = {{", highlight=False)
        for family, up, down in found:
            console.print(f'    "{family}": ({up:.2g}, {down:.2g}),', highlight=False)
        console.print("}")


if __name__ == "__main__":
    _main()
