"""How the uncertainties of the truth are evaluated, in words."""

from __future__ import annotations

from typing import assert_never

from lhnets.format.contents import Contents
from lhnets.format.outputs import PhysicsUncertainty
from lhnets.format.variations import (
    ConstantVariation,
    InputVariation,
    KnownVariation,
    ShareVariation,
)


def describe_sources(card: Contents, output: str) -> dict[str, str]:
    """How each source of the uncertainty of an output is evaluated, by the name of the source."""
    found: dict[str, list[str]] = {}
    for p in (*card.physics_uncertainty, *card.variations_of(output)):
        if not isinstance(p, PhysicsUncertainty) or p.of == output:
            found.setdefault(p.source, []).append(describe_mechanism(p))
    return {source: ", ".join(dict.fromkeys(words)) for source, words in found.items()}


def describe_mechanism(p: PhysicsUncertainty | KnownVariation) -> str:
    """One mechanism, in words."""
    match p:
        case PhysicsUncertainty():
            return "fraction of the value" if p.is_constant else "outputs of the network"
        case InputVariation():
            if p.values is None:
                return f"{p.input} varied by {max(p.steps or (0.0,)):g}"
            return f"{p.input} at {p.values[0]:g} and {p.values[1]:g}"
        case ShareVariation():
            return "shares normalised again"
        case ConstantVariation():
            return "fraction of the value" if p.relative else "constant"
        case _:
            assert_never(p)
