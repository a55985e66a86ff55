"""What every part of the format is made of: frozen structs that ignore what a later lhnets adds."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from lhnets.format.text import whole

FORMAT = 2
"""Number of the format that this lhnets writes; it reads this one and all before."""

Kind: TypeAlias = Literal[
    "cross_section",
    "branching_ratio",
    "width",
    "efficiency",
    "likelihood",
    "loop_integral",
    "observable",
    "classifier",
    "anomaly_score",
    "event_variable",
    "unfolding",
    "generator",
]
Name: TypeAlias = Annotated[str, Meta(pattern=whole(r"[a-z0-9]+(-[a-z0-9]+)*"), max_length=80)]
Sha256: TypeAlias = Annotated[str, Meta(pattern=whole(r"[0-9a-f]{64}"))]
Day: TypeAlias = Annotated[str, Meta(pattern=whole(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"))]


class Part(Struct, frozen=True, omit_defaults=True):
    """A frozen part of a card, index or lock. Fields that it does not know are ignored."""
