"""Figures of networks that tell classes apart or are judged by curves, with their statistical
errors."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, field

from lhnets.format.part import Part

_Errors: TypeAlias = Annotated[
    dict[str, float],
    Meta(description="standard errors of the figures beside it, by their names, from a bootstrap"),
]


class ClassSummary(Part, frozen=True, kw_only=True):
    """One class against all others. The rejection 1/eps_B is absent where no row of another class
    passes."""

    auc: Annotated[
        float, Meta(description="area under the curve of eps_S against eps_B", ge=0, le=1)
    ]
    rejection_30: Annotated[float, Meta(description="1/eps_B at eps_S = 0.3", ge=1)] | None = None
    rejection_50: Annotated[float, Meta(description="1/eps_B at eps_S = 0.5", ge=1)] | None = None
    calibration_error: (
        Annotated[float, Meta(description="as in `classification`, of this class", ge=0)] | None
    ) = None
    calibration_floor: (
        Annotated[float, Meta(description="as in `classification`, of this class", ge=0)] | None
    ) = None
    errors: _Errors = field(default_factory=dict)


class Figure(Part, frozen=True, kw_only=True):
    """A figure with its statistical error."""

    value: float
    error: Annotated[float, Meta(description="standard error", ge=0)]


class Sculpting(Part, frozen=True, kw_only=True):
    """How much a cut changes the distribution of a quantity of the background.

    The figure is 1/JSD, with the Jensen-Shannon divergence in bits between background that passes
    and that fails, over bins of equal numbers of background rows.
    """

    quantity: Annotated[str, Meta(description="column of the data set, such as jet_mass")]
    efficiency: Annotated[float, Meta(description="eps_S of the cut", gt=0, lt=1)]
    bins: Annotated[int, Meta(ge=2)]
    figure: Annotated[Figure, Meta(description="1/JSD: larger is less sculpted")]
    floor: Annotated[
        float,
        Meta(description="1/JSD of a cut by chance that as many rows pass: no more can be seen"),
    ]


class ShiftedSample(Part, frozen=True, kw_only=True):
    """Figures on a sample that differs from the one of training, such as another shower."""

    name: Annotated[str, Meta(description="short, as the head of a column")]
    meaning: Annotated[str, Meta(description="what differs")]
    rows: int
    figures: Annotated[
        dict[str, Figure], Meta(description="by the names of the figures of the validation")
    ]


class Cost(Part, frozen=True, kw_only=True):
    """What an event costs."""

    parameters: Annotated[int, Meta(description="trained numbers in the file", ge=0)]
    flops: (
        Annotated[
            float,
            Meta(
                description="multiplications and additions of one event in matrix products and "
                "convolutions",
                ge=0,
            ),
        ]
        | None
    ) = None
    entries: (
        Annotated[
            int, Meta(description="length of the free axes, such as constituents, that is meant")
        ]
        | None
    ) = None
    microseconds: (
        Annotated[float, Meta(description="of an event, in a batch on one thread", gt=0)] | None
    ) = None
    measured_on: Annotated[str, Meta(description="processor and runtime")] = ""


class Curve(Part, frozen=True, kw_only=True):
    """A curve over rows never seen, such as eps_B against eps_S."""

    x_name: Annotated[str, Meta(description="what x is")]
    y_name: Annotated[str, Meta(description="what y is")]
    x: Annotated[tuple[float, ...], Meta(description="rising")]
    y: Annotated[tuple[float, ...], Meta(description="one number for each x")]
    error: Annotated[tuple[float, ...], Meta(description="statistical errors of y")] = ()


class Classification(Part, frozen=True, kw_only=True):
    """How well classes are told apart on rows never seen. Background is everything but the class
    `signal`."""

    signal: Annotated[str, Meta(description="name of the output whose class is the signal")]
    auc: Annotated[
        float, Meta(description="area under the curve of eps_S against eps_B", ge=0, le=1)
    ]
    accuracy: Annotated[
        float, Meta(description="share of rows whose likeliest class is theirs", ge=0, le=1)
    ]
    rejection_30: (
        Annotated[float, Meta(description="1/eps_B at eps_S = 0.3; absent where none passes", ge=1)]
        | None
    ) = None
    rejection_50: (
        Annotated[float, Meta(description="1/eps_B at eps_S = 0.5; absent where none passes", ge=1)]
        | None
    ) = None
    calibration_error: Annotated[
        float,
        Meta(
            description="expected |probability - frequency| over reliability bins of equal numbers "
            "of rows",
            ge=0,
        ),
    ]
    log_loss: Annotated[
        float, Meta(description="mean of -ln(probability given to the row's class)", ge=0)
    ]
    classes: Annotated[
        dict[str, ClassSummary],
        Meta(description="each class against the rest, by its output, where more than two"),
    ] = field(default_factory=dict)
    curves: Annotated[dict[str, Curve], Meta(description="by their names: roc, reliability")] = (
        field(default_factory=dict)
    )
    errors: _Errors = field(default_factory=dict)
    calibration_floor: (
        Annotated[
            float,
            Meta(
                description="calibration error that perfect probabilities would show on so many "
                "rows",
                ge=0,
            ),
        ]
        | None
    ) = None
    sculpting: Annotated[
        tuple[Sculpting, ...], Meta(description="quantities that a cut shall leave alone")
    ] = ()
    shifted: Annotated[
        tuple[ShiftedSample, ...], Meta(description="the same figures on other samples")
    ] = ()
    cost: Annotated[Cost, Meta(description="size and speed")] | None = None
