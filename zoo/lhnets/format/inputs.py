"""What goes into a network and what it takes for granted of a spectrum."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from lhnets.format.part import Part


class Conditions(Part, frozen=True, kw_only=True):
    """What the physics was computed for. An energy or a scale that is an input of the network
    stands under `inputs`."""

    energy: Annotated[float, Meta(description="centre-of-mass energy in GeV", gt=0)] | None = None
    order: (
        Annotated[str, Meta(description="perturbative order, such as LO or NNLO_approx+NNLL")]
        | None
    ) = None
    pdf: Annotated[str, Meta(description="PDF set by its LHAPDF name")] | None = None
    scheme: Annotated[str, Meta(description="renormalisation or resummation scheme")] | None = None
    scale: (
        Annotated[str, Meta(description="choice of the factorisation and renormalisation scales")]
        | None
    ) = None
    working_point: (
        Annotated[str, Meta(description="selection, detector volume or tagger working point")]
        | None
    ) = None


class SlhaEntry(Part, frozen=True, kw_only=True):
    """Where an input stands in an SLHA file.

    Besides the blocks of the file there are two that are computed from it: HIGGSKAPPA, the
    couplings of the Higgs boson 25 over those of the Standard Model (1: W and Z, 2: up-type
    fermions, 3: down-type fermions), and RPV, whose only entry, without indices, is the largest
    coupling that violates R-parity.
    """

    block: Annotated[str, Meta(description="name of the block, upper case, such as MASS")]
    entry: Annotated[
        tuple[int, ...], Meta(description="indices within the block; the PDG id for MASS")
    ]
    absolute: Annotated[
        bool, Meta(description="take the absolute value (a neutralino mass carries a sign)")
    ] = False
    signs: Annotated[
        tuple[int, ...],
        Meta(
            description="PDG ids whose signs of masses multiply it: an entry of a mixing matrix as "
            "it is if these masses are positive"
        ),
    ] = ()


Quantity: TypeAlias = Literal[
    "energy", "px", "py", "pz", "pt", "eta", "phi", "rapidity", "theta", "mass"
]
"""What a number of a particle is, so that columns of any name and order find their place."""


class Feature(Part, frozen=True, kw_only=True):
    """What stands at one place of the last axis of a tensor, such as the energy in (N, P, 4)."""

    name: Annotated[str, Meta(description="unique among the features of the tensor")]
    meaning: Annotated[
        str, Meta(description="what it is, with its definition where conventions differ")
    ]
    unit: Annotated[str, Meta(description="unit; 1 for a pure number")]
    quantity: (
        Annotated[
            Quantity,
            Meta(
                description="which quantity of a particle it is, in the frame of the detector; the "
                "name says it otherwise"
            ),
        ]
        | None
    ) = None
    low: (
        Annotated[float, Meta(description="lower edge of the range in training, in the unit")]
        | None
    ) = None
    high: (
        Annotated[float, Meta(description="upper edge of the range in training, in the unit")]
        | None
    ) = None


class Input(Part, frozen=True, kw_only=True):
    """One input: a column of `parameters`, or a named tensor of its own where `shape` is given."""

    name: Annotated[str, Meta(description="name a user gives, SLHA habit: m_go, m_sq, sqrt_s")]
    meaning: Annotated[
        str, Meta(description="what it is, with its definition where conventions differ")
    ]
    unit: Annotated[str, Meta(description="unit; 1 for a pure number")]
    symbol: Annotated[str, Meta(description="LaTeX, without dollar signs")] = ""
    low: (
        Annotated[
            float, Meta(description="lower edge of the training box, in the unit; columns need it")
        ]
        | None
    ) = None
    high: (
        Annotated[
            float, Meta(description="upper edge of the training box, in the unit; columns need it")
        ]
        | None
    ) = None
    default: Annotated[float, Meta(description="value where the user gives none")] | None = None
    slha: Annotated[SlhaEntry, Meta(description="where it stands in an SLHA file")] | None = None
    shape: (
        Annotated[
            tuple[int | str, ...],
            Meta(description="shape of a tensor input, first axis the events: (N, P, 4)"),
        ]
        | None
    ) = None
    dtype: Annotated[
        Literal["float64", "float32", "int64", "bool"],
        Meta(description="of a tensor: type of its numbers"),
    ] = "float64"
    features: Annotated[
        tuple[Feature, ...], Meta(description="of a tensor: what its last axis holds, in order")
    ] = ()
    padding: (
        Annotated[
            float,
            Meta(
                description="of a tensor: what stands beyond the last entry of an event's second "
                "axis"
            ),
        ]
        | None
    ) = None
    mask_of: Annotated[
        tuple[str, ...], Meta(description="of a mask: the tensors whose second axis it marks")
    ] = ()
    mask_marks: Annotated[
        Literal["entries", "padding"],
        Meta(description="of a mask: what it is true or 1 for: entries, or the padding"),
    ] = "entries"
    noise: (
        Annotated[
            Literal["normal", "uniform"],
            Meta(
                description="of a generator: random numbers that the caller draws, standard normal "
                "or in [0, 1)"
            ),
        ]
        | None
    ) = None


class Assumption(Part, frozen=True, kw_only=True):
    """What the network takes for granted of a spectrum and is not an input of it: an entry of an
    SLHA file within a range.

    Files are held to it; numbers that users give by name cannot be. A mass that a file does not
    list counts as decoupled.
    """

    slha: Annotated[SlhaEntry, Meta(description="where it stands in an SLHA file")]
    low: Annotated[float, Meta(description="the least that it may be")]
    high: Annotated[float, Meta(description="the most that it may be")]
    over: (
        Annotated[str, Meta(description="name of the input that the entry is divided by first")]
        | None
    ) = None
    meaning: Annotated[
        str, Meta(description="what is assumed, as a user reads it: the chargino is a wino")
    ]
    required: Annotated[
        bool,
        Meta(
            description="files without the entry are refused; a mass may be absent from a file "
            "that lists few sparticles"
        ),
    ] = False
    subjects: Annotated[
        tuple[str, ...],
        Meta(description="the subjects of the outputs that depend on it; all if there are none"),
    ] = ()
