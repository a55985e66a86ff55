"""How well a network does: on rows never seen, against the model it was exported from, in physics
checks."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

from msgspec import Meta, field

from lhnets.format.classification import Classification, Cost, Curve, Figure, ShiftedSample
from lhnets.format.part import Part

_Error: TypeAlias = Annotated[float, Meta(ge=0)]
_Fraction: TypeAlias = Annotated[float, Meta(ge=0, le=1)]


class SimpleMethod(NamedTuple):
    """What a simple method reaches on the same rows."""

    method: str
    value: float
    score: float


class Headline(NamedTuple):
    """The one figure of a validation that networks of a subject are compared by."""

    name: str
    value: float
    error: float | None
    """Its statistical error, if the card states one."""
    score: float
    """The figure as a rank: smaller is better."""
    baseline: SimpleMethod | None


class Parity(Part, frozen=True, kw_only=True):
    """The file against the model it was exported from, on random points of the region."""

    points: int
    max_relative: Annotated[
        float, Meta(description="largest relative difference (of the spread where linear)")
    ]
    max_uncertainty: (
        Annotated[float, Meta(description="largest relative difference of the uncertainties")]
        | None
    ) = None
    max_reach: (
        Annotated[float, Meta(description="largest difference of the reaches, relative above 1")]
        | None
    ) = None
    against: Annotated[str, Meta(description="what the file was compared with")]


class Calibration(Part, frozen=True, kw_only=True):
    """How wide an interval must be: ``|truth - value| <= factor * uncertainty`` holds for a
    fraction `level` of the rows.

    The factor at 0.68 is 1 by construction. Conformal: quantiles on rows that served for nothing
    else, or out of fold.
    """

    rows: int
    method: Annotated[
        str, Meta(description="split conformal, or cross-conformal with the number of folds")
    ]
    levels: tuple[float, ...]
    factors: Annotated[
        dict[str, tuple[float, ...]], Meta(description="for each output, one factor a level")
    ]


class ErrorSummary(Part, frozen=True, kw_only=True):
    """Distribution of the error over rows never seen: relative for log outputs, else over the
    spread of the output."""

    mean: _Error
    median: _Error
    q68: _Error
    q95: _Error
    q997: _Error
    max: _Error
    coverage_68: _Fraction
    coverage_95: _Fraction


class Baseline(Part, frozen=True, kw_only=True):
    """The simple method on the same split. The numbers are errors as in `validation`."""

    method: str
    mean: _Error
    median: _Error
    q997: _Error
    max: _Error
    classification: Classification | None = None


class Corner(Part, frozen=True, kw_only=True):
    """Where in the region the network is worst."""

    where: Annotated[str, Meta(description="the part of the region, by its inputs")]
    rows: int
    mean: _Error
    max: _Error


class Cell(Part, frozen=True, kw_only=True):
    """A part of the region, and the share of its unseen rows that lie in their 68 % intervals."""

    output: Annotated[str, Meta(description="whose intervals are meant")]
    bounds: Annotated[
        dict[str, tuple[float | None, float | None]],
        Meta(description="from and to, by names of inputs, or under the name of the output"),
    ]
    rows: int
    coverage_68: float
    error: Annotated[
        float, Meta(description="standard error of the share if the true one is 68 %", ge=0)
    ]


class CoverageMap(Part, frozen=True, kw_only=True):
    """Coverage by cell on unseen rows: quantiles of the default output and of each input, corners.

    Of the other outputs it holds the worst cell each.
    """

    least_rows: Annotated[int, Meta(description="rows that a cell needs to be shown", ge=1)]
    cells: tuple[Cell, ...]

    @property
    def worst(self) -> Cell:
        """The cell of the lowest coverage."""
        return min(self.cells, key=lambda c: c.coverage_68)


class WorstPoint(Part, frozen=True, kw_only=True):
    """A point of the region with the network's answer and the truth there."""

    output: str
    point: Annotated[dict[str, float], Meta(description="by the names of the inputs")]
    value: float
    truth: float
    uncertainty: Annotated[float, Meta(description="one standard deviation of the network")]
    pull: Annotated[
        float,
        Meta(
            description="(value - truth) / sqrt(uncertainty^2 + error of the truth^2)",
        ),
    ]
    error: Annotated[float, Meta(description="in the metric of the validation", ge=0)]


class WorstFound(Part, frozen=True, kw_only=True):
    """The worst points that a search over the region found, by comparison with the truth itself."""

    points: Annotated[int, Meta(description="points at which the truth was computed", ge=1)]
    largest_pull: WorstPoint
    largest_error: WorstPoint


