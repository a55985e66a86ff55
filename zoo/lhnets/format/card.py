"""The card of a network: what it computes, where it holds, what it was trained on and how far it can be trusted."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from lhnets.errors import CardError
from lhnets.format.contradictions import find_contradictions

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
Name: TypeAlias = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Sha256: TypeAlias = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A frozen part of a card that refuses fields it does not know."""


class Conditions(_Part, frozen=True, kw_only=True):
    """What the physics was computed for. An energy or a scale that is an input of the network stands under `inputs`."""

    energy: Annotated[float, Meta(description="centre-of-mass energy in GeV", gt=0)] | None = None
    order: Annotated[str, Meta(description="perturbative order, such as LO or NNLO_approx+NNLL")] | None = None
    pdf: Annotated[str, Meta(description="PDF set by its LHAPDF name")] | None = None
    scheme: Annotated[str, Meta(description="renormalisation or resummation scheme")] | None = None
    scale: Annotated[str, Meta(description="choice of the factorisation and renormalisation scales")] | None = None
    working_point: Annotated[str, Meta(description="selection, detector volume or tagger working point")] | None = None


class SlhaEntry(_Part, frozen=True, kw_only=True):
    """Where an input stands in an SLHA file."""

    block: Annotated[str, Meta(description="name of the block, upper case, such as MASS")]
    entry: Annotated[tuple[int, ...], Meta(description="indices within the block; the PDG id for MASS")]
    absolute: Annotated[bool, Meta(description="take the absolute value (a neutralino mass carries a sign)")] = False


class Feature(_Part, frozen=True, kw_only=True):
    """What stands at one place of the last axis of a tensor, such as the energy in (N, P, 4)."""

    name: Annotated[str, Meta(description="unique among the features of the tensor")]
    meaning: Annotated[str, Meta(description="what it is, with its definition where conventions differ")]
    unit: Annotated[str, Meta(description="unit; 1 for a pure number")]
    low: Annotated[float, Meta(description="lower edge of the range in training, in the unit")] | None = None
    high: Annotated[float, Meta(description="upper edge of the range in training, in the unit")] | None = None


class Input(_Part, frozen=True, kw_only=True):
    """One input: a column of `parameters`, or a named tensor of its own where `shape` is given."""

    name: Annotated[str, Meta(description="name a user gives, SLHA habit: m_go, m_sq, sqrt_s")]
    meaning: Annotated[str, Meta(description="what it is, with its definition where conventions differ")]
    unit: Annotated[str, Meta(description="unit; 1 for a pure number")]
    symbol: Annotated[str, Meta(description="LaTeX, without dollar signs")] = ""
    low: Annotated[float, Meta(description="lower edge of the training box, in the unit; columns need it")] | None = (
        None
    )
    high: Annotated[float, Meta(description="upper edge of the training box, in the unit; columns need it")] | None = (
        None
    )
    default: Annotated[float, Meta(description="value where the user gives none")] | None = None
    slha: Annotated[SlhaEntry, Meta(description="where it stands in an SLHA file")] | None = None
    shape: (
        Annotated[tuple[int | str, ...], Meta(description="shape of a tensor input, first axis the events: (N, P, 4)")]
        | None
    ) = None
    dtype: Annotated[
        Literal["float64", "float32", "int64", "bool"], Meta(description="of a tensor: type of its numbers")
    ] = "float64"
    features: Annotated[tuple[Feature, ...], Meta(description="of a tensor: what its last axis holds, in order")] = ()
    padding: (
        Annotated[float, Meta(description="of a tensor: what stands beyond the last entry of an event's second axis")]
        | None
    ) = None
    mask_of: Annotated[tuple[str, ...], Meta(description="of a mask: the tensors whose second axis it marks")] = ()
    mask_marks: Annotated[
        Literal["entries", "padding"], Meta(description="of a mask: what it is true or 1 for: entries, or the padding")
    ] = "entries"
    noise: (
        Annotated[
            Literal["normal", "uniform"],
            Meta(description="of a generator: random numbers that the caller draws, standard normal or in [0, 1)"),
        ]
        | None
    ) = None


