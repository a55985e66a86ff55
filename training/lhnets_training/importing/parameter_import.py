"""Networks of plain parameters: order and normalisation settled by the author's table, one graph,
compared and calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from lhnets.format import HalfSpace, Reference, UnitVector, seal
from lhnets.format import Source as Origin
from lhnets_registry.cards.card_file import Draft
from lhnets_training.data.sample import Surface, inside, uniform
from lhnets_training.importing import figures
from lhnets_training.importing.assembly import assemble
from lhnets_training.importing.errors import ImportingError
from lhnets_training.importing.normalisation import sidecar
from lhnets_training.importing.normalisation.columns import Array
from lhnets_training.importing.normalisation.evidence import TestPoints
from lhnets_training.importing.normalisation.settle import (
    METADATA,
    NONE,
    ReadingQuestion,
    SettledReading,
    settle,
)
from lhnets_training.importing.order import (
    RANDOM_POINTS,
    REFERENCE_POINTS,
    SEED,
    Imported,
    Order,
    finish_card,
    note,
    write,
)
from lhnets_training.importing.source import ConvertedModel
from lhnets_training.importing.vectors import core, matrix
from lhnets_training.own_tables.cells import read_numbers
from lhnets_training.own_tables.formats import read as read_table
from lhnets_training.own_tables.surfaces import unit_vectors
from lhnets_training.pipeline.exported import PARAMETERS, run_points
from lhnets_training.pipeline.parity import Compared, ModelAnswers, compare
from lhnets_training.pipeline.reach import reach_of_points

_FACTORS = (
    "No table of the whole: the figures compare the file with its factors, whose own cards say "
    "how far they are from their truths. The uncertainty is that of the factors in quadrature."
)


def import_parameters(source: ConvertedModel, origin: Origin, order: Order) -> Imported:
    """As `importer.import_model`, for a card without tensors; ``order.test`` is a table.

    Raises
    ------
    ImportingError
        If card, model, normalisation and table do not belong together.
    """
    draft = order.draft
    names, outputs = tuple(i.name for i in draft.columns), [o.name for o in draft.outputs]
    points = _points(order, calibrated=source.calibration is not None)
    draft, found_in_rows = _add_unit_vectors(draft, points)
    region = _surfaces(draft)
    settled = _settled(source, order, points)
    random = uniform(draft.columns, RANDOM_POINTS, SEED, region)

    def original(x: Array) -> tuple[Array, Array | None]:
        z = settled.reading.prepared(x, names)
        return settled.reading.physical(matrix(source, source.predict)(z), outputs)

    truth = TestPoints(random, original(random)[0]) if points is None else points
    value, own = settled.reading.physical(
        core(source)(settled.reading.prepared(truth.x, names)), outputs
    )
    rows = figures.UnseenRows(truth.x, truth.y, value, own)
    calibrated = _calibrated(rows, source, points, draft)
    model = assemble(source, settled.reading, calibrated.spread, draft.columns, outputs, region)
    run = run_points(model)

    def compared(what: str, x: Array) -> Compared:
        expected, own = original(x)
        reach = reach_of_points(x, draft.columns, region)
        answers = ModelAnswers(expected, calibrated.spread(expected, own), reach)
        return compare(
            what,
            answers,
            ModelAnswers.of_file(run(x)),
            draft.outputs,
            lambda row: _told(names, x[row]),
        )

    sets = [("random points of the region", random)] + (
        [] if points is None else [("points of the table", points.x)]
    )
    parity = tuple(compared(what, x) for what, x in sets)
    inherited = points is None and source.calibration is not None
    found = ModelAnswers.of_file(run(rows.x[calibrated.unseen]))
    validation = figures.validate(
        rows, calibrated, found, draft, _FACTORS if inherited else note(order)
    )
    card = finish_card(source, origin, draft, parity, calibrated.calibration, validation)
    reference = uniform(draft.columns, REFERENCE_POINTS, SEED + 1, region)
    content = seal(model, card, Reference.of({PARAMETERS: reference}, run(reference)))
    path, report = write(content, card, order)
    because = (*settled.because, *found_in_rows)
    return Imported(path, card, because, parity, report)


def _surfaces(draft: Draft) -> tuple[Surface, ...]:
    return tuple(c for c in draft.region if isinstance(c, HalfSpace | UnitVector))


def _add_unit_vectors(draft: Draft, points: TestPoints | None) -> tuple[Draft, tuple[str, ...]]:
    """The card with the unit vectors that the author's rows show, such as a row of a mixing matrix:
    the corners of the box, where nothing was trained, are then outside. Says what was added."""
    stated = {n for c in draft.region if isinstance(c, UnitVector) for n in c.inputs}
    if points is None:
        return draft, ()
    found = unit_vectors(points.x, draft.columns)
    added = tuple(c for c in found if not stated.intersection(c.inputs))
    draft = msgspec.structs.replace(draft, region=(*draft.region, *added))
    return draft, tuple(f"region: {c.meaning}" for c in added)


def _calibrated(
    rows: figures.UnseenRows, source: ConvertedModel, points: TestPoints | None, draft: Draft
) -> figures.Calibrated:
    if points is None and source.calibration is not None:
        return figures.inherit(rows, source.calibration, draft.outputs)
    if points is None and rows.own is not None:
        return figures.keep_own(rows, draft.outputs)
    return figures.calibrate(rows, draft)


def _told(names: Sequence[str], point: Array) -> str:
    return ", ".join(f"{n} = {v:.6g}" for n, v in zip(names, point, strict=True))


def _points(order: Order, *, calibrated: bool) -> TestPoints | None:
    """The author's table inside the region.

    Raises
    ------
    ImportingError
        If it is needed and not given, or no row lies in the region.
    """
    draft = order.draft
    if order.test is None:
        if order.own_truth or calibrated:
            return None
        raise ImportingError(
            f"a table of test points is missing: the uncertainty of {draft.name} and the figures "
            "of its card are measured on rows that the model never saw. Give one by --test, "
            f"columns {', '.join(i.name for i in draft.inputs)} and "
            f"{', '.join(o.name for o in draft.outputs)} in the card's units, at least "
            f"{figures.FEWEST} rows. Where the network itself defines the quantity, such as the "
            "discriminant of a published analysis, say --own-truth"
        )
    if order.own_truth:
        raise ImportingError(
            "--own-truth says that there is no other truth than the network, but --test gives one; "
            "leave one out"
        )
    names = [i.name for i in draft.columns]
    sheet = read_table(order.test)
    table = read_numbers(sheet, (*names, *(o.name for o in draft.outputs))).columns
    x = np.stack([table[n] for n in names], axis=1)
    y = np.stack([table[o.name] for o in draft.outputs], axis=1)
    kept = inside(x, draft.columns, _surfaces(draft))
    if not kept.any():
        spans = ", ".join(
            f"{i.name} {x[:, k].min():g} to {x[:, k].max():g}" for k, i in enumerate(draft.columns)
        )
        raise ImportingError(
            f"no row of {order.test.name} lies in the card's region; it has {spans}. Are the units "
            "those of the card?"
        )
    for k, output in enumerate(draft.outputs):
        wrong = int((y[kept, k] <= 0).sum())
        if output.scale == "log" and wrong:
            raise ImportingError(
                f"the output {output.name!r} is of scale log in the card, but {wrong} rows of "
                f"{order.test.name} are not positive"
            )
    return TestPoints(x[kept], y[kept])


def _settled(source: ConvertedModel, order: Order, points: TestPoints | None) -> SettledReading:
    given = order.normalisation
    found = None
    if given == METADATA:
        found = sidecar.from_metadata(source.metadata, order.convention)
        if found is None:
            raise ImportingError(
                "the model's file has no normalisation in its metadata (input_0, NAME_mean, "
                "NAME_std, …)"
            )
    elif given not in (None, NONE):
        found = sidecar.read(Path(given), order.convention)
    return settle(
        ReadingQuestion(
            source=source,
            inputs=order.draft.columns,
            outputs=order.draft.outputs,
            sidecar=found,
            points=points,
            ignore_metadata=given == NONE,
        )
    )