class LabelNoise(Part, frozen=True, kw_only=True):
    """What the errors of the default output owe to those of the labels, in the units of the metric.

    With the residuals r_i of unseen rows and the standard deviations s_i of their labels, D =
    mean(r_i^2) - mean(s_i^2) and delta its standard error, ``beyond`` is sqrt(max(D, 0)) and
    ``at_most`` is sqrt(max(D, 0) + 1.645 delta): what so few rows cannot tell from none. Under the
    metric `relative`, r_i and s_i are over the prediction, since a division by a noisy label would
    shift them.
    """

    rows: Annotated[
        int,
        Meta(
            description="unseen rows it is measured on: those of `validation`, or points whose "
            "labels err less",
            ge=2,
        ),
    ]
    rms: Annotated[
        float,
        Meta(
            description="root mean square of the standard deviations of the labels of these rows",
            gt=0,
        ),
    ]
    beyond: Annotated[float, Meta(description="root mean square error beyond the noise", ge=0)]
    at_most: Annotated[float, Meta(description="upper limit of `beyond` at 95 % confidence", ge=0)]
    q997: Annotated[
        float,
        Meta(
            description="99.7 % quantile of sqrt(max(r^2 - (2.97 s)^2, 0)): the tail beyond the "
            "noise",
            ge=0,
        ),
    ]


class Validation(Part, frozen=True, kw_only=True, tag="regression", tag_field="kind"):
    """Errors of the default output on rows never seen, without any cut, and coverage of its
    intervals.

    The truth of a probability is not a label but a frequency. Under the metric `of_probability` the
    rows are sorted by the probability and put into reliability bins of equal numbers; the error of
    a row is the distance of mean probability and frequency in its bin. Coverage is that of the
    counts in the bins, predicted by a binomial distribution whose probability is uncertain by the
    mean uncertainty of the bin. How well classes are told apart stands under `classification`.
    """

    rows: int
    metric: Annotated[
        Literal["relative", "of_spread", "of_probability"],
        Meta(
            description="|prediction/truth - 1|, the difference over the spread, or |probability - "
            "frequency|"
        ),
    ]
    mean: _Error
    median: _Error
    q68: _Error
    q95: _Error
    q997: _Error
    max: _Error
    coverage_68: _Fraction
    coverage_95: _Fraction
    baseline: Baseline | None = None
    outputs: Annotated[
        dict[str, ErrorSummary],
        Meta(description="each output by its name, where there are several"),
    ] = field(default_factory=dict)
    corners: tuple[Corner, ...] = ()
    note: str = ""
    classification: Annotated[Classification, Meta(description="of classifiers")] | None = None
    label_noise: (
        Annotated[LabelNoise, Meta(description="where labels have errors of their own that matter")]
        | None
    ) = None
    coverage: (
        Annotated[CoverageMap, Meta(description="by cell, if there are rows enough for cells")]
        | None
    ) = None
    worst_found: (
        Annotated[WorstFound, Meta(description="by a search, if the truth can be computed at will")]
        | None
    ) = None

    @property
    def headline(self) -> Headline:
        """The mean error; of classifiers the log loss."""
        own, simple = self.classification, self.baseline
        if own is None:
            error = SimpleMethod(simple.method, simple.mean, simple.mean) if simple else None
            return Headline("mean error", self.mean, None, self.mean, error)
        theirs = None if simple is None else simple.classification
        loss = own.log_loss
        baseline = (
            SimpleMethod(simple.method, theirs.log_loss, theirs.log_loss)
            if simple and theirs
            else None
        )
        return Headline("log loss", loss, own.errors.get("log_loss"), loss, baseline)

    @property
    def score(self) -> float:
        """What networks of one subject are ranked by, smaller is better: the mean error; of
        classifiers the log loss."""
        return self.headline.score


class ClassifierValidation(
    Validation, frozen=True, kw_only=True, tag="classification", tag_field="kind"
):
    """How well classes are told apart on rows never seen, and how far their probabilities are from
    frequencies."""

    classification: Annotated[Classification, Meta(description="how well classes are told apart")]


class FigureBaseline(Part, frozen=True, kw_only=True):
    """The figure that a simple method reaches on the same rows."""

    method: str
    figure: Figure


