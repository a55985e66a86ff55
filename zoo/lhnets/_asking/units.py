"""Units as products of powers of symbols, such as ``pb``, ``GeV^-1`` or ``1``. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lhnets.errors import ParameterError

_FAMILIES: tuple[Mapping[str, float], ...] = (
    {"mb": 1e9, "ub": 1e6, "nb": 1e3, "pb": 1.0, "fb": 1e-3, "ab": 1e-6},
    {"TeV": 1e3, "GeV": 1.0, "MeV": 1e-3, "keV": 1e-6, "eV": 1e-9},
)
_POWER = re.compile(r"(?P<symbol>[^\s^*]+?)(?:\^(?P<power>-?[0-9]+(?:\.[0-9]+)?))?")


def product(first: str, second: str, power: float = 1.0) -> str:
    """The unit ``first`` * ``second``^``power``.

    >>> product("pb", "1"), product("pb", "pb", -1), product("GeV", "GeV")
    ('pb', '1', 'GeV^2')
    """
    powers = parse(first)
    for symbol, exponent in parse(second).items():
        powers[symbol] = powers.get(symbol, 0.0) + power * exponent
    return spell(powers)


def factor(unit: str, wanted: str) -> float:
    """How many ``wanted`` make one ``unit``.

    Raises
    ------
    ParameterError
        If they do not measure the same.

    >>> factor("pb", "fb"), factor("GeV", "MeV")
    (1000.0, 1000.0)
    """
    (of_unit, size_of_unit), (of_wanted, size_of_wanted) = _reduced(unit), _reduced(wanted)
    if of_unit != of_wanted:
        raise ParameterError(f"cannot convert {unit!r} to {wanted!r}: they do not measure the same")
    return size_of_unit / size_of_wanted


def parse(unit: str) -> dict[str, float]:
    """The powers of the symbols in a unit; empty for ``1``.

    Raises
    ------
    ParameterError
        If it cannot be read.
    """
    powers: dict[str, float] = {}
    for token in unit.replace("*", " ").split():
        found = _POWER.fullmatch(token)
        if found is None:
            raise ParameterError(
                f"cannot read the unit {unit!r}: expected symbols with powers, such as 'pb' or "
                "'GeV^-1'"
            )
        if found["symbol"] != "1":
            powers[found["symbol"]] = powers.get(found["symbol"], 0.0) + float(found["power"] or 1)
    return {symbol: power for symbol, power in powers.items() if power}


def spell(powers: Mapping[str, float]) -> str:
    """The unit with these powers, symbols in alphabetical order."""
    parts = [
        symbol if power == 1 else f"{symbol}^{power:g}"
        for symbol, power in sorted(powers.items())
        if power
    ]
    return " ".join(parts) or "1"


def _reduced(unit: str) -> tuple[dict[str, float], float]:
    """Powers with every symbol replaced by the first of its family, and the size of the unit in
    these."""
    powers: dict[str, float] = {}
    size = 1.0
    for symbol, power in parse(unit).items():
        family = next((f for f in _FAMILIES if symbol in f), {symbol: 1.0})
        size *= family[symbol] ** power
        head = next(iter(family))
        powers[head] = powers.get(head, 0.0) + power
    return {symbol: power for symbol, power in powers.items() if power}, size