class Output(_Part, frozen=True, kw_only=True):
    """One column of `value` and `uncertainty`."""

    name: Annotated[str, Meta(description="unique among the outputs")]
    unit: Annotated[str, Meta(description="unit; 1 for a pure number")]
    meaning: Annotated[str, Meta(description="what it is, with its definition where conventions differ")]
    scale: Annotated[
        Literal["linear", "log"], Meta(description="log: of one sign, errors are relative; linear: errors are absolute")
    ] = "linear"
    subject: Annotated[str, Meta(description="canonical physics, where outputs differ in it")] | None = None
    energy: Annotated[float, Meta(description="centre-of-mass energy in GeV, where outputs differ in it")] | None = None
    order: Annotated[str, Meta(description="perturbative order, where outputs differ in it")] | None = None


class HalfSpace(_Part, frozen=True, kw_only=True):
    """The inequality sum_i coefficients[i] * input_i <= bound, in the units of the inputs."""

    coefficients: Annotated[dict[str, float], Meta(description="by the names of the inputs; others count as 0")]
    bound: Annotated[float, Meta(description="right side of the inequality")]
    meaning: Annotated[str, Meta(description="the inequality in words or symbols, as a user reads it")]


class Assumption(_Part, frozen=True, kw_only=True):
    """What the network takes for granted of a spectrum and is no input of it: an entry of an SLHA file within a range.

    Files are held to it, where they have the entry; numbers that users give by name cannot be.
    """

    slha: Annotated[SlhaEntry, Meta(description="where it stands in an SLHA file")]
    low: Annotated[float, Meta(description="the least that it may be")]
    high: Annotated[float, Meta(description="the most that it may be")]
    over: Annotated[str, Meta(description="name of the input that the entry is divided by first")] | None = None
    meaning: Annotated[str, Meta(description="what is assumed, as a user reads it: the chargino is a wino")]


class PhysicsUncertainty(_Part, frozen=True, kw_only=True):
    """Outputs that hold an uncertainty of the truth itself: positive shifts, in the unit of the output they belong to."""

    of: Annotated[str, Meta(description="name of the output it belongs to")]
    source: Annotated[str, Meta(description="scale, pdf, alpha_s, pdf+alpha_s, total")]
    up: Annotated[str, Meta(description="name of the output with the upward shift")]
    down: Annotated[str, Meta(description="name of the output with the downward shift")]


class Truth(_Part, frozen=True, kw_only=True):
    """The program or publication behind the labels."""

    program: Annotated[str, Meta(description="program that computed the labels, or where they were published")]
    version: Annotated[str, Meta(description="version of that program")]
    settings: Annotated[dict[str, str], Meta(description="options that the labels depend on, by their names")] = {}
    references: Annotated[tuple[str, ...], Meta(description="keys into the card's BibTeX")] = ()
    relative_error: Annotated[float, Meta(description="statistical or numerical error of a label, relative")] | None = (
        None
    )
    seconds_per_label: Annotated[float, Meta(description="measured time of the program for one label")] | None = None


class Data(_Part, frozen=True, kw_only=True):
    """The data set of the training."""

    name: Annotated[str, Meta(description="name of the data set")]
    sha256: Annotated[Sha256, Meta(description="of the Parquet file")]
    rows: Annotated[int, Meta(description="rows of the table")]
    split: Annotated[dict[str, int], Meta(description="rows by their use: train, validation, calibration, test")]
    doi: Annotated[str, Meta(description="only when archived")] | None = None


