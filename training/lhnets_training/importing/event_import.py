"""Event networks of others: named tensors in, probabilities or other numbers of each event out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from lhnets.format import Card, Input, Reference, seal
from lhnets.format import Source as Origin
from lhnets_registry.admission import tensors
from lhnets_registry.cards.axes import Turn, fits, turns_between, usual_axes
from lhnets_training.importing import figures
from lhnets_training.importing.errors import ImportingError, NormalisationError
from lhnets_training.importing.event_graph import Scaling, TakenTensor, assemble_events, prepared
from lhnets_training.importing.event_outputs import choose_outputs
from lhnets_training.importing.normalisation import settle, sidecar
from lhnets_training.importing.normalisation.columns import Array, Normalisation
from lhnets_training.importing.normalisation.settle import ReadingQuestion
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
from lhnets_training.importing.source import Arrays, ConvertedModel, Tensor
from lhnets_training.pipeline.exported import run_arrays
from lhnets_training.pipeline.parity import Compared, ModelAnswers, compare
from lhnets_training.pipeline.reach import find_ranges, reach_of_events
from lhnets_training.pipeline.rounding import DoubleRun, Points, largest_rounding

LABEL = "label"
MOST_ORDERS = 5


@dataclass(frozen=True)
class AuthorEvents:
    """The author's events: tensors by name, and the truth (N, k) where the file has it."""

    arrays: Arrays
    truth: Array | None

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(next(iter(self.arrays.values())))

    def first(self, count: int) -> Arrays:
        """The first of them."""
        return {name: a[:count] for name, a in self.arrays.items()}


def import_events(source: ConvertedModel, origin: Origin, order: Order) -> Imported:
    """As `importer.import_model`, for a card with tensors; ``order.test`` is an npz file of events.

    Raises
    ------
    ImportingError
        If card, model and events do not belong together.
    """
    usual, turns = usual_axes(order.draft.inputs)
    order = replace(order, draft=msgspec.structs.replace(order.draft, inputs=usual))
    draft = order.draft
    outputs = [o.name for o in draft.outputs]
    _require_tensors(draft.inputs)
    source, dropped = choose_outputs(source, outputs)
    takes, how = matched(source, draft.inputs)
    scalings, reading = _normalisation(source, order)
    events = _events(order, turns)

    def physical(predict: Any, arrays: Points) -> tuple[Array, Array | None]:
        found = predict(prepared({**arrays}, takes, scalings, draft.inputs, source))
        rows = len(next(iter(arrays.values())))
        heads = [
            np.asarray(found[t.name], dtype=np.float64).reshape(rows, -1) for t in source.outputs
        ]
        return reading.physical(np.concatenate(heads, axis=1), outputs)

    value = physical(run_arrays(source.model), events.arrays)[0]
    truth = physical(source.predict, events.arrays)[0] if events.truth is None else events.truth
    because = tuple(
        filter(None, (source.note, how, dropped, *_require_truth(value, events.truth, outputs)))
    )
    rows = figures.UnseenRows(np.zeros((events.rows, 0)), truth, value, None)
    calibrated = figures.calibrate(rows, draft)
    model = assemble_events(
        source, takes, scalings, reading, calibrated.spread, draft.inputs, outputs
    )
    run = run_arrays(model)

    def in_double(arrays: Arrays) -> DoubleRun | None:
        """The original in double precision; None where it does not run in it."""
        exact = source.exact
        if exact is None:
            return None

        def off(points: Points) -> Array:
            single, double = (physical(p, points)[0] for p in (source.predict, exact))
            return np.asarray(np.abs(single - double))

        try:
            value = physical(exact, arrays)[0]
        except Exception:  # noqa: BLE001 - frameworks raise whatever they like
            return None
        return DoubleRun(
            value, lambda rows: largest_rounding(off, {k: a[rows] for k, a in arrays.items()})
        )

    def compared(what: str, arrays: Arrays, answers: ModelAnswers) -> Compared:
        expected, own = physical(source.predict, arrays)
        reach = reach_of_events(arrays, draft.inputs)
        original = ModelAnswers(expected, calibrated.spread(expected, own), reach)
        return compare(
            what,
            original,
            answers,
            draft.outputs,
            lambda row: f"event {row}",
            exact=in_double(arrays),
        )

    reference = events.first(REFERENCE_POINTS)
    count = tensors.affordable(model, reference, RANDOM_POINTS)
    random = tensors.sample(cast(Card, draft), reference, count, np.random.default_rng(SEED))
    found = ModelAnswers.of_file(run(events.arrays))
    parity = (
        compared("random events", random, ModelAnswers.of_file(run(random))),
        compared("events of the author", events.arrays, found),
    )
    unseen = found.take(calibrated.unseen)
    validation = figures.validate(rows, calibrated, unseen, draft, note(order))
    card = finish_card(source, origin, draft, parity, calibrated.calibration, validation)
    content = seal(model, card, Reference.of({**reference}, run(reference)))
    path, report = write(content, card, order)
    return Imported(path, card, because, parity, report)


