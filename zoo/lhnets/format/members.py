"""Sets: several network files that answer as one, as the folds of a cross-validation or an ensemble
do."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from lhnets.format.part import Name, Part, Sha256


class Member(Part, frozen=True, kw_only=True):
    """One network of a set."""

    name: Annotated[Name, Meta(description="its name")]
    version: Annotated[int, Meta(description="its version", ge=1)]
    sha256: Annotated[Sha256, Meta(description="of its file")]


class Mean(Part, frozen=True, kw_only=True, tag="mean", tag_field="rule"):
    """The mean of all members. Their spread and the mean of their squared uncertainties add in
    quadrature."""


class Fold(Part, frozen=True, kw_only=True, tag="fold", tag_field="rule"):
    """The member that did not see the row in training, chosen by a hash.

    The inputs named, as little-endian float64 in this order, are hashed by SHA-256; its first eight
    bytes as a little-endian whole number, modulo the number of members, count the member from 0.
    """

    inputs: Annotated[
        tuple[str, ...],
        Meta(description="inputs that are hashed; an event number, or all", min_length=1),
    ]


Combination: TypeAlias = Mean | Fold
