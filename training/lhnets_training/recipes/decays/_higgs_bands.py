"""How uncertain the Higgs boson's widths are: parameters, and orders that the formulas leave out.

Parameters vary by the steps of the fourth report of the LHC Higgs working group. Missing orders are
the largest difference to published widths, up and down apart, plus the error that the report gives
its own widths: the reports have electroweak corrections, which `higgs_widths` leaves out for
bosons.
"""

from __future__ import annotations

import numpy as np

from lhnets.format import ConstantVariation, InputVariation, ShareVariation, Variation
from lhnets_training.labels.higgs.higgs_widths import CHANNELS, widths
from lhnets_training.recipe import Array
from lhnets_training.recipes.decays import _higgs

STEPS = {"alpha_s": 0.0015, "m_b": 0.03, "m_c": 0.026, "m_t": 1.0}
"""GeV for masses; the steps of arXiv:1610.07922."""
SOURCES = {
    "alpha_s": "alpha_s",
    "m_b": "quark masses",
    "m_c": "quark masses",
    "m_t": "quark masses",
}
ORDERS = "higher orders"
REPORTED = {
    "bb": 0.005, "WW": 0.005, "gg": 0.032, "tautau": 0.005, "cc": 0.005, "ZZ": 0.005,
    "gamgam": 0.01, "Zgam": 0.05, "ss": 0.005, "mumu": 0.005,
}  # fmt: skip
"""Relative errors that arXiv:1610.07922 gives its widths; strange quarks as charm."""

FOURTH = """
m_h bb tautau mumu cc ss gg gamgam Zgam WW ZZ width
120.0 .6536 .06981 2.423e-4 .03244 2.79e-4 .0841 2.218e-3 1.100e-3 .1405 .01572 3.53e-3
122.5 .6198 .06648 2.307e-4 .03077 2.64e-4 .0834 2.253e-3 1.316e-3 .175 .02055 3.78e-3
125.0 .5824 .06272 2.176e-4 .02891 2.48e-4 .0819 2.270e-3 1.533e-3 .2137 .02619 4.09e-3
127.5 .5417 .05857 2.032e-4 .0269 2.32e-4 .0796 2.265e-3 1.744e-3 .2563 .03257 4.47e-3
130.0 .4985 .05411 1.877e-4 .02476 2.13e-4 .0764 2.238e-3 1.941e-3 .3021 .03955 4.92e-3
"""
"""Branching ratios and total width (GeV) of the fourth report, arXiv:1610.07922."""

THIRD = """
m_h    gg       gamgam   Zgam     WW       ZZ       width
100.0  7.37e-2  1.58e-3  4.93e-5  1.10e-2  1.12e-3  2.48e-3
110.0  8.44e-2  1.95e-3  3.91e-4  4.77e-2  4.34e-3  2.85e-3
120.0  8.82e-2  2.23e-3  1.11e-3  1.41e-1  1.59e-2  3.51e-3
130.0  7.97e-2  2.24e-3  1.95e-3  3.03e-1  3.98e-2  4.91e-3
140.0  5.96e-2  1.93e-3  2.45e-3  5.01e-1  6.87e-2  8.17e-3
150.0  3.46e-2  1.36e-3  2.31e-3  6.96e-1  8.25e-2  1.73e-2
"""
"""Of bosons in the third report, arXiv:1307.1347, whose alpha_s is 0.119."""


def _differences(table: str, **inputs: float) -> dict[str, Array]:
    """Published width over that of `higgs_widths`, minus 1, at the masses of a table."""
    head, *rows = [line.split() for line in table.strip().splitlines()]
    columns = dict(zip(head, np.array(rows, dtype=float).T, strict=True))
    ours = widths(_higgs.at(m_h=columns["m_h"], **inputs))
    return {
        c: columns[c] * columns["width"] / ours[:, k] - 1
        for k, c in enumerate(CHANNELS)
        if c in columns
    }


def _bands() -> dict[str, tuple[float, float]]:
    """By channel the relative rise and fall of its width from missing orders."""
    fourth, third = _differences(FOURTH), _differences(THIRD, alpha_s=0.119)
    found = {}
    for c in CHANNELS:
        off = np.concatenate([fourth[c], third.get(c, np.empty(0))])
        found[c] = (
            round(max(float(off.max()), 0.0) + REPORTED[c], 4),
            round(max(float(-off.min()), 0.0) + REPORTED[c], 4),
        )
    return found


BANDS = _bands()
"""By channel, relative rise and fall of the width."""


def parameters() -> tuple[Variation, ...]:
    """The network at other values of its own inputs."""
    return tuple(
        InputVariation(source=SOURCES[name], part=name, input=name, steps=(step, -step))
        for name, step in STEPS.items()
    )


def parameters_of_shares() -> tuple[Variation, ...]:
    """The same as changes of the widths at 125 GeV, for a network without these inputs."""
    at = dict(zip(_higgs.NAMES, _higgs.at(), strict=True))
    plain = widths(_higgs.at()[None])[0]

    def changes(name: str, step: float) -> dict[str, float]:
        changed = widths(_higgs.at(**{name: at[name] + step})[None])[0] / plain - 1
        return {f"BR_{c}": float(f"{x:.3g}") for c, x in zip(CHANNELS, changed, strict=True) if x}

    return tuple(
        ShareVariation(source=SOURCES[n], part=n, up=changes(n, s), down=changes(n, -s))
        for n, s in STEPS.items()
    )


def orders_of_shares() -> tuple[Variation, ...]:
    """Missing orders of each width, in branching ratios."""
    return tuple(
        ShareVariation(source=ORDERS, part=c, up={f"BR_{c}": up}, down={f"BR_{c}": -down})
        for c, (up, down) in BANDS.items()
    )


def orders_of_widths() -> tuple[Variation, ...]:
    """Missing orders of each width, and of their sum at the mass where they matter most."""
    masses = np.linspace(100.0, 150.0, 11)
    shares = widths(_higgs.at(m_h=masses))
    shares /= shares.sum(axis=1, keepdims=True)
    up, down = (shares @ np.array([BANDS[c][k] for c in CHANNELS]) for k in (0, 1))
    each = {f"width_{c}": band for c, band in BANDS.items()}
    each["width"] = (round(float(up.max()), 4), round(float(down.max()), 4))
    return tuple(
        ConstantVariation(source=ORDERS, part=n, of=(n,), up=u, down=d, relative=True)
        for n, (u, d) in each.items()
    )