class Source(_Part, frozen=True, kw_only=True):
    """The file that a network was imported from."""

    file: Annotated[str, Meta(description="name of the file, without its folders")]
    sha256: Annotated[Sha256, Meta(description="of that file")]
    format: Annotated[str, Meta(description="what it was, such as Keras 3 archive or ONNX, opset 9")]


class Training(_Part, frozen=True, kw_only=True):
    """How the network was made: by a recipe (`lhnets train RECIPE` makes it again), or elsewhere and imported."""

    recipe: Annotated[str, Meta(description="module under lhnets_training.recipes")] | None = None
    method: Annotated[str, Meta(description="what the model is: network, spline, Gaussian process")]
    framework: Annotated[str, Meta(description="library that fitted it: torch, keras, scikit-learn")]
    framework_version: Annotated[str, Meta(description="version of that library")]
    seed: Annotated[int, Meta(description="seed of the random numbers")] | None = None
    hyperparameters: Annotated[dict[str, Any], Meta(description="widths, activations, steps, by their names")] = {}
    duration: Annotated[float, Meta(description="seconds")] | None = None
    cores: Annotated[int, Meta(description="processor cores that took part")] = 2
    source: Annotated[Source, Meta(description="of an imported network: the file that it was read from")] | None = None


class Parity(_Part, frozen=True, kw_only=True):
    """The file against the model it was exported from, on random points of the region."""

    points: int
    max_relative: Annotated[float, Meta(description="largest relative difference (of the spread where linear)")]
    max_uncertainty: Annotated[float, Meta(description="largest relative difference of the uncertainties")] | None = (
        None
    )
    max_reach: Annotated[float, Meta(description="largest difference of the reaches, relative above 1")] | None = None
    against: Annotated[str, Meta(description="what the file was compared with")]


class Calibration(_Part, frozen=True, kw_only=True):
    """How wide an interval must be: ``|truth - value| <= factor * uncertainty`` holds for a fraction `level` of the rows.

    The factor at 0.68 is 1 by construction. Conformal: quantiles on rows that served for nothing else, or out of fold.
    """

    rows: int
    method: Annotated[str, Meta(description="split conformal, or cross-conformal with the number of folds")]
    levels: tuple[float, ...]
    factors: Annotated[dict[str, tuple[float, ...]], Meta(description="for each output, one factor a level")]


class ErrorSummary(_Part, frozen=True, kw_only=True):
    """Distribution of the error over rows never seen: relative for log outputs, else over the spread of the output."""

    mean: float
    median: float
    q68: float
    q95: float
    q997: float
    max: float
    coverage_68: float
    coverage_95: float


class ClassSummary(_Part, frozen=True, kw_only=True):
    """One class against all others. The rejection 1/eps_B is absent where no row of another class passes."""

    auc: Annotated[float, Meta(description="area under the curve of eps_S against eps_B", ge=0, le=1)]
    rejection_30: Annotated[float, Meta(description="1/eps_B at eps_S = 0.3", ge=1)] | None = None
    rejection_50: Annotated[float, Meta(description="1/eps_B at eps_S = 0.5", ge=1)] | None = None


class Classification(_Part, frozen=True, kw_only=True):
    """How well classes are told apart on rows never seen. Background is everything but the class `signal`."""

    signal: Annotated[str, Meta(description="name of the output whose class is the signal")]
    auc: Annotated[float, Meta(description="area under the curve of eps_S against eps_B", ge=0, le=1)]
    accuracy: Annotated[float, Meta(description="share of rows whose likeliest class is theirs", ge=0, le=1)]
    rejection_30: (
        Annotated[float, Meta(description="1/eps_B at eps_S = 0.3; absent where none passes", ge=1)] | None
    ) = None
    rejection_50: (
        Annotated[float, Meta(description="1/eps_B at eps_S = 0.5; absent where none passes", ge=1)] | None
    ) = None
    calibration_error: Annotated[
        float,
        Meta(description="expected |probability - frequency| over reliability bins of equal numbers of rows", ge=0),
    ]
    log_loss: Annotated[float, Meta(description="mean of -ln(probability given to the row's class)", ge=0)]
    classes: Annotated[
        dict[str, ClassSummary], Meta(description="each class against the rest, by its output, where more than two")
    ] = {}


