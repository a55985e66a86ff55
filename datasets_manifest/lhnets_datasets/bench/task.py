"""The file of a task: what is asked, of which rows, and how answers are judged."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from lhnets.format import Kind, Name, Sha256
from lhnets_datasets.errors import TaskError

Efficiency: TypeAlias = Annotated[float, Meta(gt=0, lt=1)]
Direction: TypeAlias = Literal["higher", "lower"]


class _TaskPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the file of a task. A misspelt field is an error, not silence."""


class SplitByFile(_TaskPart, frozen=True, kw_only=True, tag="file", tag_field="by"):
    """The test rows are those whose hashes stand in a file beside the task.

    For data that were split before there was a task.
    """

    file: Annotated[str, Meta(description="64-bit hashes, little-endian, in rising order")]
    sha256: Sha256


class SplitByHash(_TaskPart, frozen=True, kw_only=True, tag="hash", tag_field="by"):
    """The test rows are those whose hash, over its largest value, is below a share."""

    test: Annotated[float, Meta(description="share of the rows", gt=0, le=1)]


class DataOfTask(_TaskPart, frozen=True, kw_only=True):
    """The rows: a data set, the file that is meant, what is the truth, and which rows are for the
    test."""

    set: Name
    sha256: Sha256
    label: Annotated[str, Meta(description="column that is 1 for signal and 0 for background")]
    split: SplitByFile | SplitByHash


class Steps(_TaskPart, frozen=True, kw_only=True):
    """Where a quantity of constituents stands: columns PREFIX1, PREFIX2, ... in steps, relative to
    a column of the jet."""

    prefix: str
    step: float = 1.0
    relative_to: str | None = None


class Constituents(_TaskPart, frozen=True, kw_only=True, tag="constituents", tag_field="is"):
    """Massless constituents of a jet, hardest first. A network takes them with features out of E,
    px, py, pz, pt, eta, phi, in the order of its card."""

    meaning: str
    most: Annotated[int, Meta(description="constituents that a row holds at most", ge=1)]
    pt: Steps
    eta: Steps
    phi: Steps


class Columns(_TaskPart, frozen=True, kw_only=True, tag="columns", tag_field="is"):
    """Columns of the table under their own names, one number an event each."""

    meaning: str
    names: tuple[str, ...]


class Auc(_TaskPart, frozen=True, kw_only=True, tag="auc", tag_field="is"):
    """Area under the curve of eps_S against eps_B; ties count half."""

    name: str


class Rejection(_TaskPart, frozen=True, kw_only=True, tag="rejection", tag_field="is"):
    """1/eps_B at the largest cut that lets at least ``efficiency`` of the signal pass."""

    name: str
    efficiency: Efficiency


class CalibrationErrorMetric(
    _TaskPart, frozen=True, kw_only=True, tag="calibration_error", tag_field="is"
):
    """Mean |probability - frequency| over reliability bins of equal numbers of rows.

    Its floor is what a perfectly calibrated network would show on these rows.
    """

    name: str
    rows_in_a_bin: Annotated[int, Meta(ge=10)]


class SculptingMetric(_TaskPart, frozen=True, kw_only=True, tag="sculpting", tag_field="is"):
    """1/JSD between the distributions of a column for background that passes and that fails.

    The Jensen-Shannon divergence is in bits, over bins of equal numbers of background rows. The
    floor is what a cut without any correlation would show if as many rows passed it.
    """

    name: str
    efficiency: Efficiency
    column: str
    bins: Annotated[int, Meta(ge=2, le=1000)]


class SignificanceImprovement(
    _TaskPart, frozen=True, kw_only=True, tag="significance_improvement", tag_field="is"
):
    """Largest eps_S/sqrt(eps_B) over cuts that at least ``rows`` background rows pass."""

    name: str
    rows: Annotated[int, Meta(ge=1)]


Metric: TypeAlias = (
    Auc | Rejection | CalibrationErrorMetric | SculptingMetric | SignificanceImprovement
)

DIRECTIONS: dict[type, Direction] = {
    Auc: "higher",
    Rejection: "higher",
    CalibrationErrorMetric: "lower",
    SculptingMetric: "higher",
    SignificanceImprovement: "higher",
}
"""Which of two figures is the better one."""


class Ratio(_TaskPart, frozen=True, kw_only=True):
    """A feature of a baseline: a column, or one column over another."""

    column: str
    over: str | None = None


class HistogramRatio(_TaskPart, frozen=True, kw_only=True, tag="histogram_ratio", tag_field="is"):
    """Ratio of signal to background in a histogram with bins of equal numbers of training rows."""

    name: Name
    method: str
    features: tuple[Ratio, ...]
    bins: Annotated[int, Meta(description="of each feature", ge=2, le=1000)]


class BoostedTrees(_TaskPart, frozen=True, kw_only=True, tag="boosted_trees", tag_field="is"):
    """Gradient-boosted trees of scikit-learn, fitted to the training rows."""

    name: Name
    method: str
    features: tuple[Ratio, ...]
    trees: Annotated[int, Meta(ge=1)]
    rate: Annotated[float, Meta(gt=0)]


Baseline: TypeAlias = HistogramRatio | BoostedTrees


class Published(_TaskPart, frozen=True, kw_only=True):
    """Figures of the literature, measured on another sample: not to be compared digit by digit."""

    method: str
    figures: Annotated[dict[str, float], Meta(description="by the names of the metrics")]
    errors: dict[str, float] = {}
    sample: Annotated[str, Meta(description="the sample on which they were measured")]
    reference: str


class Task(_TaskPart, frozen=True, kw_only=True):
    """A task: anyone who runs it with the same file gets the same figures."""

    name: Name
    title: str
    question: str
    kind: Kind
    signal: Annotated[str, Meta(description="output whose value is the score of the signal")]
    data: DataOfTask
    input: Constituents | Columns
    metrics: Annotated[
        tuple[Metric, ...], Meta(description="networks are ranked by the first", min_length=1)
    ]
    replicates: Annotated[int, Meta(description="resamples of the bootstrap", ge=100, le=2000)]
    may_be_seen: Annotated[str, Meta(description="what a network may be trained with")]
    baselines: tuple[Baseline, ...] = ()
    published: tuple[Published, ...] = ()

    @property
    def sha256(self) -> str:
        """Hash of all that figures depend on: results with another one are of another task."""
        judged = (self.signal, self.data, self.input, self.metrics, self.replicates)
        return hashlib.sha256(msgspec.json.encode(judged)).hexdigest()

    def metric(self, name: str) -> Metric:
        """The metric called ``name``."""
        return next(m for m in self.metrics if m.name == name)

    @classmethod
    def from_yaml(cls, data: bytes, source: str) -> Task:
        """The task in ``data``, which was read from ``source``.

        Raises
        ------
        TaskError
            if it does not follow the schema, with the path of the field, or names twice.
        """
        try:
            task = msgspec.yaml.decode(data, type=cls)
        except (msgspec.MsgspecError, ValueError) as error:
            raise TaskError(f"the task {source} does not follow its schema: {error}") from error
        for what, names in (
            ("metric", [m.name for m in task.metrics]),
            ("baseline", [b.name for b in task.baselines]),
        ):
            if len(set(names)) < len(names):
                raise TaskError(f"the task {source} has two entries `{what}` of one name: {names}")
        return task


def json_schema() -> dict[str, Any]:
    """The JSON schema of a task (2020-12), generated from the structs above."""
    return msgspec.json.schema(Task)