def matched(
    source: ConvertedModel, inputs: tuple[Input, ...]
) -> tuple[dict[str, TakenTensor], str]:
    """The card's tensor for each input of the model: by name, or by shape where only one fits; with
    its axes turned where the model has them in another order.

    Raises
    ------
    ImportingError
        If that does not decide, or shapes disagree.
    """
    by_name = {i.name: i for i in inputs}
    if {t.name for t in source.inputs} == set(by_name):
        found = {t.name: by_name[t.name] for t in source.inputs}
        how = "tensors: by the names of the model's inputs"
    else:
        found, how = {}, "tensors: by their shapes, which fit in one way"
        for tensor in source.inputs:
            fitting = [i for i in inputs if list(turns_between(i.shape or (), tensor.shape))]
            if len(fitting) == 1:
                found[tensor.name] = fitting[0]
        if len(found) < len(source.inputs) or len({i.name for i in found.values()}) < len(inputs):
            raise ImportingError(
                f"the model takes {_listed(source.inputs)}, the card has {_listed(inputs)}: "
                "neither names nor shapes say which is which. Call the card's inputs as the model "
                "does"
            )
    takes = {}
    for tensor in source.inputs:
        card = found[tensor.name]
        turns = list(turns_between(card.shape or (), tensor.shape))
        if len(turns) == 1:
            takes[tensor.name] = TakenTensor(card, turns[0])
        else:
            raise ImportingError(
                f"the input {card.name!r} has shape {list(card.shape or ())} in the card, but "
                f"{list(tensor.shape)} in the model; an axis that the model fixes is a number in "
                "the card too"
            )
    turned = [f"{name} as {list(t.shape)}" for name, t in _turned(takes, source)]
    return takes, how + (f"; turned {', '.join(turned)}" if turned else "")


def _turned(
    takes: Mapping[str, TakenTensor], source: ConvertedModel
) -> Iterator[tuple[str, Tensor]]:
    """The card's tensors whose axes the model has in another order."""
    for tensor in source.inputs:
        if takes[tensor.name].turn:
            yield takes[tensor.name].card.name, tensor


def _listed(things: Any) -> str:
    return ", ".join(f"{t.name} {list(t.shape)}" for t in things)


def _require_tensors(inputs: tuple[Input, ...]) -> None:
    columns = [i.name for i in inputs if i.shape is None]
    if columns:
        raise ImportingError(
            f"the card mixes tensors with the plain inputs {', '.join(columns)}, which an import "
            "cannot. Give them a shape, [N, 1]"
        )
    if all(find_ranges(i) is None for i in inputs):
        raise ImportingError(
            "no input of the card has ranges: nobody could tell where the network was trained. "
            "Give low and high of the features, as they were in training"
        )


def _normalisation(
    source: ConvertedModel, order: Order
) -> tuple[dict[str, Scaling], Normalisation]:
    given = order.normalisation
    if given == settle.METADATA:
        raise ImportingError(
            "the metadata of an ONNX file cannot normalise tensors; write `inputs:` with "
            "TENSOR.FEATURE entries"
        )
    found = (
        None
        if given in (None, settle.NONE)
        else sidecar.read(Path(cast(str, given)), order.convention)
    )
    question = ReadingQuestion(
        source=source, inputs=(), outputs=order.draft.outputs, sidecar=found, points=None
    )
    convention = found.conventions[0] if found else "subtract-divide"
    if found and found.inputs and len(found.conventions) > 1:
        raise NormalisationError(
            f"{found.file} does not say what its numbers mean; say `convention: subtract-divide` "
            "or another (or --convention)"
        )
    reading = Normalisation((), settle.heads(question, convention))
    return ({} if found is None else _scalings(found, convention, order.draft.inputs)), reading


def _scalings(
    found: sidecar.Sidecar, convention: sidecar.Convention, inputs: tuple[Input, ...]
) -> dict[str, Scaling]:
    """Entries called TENSOR.FEATURE; every feature of a tensor that is scaled needs one."""
    entries = {str(e.name): e for e in found.inputs}
    made = {}
    for card in inputs:
        names = [f"{card.name}.{f.name}" for f in card.features]
        own = [n for n in names if n in entries]
        if own and len(own) < len(names):
            lacking = ", ".join(n for n in names if n not in entries)
            raise NormalisationError(
                f"{found.file} scales {', '.join(own)}, but not {lacking}; expected all features "
                "of a tensor"
            )
        if own:
            pairs = np.array([entries.pop(n).affine(convention) for n in names])
            made[card.name] = Scaling(pairs[:, 0], pairs[:, 1])
    if entries:
        known = ", ".join(f"{i.name}.{f.name}" for i in inputs for f in i.features)
        raise NormalisationError(
            f"{found.file} names {', '.join(entries)}, which the card does not have; it has {known}"
        )
    return made


