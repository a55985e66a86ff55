"""What comes out of a network: its outputs, and the uncertainty of the truth behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from msgspec import Meta, field

from lhnets.format.inputs import Quantity, SlhaEntry
from lhnets.format.part import Part


class Alias(Part, frozen=True, kw_only=True):
    """Other physics with the same value: the cross section of selectrons is that of smuons."""

    subject: Annotated[str, Meta(description="canonical physics")]
    slha: Annotated[
        dict[str, SlhaEntry],
        Meta(description="by the input: where it stands in an SLHA file, if elsewhere"),
    ] = field(default_factory=dict)


class Output(Part, frozen=True, kw_only=True):
    """One column of `value` and `uncertainty`, or a named tensor of its own if `shape` is given."""

    name: Annotated[str, Meta(description="unique among the outputs")]
    unit: Annotated[str, Meta(description="unit; 1 for a pure number")]
    meaning: Annotated[
        str, Meta(description="what it is, with its definition where conventions differ")
    ]
    scale: Annotated[
        Literal["linear", "log"],
        Meta(description="log: of one sign, errors are relative; linear: errors are absolute"),
    ] = "linear"
    subject: (
        Annotated[str, Meta(description="canonical physics, where outputs differ in it")] | None
    ) = None
    aliases: Annotated[
        tuple[Alias, ...], Meta(description="other physics with the same value")
    ] = ()
    energy: (
        Annotated[
            float, Meta(description="centre-of-mass energy in GeV, where outputs differ in it")
        ]
        | None
    ) = None
    order: (
        Annotated[str, Meta(description="perturbative order, where outputs differ in it")] | None
    ) = None
    slha: Annotated[
        dict[str, SlhaEntry],
        Meta(
            description="by the name of an input: where it stands in an SLHA file, if this output "
            "reads another entry than the input says"
        ),
    ] = field(default_factory=dict)
    place: Annotated[
        dict[str, str | float],
        Meta(description="its place on each axis: channel, energy, order, variation"),
    ] = field(default_factory=dict)
    shape: (
        Annotated[
            tuple[int | str, ...],
            Meta(description="shape of a tensor output, first axis the events: (N, P)"),
        ]
        | None
    ) = None
    axes: Annotated[
        tuple[str, ...],
        Meta(description="of a tensor: what each axis counts: event, constituent, layer, row"),
    ] = ()
    has_uncertainty: Annotated[
        bool,
        Meta(
            description="false if an uncertainty has no meaning, as for the events of a generator"
        ),
    ] = True
    density_of: Annotated[
        str,
        Meta(
            description="of a generator: the tensor input of whose events this is the natural "
            "logarithm of the density, per unit of each of its features"
        ),
    ] = ""
    particle: (
        Annotated[int, Meta(description="of a generator: PDG id of the particle it belongs to")]
        | None
    ) = None
    quantity: (
        Annotated[
            Quantity,
            Meta(description="of a particle: which of its quantities, one particle after another"),
        ]
        | None
    ) = None


class PhysicsUncertainty(Part, frozen=True, kw_only=True):
    """An uncertainty of the truth itself: outputs that hold positive shifts in the unit of `of`, or
    constant fractions.

    A constant one has no outputs of its own: `relative_up` and `relative_down` are its shifts over
    the value of `of`.
    """

    of: Annotated[str, Meta(description="name of the output it belongs to")]
    source: Annotated[str, Meta(description="scale, pdf, alpha_s, pdf+alpha_s, total")]
    up: Annotated[
        str, Meta(description="name of the output with the upward shift; empty if constant")
    ] = ""
    down: Annotated[
        str, Meta(description="name of the output with the downward shift; empty if constant")
    ] = ""
    relative_up: (
        Annotated[float, Meta(description="constant upward shift over the value", ge=0)] | None
    ) = None
    relative_down: (
        Annotated[float, Meta(description="constant downward shift over the value", ge=0)] | None
    ) = None

    @property
    def is_constant(self) -> bool:
        """Whether it is a fraction of the value, without outputs of its own."""
        return self.relative_up is not None and self.relative_down is not None

    def evaluate(self, value: Any, column: Callable[[str], Any]) -> tuple[Any, Any]:
        """The shifts up and down, positive, in the unit of the output that they belong to.

        Parameters
        ----------
        value : float or array
            Of the output that they belong to.
        column : callable
            Gives the values of an output by its name.
        """
        if self.relative_up is not None and self.relative_down is not None:
            return self.relative_up * abs(value), self.relative_down * abs(value)
        return column(self.up), column(self.down)
