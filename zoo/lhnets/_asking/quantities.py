"""What the columns of particles mean: four-momenta in any coordinates -> the features of a card.

Columns are taken by their meaning, never by their order: of a column called ``pT`` or ``rho`` and a
feature whose quantity is ``pt`` both sides know what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import ParameterError
from lhnets.format import Card, Feature, Input, Quantity

Column: TypeAlias = NDArray[Any]
Columns: TypeAlias = Mapping[str, Column]

QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
_SPELLINGS: dict[str, Quantity] = {
    **{q: q for q in QUANTITIES}, "e": "energy", "en": "energy", "m": "mass", "rap": "rapidity",
    "y": "rapidity",
}  # fmt: skip
"""Names of columns in small letters."""
_COORDINATES: dict[str, Quantity] = {
    "x": "px", "y": "py", "z": "pz", "t": "energy", "rho": "pt", "tau": "mass",
}  # fmt: skip
"""How the package vector calls them. They may be positions and times: they count only if no column
is certainly a momentum."""
_CARTESIAN = frozenset({"energy", "px", "py", "pz"})
_OF_ANGLES = frozenset({"phi", "eta", "theta"})


def find_quantities(names: Iterable[str]) -> dict[str, Quantity]:
    """The quantities that columns of these names hold, by the names that say one."""
    names = tuple(names)
    plain = {n: _SPELLINGS[n.lower()] for n in names if n.lower() in _SPELLINGS}
    certain = {n for n, q in plain.items() if q not in _OF_ANGLES and n.lower() != "y"}
    if certain:
        return plain
    return {n: q for n in names if (q := _COORDINATES.get(n.lower()) or plain.get(n))}


def quantity_of(feature: Feature) -> Quantity | None:
    """What a feature of a card is: as the card states it.

    Of cards that do not, only E, px, py and pz in GeV are sure to be what they are called: an angle
    may be one about the axis of a jet.
    """
    named = _SPELLINGS.get(feature.name.lower()) if feature.unit == "GeV" else None
    return feature.quantity or (named if named in _CARTESIAN else None)


def knows_emptiness(tensor: Input) -> bool:
    """Whether an entry of zeros can only be padding: no particle has zero energy or momentum."""
    found = {quantity_of(f) for f in tensor.features}
    return tensor.padding == 0.0 and not found.isdisjoint(("energy", "pt"))


def to_features(columns: Columns, tensor: Input, card: Card) -> Column:
    """The features of ``tensor`` (M, F) in the order of the card, from columns (M,) by their names.

    A column that has the name of a feature is that feature. The other features follow from the
    momenta: E from p and the mass, eta from p_z and p_T, and so on.

    Raises
    ------
    ParameterError
        If a feature does not follow from the columns, or two columns are the same quantity.
    """
    if all(f.name in columns for f in tensor.features):
        return np.stack([columns[f.name] for f in tensor.features], axis=-1)
    momenta = _Momenta(_by_quantity(columns, tensor, card), tensor, card)
    features = [
        columns[f.name] if f.name in columns else momenta.require(f) for f in tensor.features
    ]
    return np.stack(features, axis=-1)


def _by_quantity(columns: Columns, tensor: Input, card: Card) -> dict[str, Column]:
    found: dict[str, tuple[str, Column]] = {}
    for name, quantity in find_quantities(columns).items():
        if quantity in found:
            raise ParameterError(
                f"{tensor.name} of {card.identity} got two columns that are the {quantity}: "
                f"{found[quantity][0]!r} and {name!r}. Give one of them"
            )
        found[quantity] = (name, columns[name])
    return {quantity: column for quantity, (_, column) in found.items()}


class _Momenta:
    """Quantities of particles that follow from those that were given; float64."""

    def __init__(self, given: Mapping[str, Column], tensor: Input, card: Card) -> None:
        self._found: dict[str, Column | None] = {
            q: _as_real(c, q, tensor, card) for q, c in given.items()
        }
        self._tensor, self._card = tensor, card
        self._names = ", ".join(given) or "none that is known"

    def require(self, feature: Feature) -> Column:
        """The column of a feature."""
        quantity = quantity_of(feature)
        found = self.find(quantity) if quantity else None
        if found is None:
            raise ParameterError(
                f"{feature.name} ({feature.meaning}) of {self._tensor.name} of "
                f"{self._card.identity} does not follow from what was given: {self._names}. Give "
                f"a column {feature.name!r}, or four-momenta as E, px, py, pz or pt, eta, phi, mass"
            )
        return found

    def find(self, quantity: str) -> Column | None:
        """A quantity as given, or else computed; None if it does not follow."""
        if quantity in self._found:
            return self._found[quantity]
        # What is being looked for counts as unknown, so that rules do not ask in a circle.
        self._found[quantity] = None
        for needs, formula in _RULES[quantity]:
            parts = [self.find(n) for n in needs]
            if all(p is not None for p in parts):
                with np.errstate(all="ignore"):
                    self._found[quantity] = formula(*parts)
                return self._found[quantity]
        del self._found[quantity]
        return None


def _as_real(column: Column, quantity: str, tensor: Input, card: Card) -> Column:
    array = np.asarray(column)
    if array.dtype.kind not in "fiub":
        raise ParameterError(
            f"the column {quantity} of {tensor.name} of {card.identity} must hold numbers, got "
            f"{array.dtype}"
        )
    return array.astype(np.float64)


def _over(x: Column, y: Column) -> Column:
    """x / y, and 0 where both are nothing."""
    return np.divide(x, y, out=np.zeros_like(x), where=y != 0)


def _signed_root(x: Column) -> Column:
    """A negative mass is one of negative square, as the package vector has it."""
    return np.copysign(np.sqrt(np.abs(x)), x)


_RULES: dict[str, tuple[tuple[tuple[str, ...], Callable[..., Column]], ...]] = {
    "px": ((("pt", "phi"), lambda pt, phi: pt * np.cos(phi)),),
    "py": ((("pt", "phi"), lambda pt, phi: pt * np.sin(phi)),),
    "pz": (
        (("pt", "eta"), lambda pt, eta: pt * np.sinh(eta)),
        (("pt", "theta"), lambda pt, theta: pt / np.tan(theta)),
        (("energy", "rapidity"), lambda e, y: e * np.tanh(y)),
        (("pt", "mass", "rapidity"), lambda pt, m, y: np.hypot(pt, m) * np.sinh(y)),
    ),
    "energy": (
        (
            ("px", "py", "pz", "mass"),
            lambda x, y, z, m: np.sqrt(np.maximum(x * x + y * y + z * z + m * np.abs(m), 0.0)),
        ),
    ),
    "pt": ((("px", "py"), np.hypot),),
    "phi": ((("py", "px"), np.arctan2),),
    "eta": ((("pz", "pt"), lambda pz, pt: np.arcsinh(_over(pz, pt))),),
    "rapidity": ((("pz", "energy"), lambda pz, e: np.arctanh(_over(pz, e))),),
    "theta": ((("pt", "pz"), np.arctan2),),
    "mass": (
        (
            ("energy", "px", "py", "pz"),
            lambda e, x, y, z: _signed_root(e * e - x * x - y * y - z * z),
        ),
    ),
}
"""From which quantities each one follows, and how; the first that can be done is."""