class Baseline(_Part, frozen=True, kw_only=True):
    """The simple method on the same split. The numbers are errors as in `validation`."""

    method: str
    mean: float
    median: float
    q997: float
    max: float
    classification: Classification | None = None


class Corner(_Part, frozen=True, kw_only=True):
    """Where in the region the network is worst."""

    where: Annotated[str, Meta(description="the part of the region, by its inputs")]
    rows: int
    mean: float
    max: float


class LabelNoise(_Part, frozen=True, kw_only=True):
    """What the errors of the default output owe to those of the labels, in the units of the metric.

    With the residuals r_i of unseen rows and the standard deviations s_i of their labels, D = mean(r_i^2) - mean(s_i^2) and
    delta its standard error, ``beyond`` is sqrt(max(D, 0)) and ``at_most`` is sqrt(max(D, 0) + 1.645 delta): what so few
    rows cannot tell from none. Under the metric `relative`, r_i and s_i are over the prediction, since a division by a noisy
    label would shift them.
    """

    rows: Annotated[
        int,
        Meta(description="unseen rows it is measured on: those of `validation`, or points whose labels err less", ge=2),
    ]
    rms: Annotated[
        float, Meta(description="root mean square of the standard deviations of the labels of these rows", gt=0)
    ]
    beyond: Annotated[float, Meta(description="root mean square error beyond the noise", ge=0)]
    at_most: Annotated[float, Meta(description="upper limit of `beyond` at 95 % confidence", ge=0)]
    q997: Annotated[
        float, Meta(description="99.7 % quantile of sqrt(max(r^2 - (2.97 s)^2, 0)): the tail beyond the noise", ge=0)
    ]


class Validation(_Part, frozen=True, kw_only=True):
    """Errors of the default output on rows never seen, without any cut, and coverage of its intervals.

    The truth of a probability is no label but a frequency. Under the metric `of_probability` the rows are sorted by the
    probability and put into reliability bins of equal numbers; the error of a row is the distance of mean probability
    and frequency in its bin. Coverage is that of the counts in the bins, predicted by a binomial distribution whose
    probability is uncertain by the mean uncertainty of the bin. How well classes are told apart stands under
    `classification`.
    """

    rows: int
    metric: Annotated[
        Literal["relative", "of_spread", "of_probability"],
        Meta(description="|prediction/truth - 1|, the difference over the spread, or |probability - frequency|"),
    ]
    mean: float
    median: float
    q68: float
    q95: float
    q997: float
    max: float
    coverage_68: float
    coverage_95: float
    baseline: Baseline | None = None
    outputs: Annotated[
        dict[str, ErrorSummary], Meta(description="each output by its name, where there are several")
    ] = {}
    corners: tuple[Corner, ...] = ()
    note: str = ""
    classification: Annotated[Classification, Meta(description="of classifiers")] | None = None
    label_noise: Annotated[LabelNoise, Meta(description="where labels have errors of their own that matter")] | None = (
        None
    )

    @property
    def score(self) -> float:
        """What networks of one subject are ranked by, smaller is better: the mean error; of classifiers the log loss."""
        return self.mean if self.classification is None else self.classification.log_loss


class Check(_Part, frozen=True, kw_only=True):
    """One graded physics check."""

    name: str
    passed: bool
    figure: Annotated[str, Meta(description="the number that was found, with its unit")]
    criterion: str
    reference: Annotated[str, Meta(description="key into the card's BibTeX")] | None = None


