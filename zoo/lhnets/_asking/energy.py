"""Centre-of-mass energies and perturbative orders as users write them. Pure functions."""

from __future__ import annotations

import re
from typing import Any

from lhnets.errors import ParameterError

ENERGY_INPUT = "sqrt_s"
"""Name of the input that the energy of a question fills."""

_ENERGY = re.compile(r"\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*(tev|gev)?\s*", re.IGNORECASE)
_GEV = {"gev": 1.0, "tev": 1000.0, None: 1.0}

_EXPECTED_ENERGY = "expected '13 TeV', '13600 GeV' or a number in GeV"
_WORDS = (
    ("next-to-", "n"),
    ("next to ", "n"),
    ("leading order", "lo"),
    ("leading-order", "lo"),
    ("tree level", "lo"),
    ("tree-level", "lo"),
    ("tree", "lo"),
    ("approximate", "approx"),
)
_FIXED = re.compile(r"(?P<approximate>a?)(?:n(?P<number>[4-9])|(?P<letters>n*))lo")
_RESUMMED = re.compile(r"n*ll")


def parse_energy(energy: str | float | None) -> float | None:
    """An energy in GeV, from ``"13 TeV"``, ``"13600 GeV"`` or a number in GeV.

    Raises
    ------
    ParameterError
        If it cannot be read, is not one number, or is not positive and finite.

    >>> parse_energy("13.6 TeV")
    13600.0
    """
    if energy is None:
        return None
    value = _parse_text(energy) if isinstance(energy, str) else _to_number(energy)
    if not 0 < value < float("inf"):
        raise ParameterError(f"the energy must be positive and finite, got {energy!r}")
    return value


def speak_energy(energy: float) -> str:
    """An energy in GeV for messages.

    >>> speak_energy(13600.0)
    '13.6 TeV'
    """
    return f"{energy / 1000:g} TeV" if energy >= 1000 else f"{energy:g} GeV"


def parse_order(order: str | None) -> str | None:
    """An order as a user wrote it, if it can be read.

    Raises
    ------
    ParameterError
        If it is not text, or empty.
    """
    if order is not None and not (
        isinstance(order, str) and all(canonical_order(order).split("+"))
    ):
        raise ParameterError(
            f"cannot read the order {order!r}: expected text such as 'LO', 'NLO' or "
            "'NNLO_approx+NNLL'"
        )
    return order


def canonical_order(order: str) -> str:
    """One spelling of a perturbative order, to compare by.

    >>> canonical_order("aNNLO+NNLL") == canonical_order("NNLO_approx + NNLL")
    True
    >>> canonical_order("next-to-leading order") == canonical_order("NLO")
    True
    """
    text = order.lower()
    for words, short in _WORDS:
        text = text.replace(words, short)
    parts = [_spell_part(part) for part in text.split("+")]
    return "+".join(sorted(parts, key=lambda part: _FIXED.fullmatch(part) is None))


def order_rank(order: str | None) -> float:
    """How far an order goes: LO < NLO < approximate NNLO < NNLO, resummation above each.

    >>> order_rank("LO") < order_rank("NLO") < order_rank("NNLO_approx+NNLL") < order_rank("N3LO")
    True
    """
    if not order:
        return -1.0
    first, *others = canonical_order(order).split("+")
    fixed = _FIXED.match(first)
    loops = 0.0
    if fixed is not None:
        letters = fixed["letters"] or ""
        loops = float(fixed["number"] or len(letters)) - (0.2 if fixed["approximate"] else 0.0)
    logarithms = max((len(p) - 1 for p in others if _RESUMMED.fullmatch(p)), default=0)
    return loops + (0.1 if others else 0.0) + 0.01 * min(logarithms, 5)


def _parse_text(energy: str) -> float:
    match = _ENERGY.fullmatch(energy)
    try:
        value = float(match[1]) if match else None
    except ValueError:
        value = None
    if match is None or value is None:
        comma = ", with a decimal point" if "," in energy else ""
        raise ParameterError(f"cannot read the energy {energy!r}: {_EXPECTED_ENERGY}{comma}")
    unit = match[2]
    return value * _GEV[unit.lower() if unit else None]


def _to_number(energy: Any) -> float:
    try:
        if isinstance(energy, bool):
            raise TypeError
        return float(energy)
    except (TypeError, ValueError):
        raise ParameterError(
            f"cannot read the energy {energy!r}: {_EXPECTED_ENERGY}. Several energies are "
            "several questions: ask in a loop"
        ) from None


def _spell_part(part: str) -> str:
    text = re.sub(r"[\s_.()-]", "", part)
    if "app" in text:
        text = "a" + re.sub(r"approx|app", "", text)
    return re.sub(r"n([23])lo", lambda match: "n" * int(match[1]) + "lo", text)
