"""Centre-of-mass energies and perturbative orders as users write them. Pure functions."""

from __future__ import annotations

import re

from lhnets.errors import ParameterError

ENERGY_INPUT = "sqrt_s"
"""Name of the input that the energy of a question fills."""

_ENERGY = re.compile(r"\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*(tev|gev)?\s*", re.IGNORECASE)
_GEV = {"gev": 1.0, "tev": 1000.0, None: 1.0}


def parse_energy(energy: str | float | None) -> float | None:
    """An energy in GeV, from ``"13 TeV"``, ``"13600 GeV"`` or a number in GeV.

    >>> parse_energy("13.6 TeV")
    13600.0
    """
    if energy is None:
        return None
    if isinstance(energy, str):
        match = _ENERGY.fullmatch(energy)
        if match is None:
            raise ParameterError(
                f"cannot read the energy {energy!r}: expected '13 TeV', '13600 GeV' or a number in "
                "GeV"
            )
        unit = match.group(2)
        value = float(match.group(1)) * _GEV[unit.lower() if unit else None]
    else:
        value = float(energy)
    if not 0 < value < float("inf"):
        raise ParameterError(f"the energy must be positive and finite, got {energy!r}")
    return value


def speak_energy(energy: float) -> str:
    """An energy in GeV for messages.

    >>> speak_energy(13600.0)
    '13.6 TeV'
    """
    return f"{energy / 1000:g} TeV" if energy >= 1000 else f"{energy:g} GeV"


def canonical_order(order: str) -> str:
    """One spelling of a perturbative order, to compare by.

    >>> canonical_order("aNNLO+NNLL") == canonical_order("NNLO_approx+NNLL")
    True
    """
    text = re.sub(r"[\s_-]", "", order.lower())
    return re.sub(r"nnloapprox|approxnnlo|nnloapp", "annlo", text)


def order_rank(order: str | None) -> float:
    """How far an order goes: LO < NLO < approximate NNLO < NNLO, resummation above each.

    >>> order_rank("LO") < order_rank("NLO") < order_rank("NNLO_approx+NNLL") < order_rank("N3LO")
    True
    """
    if order is None:
        return -1.0
    fixed, _, resummed = canonical_order(order).partition("+")
    loops = {"lo": 0.0, "nlo": 1.0, "annlo": 1.8, "nnlo": 2.0, "an3lo": 2.8, "n3lo": 3.0}.get(
        fixed, 0.0
    )
    return loops + (0.1 if resummed else 0.0)
