"""Which output of a network answers, by its name, order or energy."""

from __future__ import annotations

import math

from lhnets._asking.energy import canonical_order
from lhnets.errors import ParameterError
from lhnets.format import Card, Output


def choose_output(
    card: Card, *, order: str | None = None, name: str | None = None, energy: float | None = None
) -> Output:
    """The output of that name, or the first of that order and energy; the default one comes first.

    Parameters
    ----------
    order
        The perturbative order; that of the default output unless given.
    energy
        In GeV.

    Raises
    ------
    ParameterError
        If there is none, with the orders and energies that there are.
    """
    if name is not None:
        return card.output(name)
    default = card.output(card.default_output)
    orders = (
        {canonical_order(order)} if order else {canonical_order(o) for o in [default.order] if o}
    )
    matching = [
        o
        for o in sorted(card.central_outputs, key=lambda o: o.name != default.name)
        if (o.subject == default.subject)
        and (not orders or canonical_order(o.order or card.conditions.order or "") in orders)
        and (
            energy is None
            or math.isclose(o.energy or card.conditions.energy or 0.0, energy, rel_tol=1e-6)
        )
    ]
    if not matching:
        have = sorted(
            {
                (f"{o.order or card.conditions.order} at {o.energy or card.conditions.energy} GeV")
                for o in card.central_outputs
            }
        )
        raise ParameterError(
            f"{card.identity} has no output of order {order!r} at energy {energy!r} GeV; it has "
            f"{'; '.join(have)}"
        )
    return matching[0]
