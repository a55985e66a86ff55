"""Where a network holds, besides the ranges of its inputs. The graph evaluates it as `reach`; the
card states it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, field

from lhnets.format.part import Part


class HalfSpace(Part, frozen=True, kw_only=True, tag="half_space", tag_field="kind"):
    """The inequality sum_i coefficients[i] * input_i <= bound, in the units of the inputs."""

    coefficients: Annotated[
        dict[str, float], Meta(description="by the names of the inputs; others count as 0")
    ]
    bound: Annotated[float, Meta(description="right side of the inequality")]
    meaning: Annotated[
        str, Meta(description="the inequality in words or symbols, as a user reads it")
    ]


class UnitVector(Part, frozen=True, kw_only=True, tag="unit_vector", tag_field="kind"):
    """The squares of these inputs add to one, as the elements of one row of a mixing matrix do."""

    inputs: Annotated[tuple[str, ...], Meta(description="names of the inputs", min_length=2)]
    tolerance: Annotated[
        float, Meta(description="largest |sum of squares - 1| inside the region", ge=0)
    ]
    meaning: Annotated[
        str, Meta(description="the constraint in words or symbols, as a user reads it")
    ]


class Ordered(Part, frozen=True, kw_only=True, tag="ordered", tag_field="kind"):
    """Each of these inputs is at most the next one."""

    inputs: Annotated[
        tuple[str, ...], Meta(description="names of the inputs, smallest first", min_length=2)
    ]
    meaning: Annotated[
        str, Meta(description="the constraint in words or symbols, as a user reads it")
    ]


class Hull(Part, frozen=True, kw_only=True, tag="hull", tag_field="kind"):
    """The convex hull of the training points in these inputs."""

    inputs: Annotated[tuple[str, ...], Meta(description="names of the inputs", min_length=1)]
    points: Annotated[int, Meta(description="training points that span it", ge=1)]
    meaning: Annotated[str, Meta(description="the constraint in words, as a user reads it")]


class Distance(Part, frozen=True, kw_only=True, tag="distance", tag_field="kind"):
    """Within a distance of the nearest training point, each input over its length scale."""

    lengths: Annotated[
        dict[str, float], Meta(description="length scale of each input, in its unit")
    ]
    largest: Annotated[float, Meta(description="largest distance inside the region", gt=0)]
    points: Annotated[int, Meta(description="training points that it is measured from", ge=1)]
    meaning: Annotated[str, Meta(description="the constraint in words, as a user reads it")]


class Depth(Part, frozen=True, kw_only=True, tag="depth", tag_field="kind"):
    """Signals that an approximate likelihood in the graph does not exclude too far: along every
    direction of the yields the region is from no signal to some strength."""

    largest: Annotated[
        float, Meta(description="largest -2 ln L relative to no signal inside the region", gt=0)
    ]
    meaning: Annotated[str, Meta(description="the constraint in words, as a user reads it")]


class EventRange(Part, frozen=True, kw_only=True, tag="event_range", tag_field="kind"):
    """A quantity of each event, of the entries of one of its tensors together, lies in a range."""

    of: Annotated[str, Meta(description="name of the tensor")]
    quantity: Annotated[
        Literal["multiplicity", "pt", "kept_pt", "rapidity", "mass", "radius", "excess"],
        Meta(
            description="multiplicity: entries with energy; pt, rapidity, mass: of the sum of "
            "momenta; kept_pt: p_T of the sum of the hardest ones; radius: largest distance "
            "sqrt(2 cosh dy - 2 cos dphi) from the axis of an entry with p_T above 1 GeV; excess: "
            "largest (|p| - E)/(|p| + |E|) of an entry, above 0 only for space-like momenta"
        ),
    ]
    low: Annotated[float, Meta(description="the least inside the region, in the unit")]
    high: Annotated[float, Meta(description="the most inside the region, in the unit")]
    unit: Annotated[str, Meta(description="unit; 1 for a pure number")]
    hardest: (
        Annotated[int, Meta(description="of kept_pt: how many entries are summed", ge=1)] | None
    ) = None
    whole: Annotated[
        bool,
        Meta(
            description="holds only for events that were given whole: with another number of "
            "entries than `hardest`"
        ),
    ] = False
    meaning: Annotated[str, Meta(description="the constraint in words, as a user reads it")]


class OtherConstraint(Part, frozen=True, kw_only=True, tag="other", tag_field="kind"):
    """A constraint of a kind that this lhnets does not know; the graph evaluates it all the
    same."""

    content: Annotated[dict[str, Any], Meta(description="the constraint as the card states it")] = (
        field(default_factory=dict)
    )

    @property
    def meaning(self) -> str:
        """The constraint in words, as a user reads it."""
        return str(self.content.get("meaning", self.content.get("kind", "")))


Constraint: TypeAlias = (
    HalfSpace | UnitVector | Ordered | Hull | Distance | Depth | EventRange | OtherConstraint
)
