"""What a card states, as typed structs: the only schema."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from lhnets.errors import CardError
from lhnets.format.inputs import Assumption, Conditions, Input
from lhnets.format.members import Combination, Member
from lhnets.format.origin import Author, Data, Supersedes, Training, Truth
from lhnets.format.outputs import Output, PhysicsUncertainty
from lhnets.format.part import FORMAT, Day, Kind, Name, Part
from lhnets.format.region import Constraint, HalfSpace
from lhnets.format.validation import AnyValidation, Calibration, Check, Parity, Validation
from lhnets.format.variations import KnownVariation, OtherVariation, Variation


class Contents(Part, frozen=True, kw_only=True):
    """Everything that a card states about one version of one network."""

    format: Annotated[
        int, Meta(description="number of the format; a card without it has format 1", ge=1)
    ] = FORMAT
    requires: Annotated[
        tuple[str, ...],
        Meta(description="what a client must understand to evaluate it; written by lhnets"),
    ] = ()

    name: Annotated[
        Name, Meta(description="lower-case words joined by hyphens; what users pin and cite")
    ]
    version: Annotated[
        int, Meta(description="counts from 1; a published version never changes", ge=1)
    ]
    supersedes: (
        Annotated[Supersedes, Meta(description="the version that it replaces, if it replaces one")]
        | None
    ) = None
    kind: Annotated[Kind, Meta(description="what it computes; decides which function finds it")]
    title: Annotated[str, Meta(description="one line, as in a catalogue")]
    description: Annotated[str, Meta(description="what it computes, for whom, and where it stops")]
    subject: Annotated[
        str, Meta(description="canonical process or decay in PDG ids, analysis id, or integral")
    ]
    conditions: Annotated[Conditions, Meta(description="what the physics was computed for")] = (
        Conditions()
    )
    inputs: Annotated[
        tuple[Input, ...], Meta(description="in the order of the network's columns", min_length=1)
    ]
    outputs: Annotated[
        tuple[Output, ...], Meta(description="in the order of the network's columns", min_length=1)
    ]
    default_output: Annotated[
        str, Meta(description="name of the output given when the user selects none")
    ]
    region: Annotated[
        tuple[Constraint, ...], Meta(description="where it holds, besides the ranges of the inputs")
    ] = ()
    assumptions: Annotated[
        tuple[Assumption, ...],
        Meta(description="what it takes for granted of a spectrum that is not an input of it"),
    ] = ()
    physics_uncertainty: Annotated[
        tuple[PhysicsUncertainty, ...],
        Meta(description="outputs that hold an uncertainty of the truth itself"),
    ] = ()
    variations: Annotated[
        tuple[Variation, ...],
        Meta(description="uncertainties of the truth that need no outputs of their own"),
    ] = ()
    members: Annotated[
        tuple[Member, ...], Meta(description="of a set: the networks that answer as one")
    ] = ()
    combination: (
        Annotated[Combination, Meta(description="of a set: how its members answer as one")] | None
    ) = None
    truth: Annotated[Truth, Meta(description="the program or publication behind the labels")]
    data: (
        Annotated[Data, Meta(description="absent where it is not published or not known")] | None
    ) = None
    training: Annotated[Training, Meta(description="how the network was made")]
    parity: Parity
    calibration: Calibration
    validation: AnyValidation
    checks: tuple[Check, ...]
    authors: Annotated[tuple[Author, ...], Meta(description="whom to cite", min_length=1)]
    licence: Annotated[str, Meta(description="SPDX identifier")]
    references: Annotated[dict[str, str], Meta(description="BibTeX entries by their keys")] = field(
        default_factory=dict
    )
    created: Annotated[Day, Meta(description="date, YYYY-MM-DD")]

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"

    @property
    def columns(self) -> tuple[Input, ...]:
        """The inputs that are columns of `parameters`, in order."""
        return tuple(i for i in self.inputs if i.shape is None)

    @property
    def tensors(self) -> tuple[Input, ...]:
        """The inputs that are tensors of their own, as event networks have them."""
        return tuple(i for i in self.inputs if i.shape is not None)

    @property
    def central_outputs(self) -> tuple[Output, ...]:
        """The outputs that are values, not shifts of a `physics_uncertainty` or densities of what
        is generated."""
        shifts = {name for p in self.physics_uncertainty for name in (p.up, p.down) if name}
        return tuple(o for o in self.outputs if o.name not in shifts and not o.density_of)

    @property
    def density(self) -> tuple[Output, Input] | None:
        """The output that is the log density of given events, and the tensor that takes them."""
        for output in self.outputs:
            for tensor in self.tensors:
                if output.density_of == tensor.name:
                    return output, tensor
        return None

    def variations_of(self, name: str) -> tuple[KnownVariation, ...]:
        """The known variations of the output called ``name``."""
        return tuple(
            v
            for v in self.variations
            if not isinstance(v, OtherVariation) and (name in v.of or not v.of)
        )

    def output(self, name: str) -> Output:
        """The output called ``name``."""
        return self.outputs[self.output_index(name)]

    def output_index(self, name: str) -> int:
        """Its column in `value`."""
        for k, output in enumerate(self.outputs):
            if output.name == name:
                return k
        raise CardError(
            f"{self.identity} has no output {name!r}; it has "
            f"{', '.join(o.name for o in self.outputs)}"
        )

    @property
    def half_spaces(self) -> tuple[HalfSpace, ...]:
        """The linear inequalities of the region."""
        return tuple(c for c in self.region if isinstance(c, HalfSpace))

    @property
    def errors(self) -> Validation:
        """The validation of a network whose outputs are compared with a truth row by row.

        Raises
        ------
        CardError
            if it is validated by figures of another kind.
        """
        if isinstance(self.validation, Validation):
            return self.validation
        raise CardError(
            f"{self.identity} has no errors row by row: it is a {self.kind.replace('_', ' ')}"
        )
