"""From an author's model, card, normalisation and test points to a network file: read, settle, assemble, compare, calibrate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from lhnets._card import Card, Training
from lhnets._card import Source as Origin
from lhnets._file import Reference, seal
from lhnets_registry import card_file
from lhnets_registry.admission import admit
from lhnets_registry.card_file import Draft
from lhnets_registry.errors import AdmissionError
from lhnets_registry.limits import Limits
from lhnets_registry.report import Report
from lhnets_training import own_table
from lhnets_training.importing import figures, parity, reading, sidecar
from lhnets_training.importing.assembly import assemble
from lhnets_training.importing.errors import ImportingError
from lhnets_training.importing.evidence import TestPoints
from lhnets_training.importing.formats import converted, identify
from lhnets_training.importing.normalisation import Array
from lhnets_training.importing.parity import Compared
from lhnets_training.importing.settle import METADATA, NONE, Question, Settled, settle
from lhnets_training.importing.source import BATCH, Source, Tensor
from lhnets_training.importing.vectors import core, matrix, runner
from lhnets_training.sample import inside, uniform

RANDOM_POINTS = 10_000
REFERENCE_POINTS = 64
SEED = 20_261_122
_OWN_TRUTH = (
    "The network defines the quantity: there is no other truth. The figures compare the file with the original model."
)
_FACTORS = (
    "No table of the whole: the figures compare the file with its factors, whose own cards say how far they are from their "
    "truths. The uncertainty is that of the factors in quadrature."
)
_DEFAULT = Limits()


@dataclass(frozen=True)
class Imported:
    """A network file that was written, and what was found on the way."""

    path: Path
    card: Card
    because: tuple[str, ...]
    """How order, convention and agreement with the test points were established."""
    compared: tuple[Compared, ...]
    admission: Report


@dataclass(frozen=True, kw_only=True)
class Order:
    """What an author gives with a model."""

    draft: Draft
    normalisation: str | Path | None = None
    """A file, or `metadata`, or `none`."""
    convention: str | None = None
    test: Path | None = None
    own_truth: bool = False
    trust: bool = False
    output: Path | None = None
    limits: Limits = _DEFAULT


def import_model(
    model: Any,
    card: str | Path | Draft,
    *,
    normalisation: str | Path | None = None,
    convention: str | None = None,
    test: str | Path | None = None,
    own_truth: bool = False,
    trust: bool = False,
    output: str | Path | None = None,
    limits: Limits = _DEFAULT,
) -> Imported:
    """Make a network file of a trained model.

    Parameters
    ----------
    model
        A path; two paths (architecture and weights of Keras); or a model in Python: Keras, torch, scikit-learn, XGBoost,
        LightGBM, onnx.ModelProto; or the `Source` of a product of networks (`products.product`).
    card
        The author's card, YAML.
    normalisation
        A JSON or YAML file, ``"metadata"`` for that in an ONNX file's metadata, ``"none"`` where the model takes and gives
        physical numbers although its metadata hold one.
    convention
        What its numbers mean, where the file does not say it: ``"subtract-divide"``, ``"add-multiply"``, …
    test
        Table (Parquet or CSV) of points that the model never saw, columns named as the card's inputs and outputs, in its
        units.
    own_truth
        The model defines the quantity, such as the discriminant of a published analysis: no table is needed.
    trust
        Read formats that run code on load, in a child process with limits.
    output
        Where to write; NAME.onnx by default.
    limits
        Of the admission that the file must pass.

    Raises
    ------
    ImportingError
        where format, normalisation, test points or parity forbid it.
    AdmissionError
        where the registry would not take the file; nothing is written.
    """
    draft = card if isinstance(card, Draft) else card_file.read(card)
    order = Order(
        draft=draft,
        normalisation=normalisation,
        convention=convention,
        test=None if test is None else Path(test),
        own_truth=own_truth,
        trust=trust,
        output=None if output is None else Path(output),
        limits=limits,
    )
    with _opened(model, _wanted(draft), trust) as (source, origin):
        return _imported(source, origin, order)


def _imported(source: Source, origin: Origin, order: Order) -> Imported:
    draft = order.draft
    if len(draft.columns) < len(draft.inputs):
        from lhnets_training.importing.event_import import import_events

        return import_events(source, origin, order)
    names, outputs = tuple(i.name for i in draft.columns), [o.name for o in draft.outputs]
    points = _points(order, calibrated=source.calibration is not None)
    settled = _settled(source, order, points)
    random = uniform(draft.columns, RANDOM_POINTS, SEED, draft.region)

    def original(x: Array) -> Array:
        z = settled.reading.prepared(x, names)
        return settled.reading.physical(matrix(source, source.predict)(z), outputs)[0]

    by_core = core(source)
    truth = TestPoints(random, original(random)) if points is None else points
    value, own = settled.reading.physical(by_core(settled.reading.prepared(truth.x, names)), outputs)
    told = note(order)
    rows = figures.Rows(truth.x, truth.y, value, own)
    if points is None and source.calibration is not None:
        found = figures.inherited(
            rows, source.calibration, draft.columns, draft.outputs, draft.default_output, _FACTORS
        )
    else:
        found = judged(rows, draft, told)
    model = assemble(source, settled.reading, found.spread, draft.columns, outputs, draft.region)
    run = runner(model)

    def file(x: Array) -> Array:
        return run({"parameters": np.ascontiguousarray(x)})["value"]

    sets = [("random points of the region", random)] + ([] if points is None else [("points of the table", points.x)])
    compared = tuple(parity.compare(what, x, original(x), file(x), draft.outputs, names) for what, x in sets)
    parity.require(compared)
    card = draft.card(
        parity=parity.parity(compared, f"the original in {source.framework} {source.version}"),
        calibration=found.calibration,
        validation=found.validation,
        created=datetime.now(UTC).date().isoformat(),
        training=training_of(draft.training, source, origin),
    )
    reference = uniform(draft.columns, REFERENCE_POINTS, SEED + 1, draft.region)
    content = seal(model, card, Reference.of({"parameters": reference}, {**run({"parameters": reference})}))
    path, report = write(content, card, order)
    return Imported(path, card, settled.because, compared, report)


def judged(rows: figures.Rows, draft: Draft, told: str) -> figures.Judged:
    """By labels where a classifier is judged by them, else by the distance from the truth."""
    classes = figures.labels(rows.truth) if draft.kind == "classifier" else None
    if classes is None:
        return figures.judge(rows, draft.columns, draft.outputs, draft.default_output, told)
    return figures.judge_classes(rows.value, classes, draft.outputs, draft.default_output, told)


def _wanted(draft: Draft) -> tuple[Tensor, ...]:
    tensors = [Tensor(i.name, i.dtype, i.shape) for i in draft.inputs if i.shape is not None]
    if tensors:
        return tuple(tensors)
    return (Tensor("parameters", "float32", (BATCH, len(draft.columns))),)


@contextmanager
def _opened(model: Any, wanted: tuple[Tensor, ...], trust: bool) -> Iterator[tuple[Source, Origin]]:
    """The source of a model, and what the card says of where it came from."""
    if isinstance(model, Source):
        yield model, _made_of(model)
        return
    if isinstance(model, (str, Path)):
        model = [model]
    if isinstance(model, Sequence) and all(isinstance(m, (str, Path)) for m in model):
        paths = [Path(m) for m in model]
        with reading.opened(paths, wanted, trust=trust) as source:
            yield source, _origin(paths, source)
        return
    source = converted(model, wanted)
    content = source.model.SerializeToString(deterministic=True)
    kind = f"{type(model).__module__.partition('.')[0]}.{type(model).__qualname__}"
    yield (
        source,
        Origin(
            file="a model in Python, as converted",
            sha256=hashlib.sha256(content).hexdigest(),
            format=f"{kind} in Python",
        ),
    )


def _made_of(source: Source) -> Origin:
    """A source that was put together from network files."""
    content = source.model.SerializeToString(deterministic=True)
    return Origin(file=source.method, sha256=hashlib.sha256(content).hexdigest(), format="network files of lhnets")


def _origin(paths: Sequence[Path], source: Source) -> Origin:
    hashed = hashlib.sha256()
    for path in paths:
        hashed.update(path.read_bytes())
    what = identify(paths[-1]).what.removeprefix("an ").removeprefix("a ")
    version = f", {source.version}" if source.framework == "onnx" else f", read by {source.framework} {source.version}"
    return Origin(file=" + ".join(p.name for p in paths), sha256=hashed.hexdigest(), format=what + version)


def _points(order: Order, *, calibrated: bool) -> TestPoints | None:
    """The author's table inside the region.

    Raises
    ------
    ImportingError
        where it is needed and not given, or no row lies in the region.
    """
    draft = order.draft
    if order.test is None:
        if order.own_truth or calibrated:
            return None
        raise ImportingError(
            f"a table of test points is missing: the uncertainty of {draft.name} and the figures of its card are measured on "
            f"rows that the model never saw. Give one by --test, columns {', '.join(i.name for i in draft.inputs)} and "
            f"{', '.join(o.name for o in draft.outputs)} in the card's units, at least {figures.FEWEST} rows. Where the network "
            "itself defines the quantity, such as the discriminant of a published analysis, say --own-truth"
        )
    if order.own_truth:
        raise ImportingError(
            "--own-truth says that there is no other truth than the network, but --test gives one; leave one out"
        )
    names = [i.name for i in draft.columns]
    table = own_table.numbers(own_table.read(order.test), (*names, *(o.name for o in draft.outputs)), order.test.name)
    x = np.stack([table[n] for n in names], axis=1)
    y = np.stack([table[o.name] for o in draft.outputs], axis=1)
    kept = inside(x, draft.columns, draft.region)
    if not kept.any():
        spans = ", ".join(f"{i.name} {x[:, k].min():g} to {x[:, k].max():g}" for k, i in enumerate(draft.columns))
        raise ImportingError(
            f"no row of {order.test.name} lies in the card's region; it has {spans}. Are the units those of the card?"
        )
    for k, output in enumerate(draft.outputs):
        wrong = int((y[kept, k] <= 0).sum())
        if output.scale == "log" and wrong:
            raise ImportingError(
                f"the output {output.name!r} is of scale log in the card, but {wrong} rows of {order.test.name} are not positive"
            )
    return TestPoints(x[kept], y[kept])


def _settled(source: Source, order: Order, points: TestPoints | None) -> Settled:
    given = order.normalisation
    found = None
    if given == METADATA:
        found = sidecar.from_metadata(source.metadata, order.convention)
        if found is None:
            raise ImportingError(
                "the model's file has no normalisation in its metadata (input_0, NAME_mean, NAME_std, …)"
            )
    elif given not in (None, NONE):
        found = sidecar.read(Path(given), order.convention)
    return settle(
        Question(
            source=source,
            inputs=order.draft.columns,
            outputs=order.draft.outputs,
            sidecar=found,
            points=points,
            ignore_metadata=given == NONE,
        )
    )


def training_of(stated: Training, source: Source, origin: Origin) -> Training:
    """As the author states it; the framework is that which read the model, where the two differ."""
    known = {"tensorflow": "keras", "tf.keras": "keras", "pytorch": "torch", "sklearn": "scikit-learn"}
    said = stated.framework.lower()
    if source.framework in ("onnx", known.get(said, said)):
        return msgspec.structs.replace(stated, source=origin)
    return msgspec.structs.replace(
        stated, source=origin, framework=source.framework, framework_version=source.version, method=source.method
    )


def note(order: Order) -> str:
    """What the card says of the rows behind its figures."""
    if order.own_truth or order.test is None:
        return _OWN_TRUTH
    return f"Rows of {order.test.name}, which its author says the model never saw: half calibrate, half judge."


def write(content: bytes, card: Card, order: Order) -> tuple[Path, Report]:
    """Admit the file as a registry would, then write it.

    Raises
    ------
    AdmissionError
        where it would not be taken; nothing is written.
    """
    path = order.output or Path(f"{card.name}.onnx")
    report = admit(content, order.limits)
    if not report.admitted:
        raise AdmissionError(path.name, report)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)
    return path, report