class FigureValidation(Part, frozen=True, kw_only=True):
    """Figures on rows never seen, of networks whose outputs are not compared with a truth row by
    row."""

    headline_field: ClassVar[str]
    headline_name: ClassVar[str]

    rows: int
    baseline: FigureBaseline | None = None
    figures: Annotated[dict[str, Figure], Meta(description="further figures by their names")] = (
        field(default_factory=dict)
    )
    curves: Annotated[dict[str, Curve], Meta(description="by their names")] = field(
        default_factory=dict
    )
    note: str = ""
    shifted: Annotated[
        tuple[ShiftedSample, ...], Meta(description="the same figures on other samples")
    ] = ()
    cost: Annotated[Cost, Meta(description="size and speed")] | None = None

    @property
    def headline(self) -> Headline:
        """The figure that every validation of this kind has."""
        own: Figure = getattr(self, self.headline_field)
        simple = self.baseline
        baseline = (
            SimpleMethod(simple.method, simple.figure.value, self.rank(simple.figure.value))
            if simple
            else None
        )
        return Headline(self.headline_name, own.value, own.error, self.rank(own.value), baseline)

    @property
    def score(self) -> float:
        """What networks of one subject are ranked by, smaller is better."""
        return self.headline.score

    @staticmethod
    def rank(value: float) -> float:
        """The figure as a number that is smaller for a better network."""
        return value


class GeneratorValidation(
    FigureValidation, frozen=True, kw_only=True, tag="generation", tag_field="kind"
):
    """How far generated events are from simulated ones never seen."""

    headline_field = "two_sample_auc"
    headline_name = "two-sample AUC"

    two_sample_auc: Annotated[
        Figure, Meta(description="AUC of a classifier trained to tell both; 0.5 is perfect")
    ]

    @staticmethod
    def rank(value: float) -> float:
        """Its distance from 0.5."""
        return abs(value - 0.5)


class AnomalyValidation(
    FigureValidation, frozen=True, kw_only=True, tag="anomaly", tag_field="kind"
):
    """What a cut on the score gains for signals that it was not trained on."""

    headline_field = "significance_improvement"
    headline_name = "significance improvement"

    significance_improvement: Annotated[
        Figure, Meta(description="eps_S / sqrt(eps_B) at its maximum")
    ]

    @staticmethod
    def rank(value: float) -> float:
        """Larger is better."""
        return -value


class VariableValidation(
    FigureValidation, frozen=True, kw_only=True, tag="variable", tag_field="kind"
):
    """How much of the information on its parameter an event variable keeps."""

    headline_field = "information_ratio"
    headline_name = "information ratio"

    information_ratio: Annotated[
        Figure, Meta(description="Fisher information over that of the reference")
    ]

    @staticmethod
    def rank(value: float) -> float:
        """Larger is better."""
        return -value


class UnfoldingValidation(
    FigureValidation, frozen=True, kw_only=True, tag="unfolding", tag_field="kind"
):
    """How far unfolded distributions are from the truth."""

    headline_field = "triangular_distance"
    headline_name = "triangular distance"

    triangular_distance: Annotated[
        Figure, Meta(description="triangular discriminator of unfolded and true spectrum")
    ]


class OtherValidation(Part, frozen=True, kw_only=True, tag="other", tag_field="kind"):
    """A validation of a kind that this lhnets does not know."""

    content: Annotated[dict[str, Any], Meta(description="the validation as the card states it")] = (
        field(default_factory=dict)
    )
    baseline: None = None

    @property
    def headline(self) -> None:
        """Nothing is known of it."""
        return None

    @property
    def score(self) -> float:
        """What networks of one subject are ranked by, smaller is better: nothing is known of this
        one."""
        return float("inf")


AnyValidation: TypeAlias = (
    Validation
    | ClassifierValidation
    | GeneratorValidation
    | AnomalyValidation
    | VariableValidation
    | UnfoldingValidation
    | OtherValidation
)


def list_figures(validation: AnyValidation) -> dict[str, Figure]:
    """The figures of a validation by their names, that of its baseline too; none of one that
    compares row by row."""
    if not isinstance(validation, FigureValidation):
        return {}
    own = {
        n: f
        for n in validation.__struct_fields__
        if isinstance(f := getattr(validation, n), Figure)
    }
    baseline = (
        {}
        if validation.baseline is None
        else {f"baseline: {validation.baseline.method}": validation.baseline.figure}
    )
    return {**own, **validation.figures, **baseline}


class Check(Part, frozen=True, kw_only=True):
    """One graded physics check."""

    name: str
    passed: bool
    figure: Annotated[str, Meta(description="the number that was found, with its unit")]
    criterion: str
    reference: Annotated[str, Meta(description="key into the card's BibTeX")] | None = None