class Author(_Part, frozen=True, kw_only=True):
    """A person to cite."""

    name: Annotated[str, Meta(description="as it is cited")]
    orcid: (
        Annotated[
            str, Meta(description="from orcid.org, without the address", pattern=r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")
        ]
        | None
    ) = None
    affiliation: Annotated[str, Meta(description="institute")] | None = None


class Card(_Part, frozen=True, kw_only=True):
    """Everything about one version of one network; the JSON in its file's metadata."""

    name: Annotated[Name, Meta(description="lower-case words joined by hyphens; what users pin and cite")]
    version: Annotated[int, Meta(description="counts from 1; a published version never changes", ge=1)]
    kind: Annotated[Kind, Meta(description="what it computes; decides which function finds it")]
    title: Annotated[str, Meta(description="one line, as in a catalogue")]
    description: Annotated[str, Meta(description="what it computes, for whom, and where it stops")]
    subject: Annotated[str, Meta(description="canonical process or decay in PDG ids, analysis id, or integral")]
    conditions: Annotated[Conditions, Meta(description="what the physics was computed for")] = Conditions()
    inputs: Annotated[tuple[Input, ...], Meta(description="in the order of the network's columns", min_length=1)]
    outputs: Annotated[tuple[Output, ...], Meta(description="in the order of the network's columns", min_length=1)]
    default_output: Annotated[str, Meta(description="name of the output given when the user selects none")]
    region: Annotated[
        tuple[HalfSpace, ...], Meta(description="where it holds, besides the ranges of the inputs: linear inequalities")
    ] = ()
    assumptions: Annotated[
        tuple[Assumption, ...], Meta(description="what it takes for granted of a spectrum that is no input of it")
    ] = ()
    physics_uncertainty: Annotated[
        tuple[PhysicsUncertainty, ...], Meta(description="outputs that hold an uncertainty of the truth itself")
    ] = ()
    truth: Annotated[Truth, Meta(description="the program or publication behind the labels")]
    data: Annotated[Data, Meta(description="absent where it is not published or not known")] | None = None
    training: Annotated[Training, Meta(description="how the network was made")]
    parity: Parity
    calibration: Calibration
    validation: Validation
    checks: tuple[Check, ...]
    authors: Annotated[tuple[Author, ...], Meta(description="whom to cite", min_length=1)]
    licence: Annotated[str, Meta(description="SPDX identifier")]
    references: Annotated[dict[str, str], Meta(description="BibTeX entries by their keys")] = {}
    created: Annotated[str, Meta(description="date, YYYY-MM-DD", pattern=r"^\d{4}-\d{2}-\d{2}$")]

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
        """The outputs that are values, not shifts of a `physics_uncertainty`."""
        shifts = {name for p in self.physics_uncertainty for name in (p.up, p.down)}
        return tuple(o for o in self.outputs if o.name not in shifts)

    def output(self, name: str) -> Output:
        """The output called ``name``."""
        return self.outputs[self.output_index(name)]

    def output_index(self, name: str) -> int:
        """Its column in `value`."""
        for k, output in enumerate(self.outputs):
            if output.name == name:
                return k
        raise CardError(f"{self.identity} has no output {name!r}; it has {', '.join(o.name for o in self.outputs)}")

    def to_json(self) -> bytes:
        """The card as compact JSON."""
        return msgspec.json.encode(self, order="deterministic")

    @classmethod
    def from_json(cls, data: bytes | str) -> Card:
        """A card from its JSON.

        Raises
        ------
        CardError
            where the JSON does not follow the schema, with the path of the field, or contradicts itself.
        """
        try:
            card = msgspec.json.decode(data, type=cls)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise CardError(
                f"the card does not follow its schema: {error}. `lhnets schema` prints what is expected"
            ) from error
        findings = find_contradictions(card)
        if findings:
            raise CardError("the card contradicts itself: " + "; ".join(findings))
        return card


def json_schema() -> dict[str, Any]:
    """The JSON schema of a card (2020-12), generated from the structs above."""
    return msgspec.json.schema(Card)
