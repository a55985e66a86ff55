"""Uncertainties of the truth that need no outputs of their own: what varies, and by how much.

An older client ignores them all: it gives the same value without these components.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from msgspec import Meta, field

from lhnets.format.part import Part

Source: TypeAlias = Annotated[
    str, Meta(description="scale, alpha_s, quark masses, higher orders, parameters")
]
PartOf: TypeAlias = Annotated[
    str,
    Meta(
        description="which of several independent parts of the source, such as m_b of the quark "
        "masses; they add in quadrature"
    ),
]
Of: TypeAlias = Annotated[
    tuple[str, ...],
    Meta(description="names of the outputs that it belongs to; all values if empty"),
]


class InputVariation(Part, frozen=True, kw_only=True, tag="input", tag_field="kind"):
    """The change of the network's own value when one input changes.

    At ``values`` the input takes each of two values, such as half and twice the central scale;
    with ``steps`` each is added to the input. Give one of both. The first is the upward variation.
    """

    source: Source
    part: PartOf = ""
    of: Of = ()
    input: Annotated[str, Meta(description="name of the input that varies")]
    values: (
        Annotated[
            tuple[float, float],
            Meta(description="what the input becomes, up and down, in its unit"),
        ]
        | None
    ) = None
    steps: (
        Annotated[
            tuple[float, float],
            Meta(description="what is added to the input, up and down, in its unit"),
        ]
        | None
    ) = None


class ShareVariation(Part, frozen=True, kw_only=True, tag="shares", tag_field="kind"):
    """Of outputs that are shares of a whole: relative changes of parts, then normalised again.

    A partial width that rises by 5 % raises its branching ratio and lowers all others.
    """

    source: Source
    part: PartOf = ""
    of: Of = ()
    up: Annotated[
        dict[str, float],
        Meta(description="relative changes of the parts by their outputs, in the upward variation"),
    ]
    down: Annotated[
        dict[str, float],
        Meta(description="their relative changes, with sign, in the downward variation"),
    ]


class ConstantVariation(Part, frozen=True, kw_only=True, tag="constant", tag_field="kind"):
    """A constant shift up and down, in the unit of the outputs or as a fraction of the value."""

    source: Source
    part: PartOf = ""
    of: Of = ()
    up: Annotated[float, Meta(description="upward shift", ge=0)]
    down: Annotated[float, Meta(description="downward shift", ge=0)]
    relative: Annotated[bool, Meta(description="whether the shifts are fractions of the value")] = (
        False
    )


class OtherVariation(Part, frozen=True, kw_only=True, tag="other", tag_field="kind"):
    """A variation of a kind that this lhnets does not know: kept, but not evaluated."""

    content: Annotated[dict[str, Any], Meta(description="the variation as the card states it")] = (
        field(default_factory=dict)
    )
    source: Source = ""
    part: PartOf = ""
    of: Of = ()


KnownVariation: TypeAlias = InputVariation | ShareVariation | ConstantVariation
Variation: TypeAlias = KnownVariation | OtherVariation