def _events(order: Order, turns: Mapping[str, Turn]) -> AuthorEvents:
    draft = order.draft
    names, outputs = [i.name for i in draft.inputs], [o.name for o in draft.outputs]
    if order.test is None:
        raise ImportingError(
            f"events are missing: give an npz file by --test with the arrays {', '.join(names)} "
            f"and `{LABEL}` (the number of the class of each event) or {', '.join(outputs)}, of "
            "events that the model never saw"
            + ("; with --own-truth the labels may be left out" if order.own_truth else "")
        )
    try:
        with np.load(order.test, allow_pickle=False) as archive:
            found = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, KeyError) as error:
        raise ImportingError(
            f"cannot read the events {order.test.name}: {error}; expected an npz file without "
            "objects"
        ) from error
    missing = [n for n in names if n not in found]
    if missing:
        raise ImportingError(
            f"{order.test.name} lacks the arrays {', '.join(missing)}; it has {', '.join(found)}"
        )
    arrays = {
        i.name: _array(found[i.name], i, order.test.name, turns.get(i.name, Turn()))
        for i in draft.inputs
    }
    lengths = {
        len(a) for a in (*arrays.values(), *(found[n] for n in (LABEL, *outputs) if n in found))
    }
    if len(lengths) > 1:
        raise ImportingError(
            f"the arrays of {order.test.name} have different numbers of events: {sorted(lengths)}"
        )
    return AuthorEvents(
        arrays, None if order.own_truth else _truth(found, outputs, order.test.name)
    )


def _array(array: NDArray[Any], card: Input, file: str, turn: Turn) -> NDArray[Any]:
    """Of the shape of the card; its axes may be as the author's card had them."""
    shape = card.shape or ()
    right = fits(shape, array.shape)
    if not right and len(turn.dropped) == array.ndim - len(shape) and turn:
        turned = turn.array(array) if all(array.shape[k] == 1 for k in turn.dropped) else array
        right, array = fits(shape, turned.shape), turned
    if not right or array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise ImportingError(
            f"{card.name} of {file} has shape {list(array.shape)} and type {array.dtype}, expected "
            f"finite numbers of shape {list(shape)}"
        )
    return np.ascontiguousarray(array).astype(card.dtype)


def _truth(found: Mapping[str, NDArray[Any]], outputs: list[str], file: str) -> Array:
    if all(n in found for n in outputs):
        return np.stack([np.asarray(found[n], dtype=np.float64) for n in outputs], axis=1)
    if LABEL not in found:
        raise ImportingError(
            f"{file} has neither `{LABEL}` nor {', '.join(outputs)}; it has {', '.join(found)}"
        )
    label = np.asarray(found[LABEL]).reshape(-1)
    most = max(len(outputs), 2)
    if label.dtype.kind not in "biu" or label.min() < 0 or label.max() >= most:
        raise ImportingError(
            f"`{LABEL}` of {file} must hold whole numbers from 0 to {most - 1}, the number of an "
            "event's class"
        )
    if len(outputs) == 1:
        return label.astype(np.float64)[:, None]
    return np.asarray(np.eye(len(outputs))[label])


def _require_truth(value: Array, truth: Array | None, outputs: list[str]) -> tuple[str, ...]:
    """Refuse where another order of the outputs fits the truth better, or nothing fits.

    Raises
    ------
    NormalisationError
        with the order that fits.
    """
    if truth is None:
        return ()
    constant = float(((truth - truth.mean(axis=0)) ** 2).mean())
    count = value.shape[1]
    orders = list(permutations(range(count))) if count <= MOST_ORDERS else [tuple(range(count))]
    found = {o: float(((value[:, o] - truth) ** 2).mean()) / constant for o in orders}
    stated, best = found[tuple(range(count))], min(orders, key=lambda o: found[o])
    if best != tuple(range(count)) and found[best] < settle.USELESS_LABELS < stated:
        names = ", ".join(outputs[best.index(k)] for k in range(count))
        raise NormalisationError(
            f"the events contradict the card: the squared error of its outputs is {stated:.2g} of "
            f"a constant guess's, but {found[best]:.2g} if the model gives {names}, in this order. "
            "Fix the order of the outputs"
        )
    if not stated < settle.USELESS_LABELS:
        raise NormalisationError(
            f"the model does not describe the events: its squared error is {stated:.2g} of a "
            "constant guess's. Is a normalisation, a sigmoid (then: sigmoid) or a softmax "
            "missing, or do the labels count the classes in another order?"
        )
    return (f"events of the author: squared error {stated:.2g} of that of a constant guess",)
