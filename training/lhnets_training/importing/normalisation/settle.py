"""One reading of a normalisation, stated or proven; or a refusal that says what contradicts what.

Order: what the files state; the metadata of the model's own file; the card's ranges; the author's
    test points. Each either
agrees, or is named in the refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lhnets.format import Input, Output
from lhnets_training.importing.errors import NormalisationError
from lhnets_training.importing.normalisation import sidecar as sidecars
from lhnets_training.importing.normalisation.alternatives import alternatives
from lhnets_training.importing.normalisation.columns import Head, ModelColumn, Normalisation
from lhnets_training.importing.normalisation.evidence import (
    ReadingTrial,
    TestPoints,
    are_labels,
    implausible,
    metadata_disagreements,
    outside_range,
)
from lhnets_training.importing.normalisation.sidecar import (
    FORMULAE,
    Convention,
    Sidecar,
    SidecarEntry,
)
from lhnets_training.importing.source import ConvertedModel
from lhnets_training.importing.vectors import core, widths

MUCH_BETTER = 0.5
"""Another reading is taken for the right one where its misfit is below this share,"""
BETTER, CERTAIN = 0.8, 5.0
"""or below the first share and row by row smaller by so many standard deviations; where the truth
is a label, which scatters, the latter is enough."""
NEGLIGIBLE = 1e-4
"""A misfit below this is agreement, whatever else agrees better."""
USELESS, USELESS_LABELS = 0.9, 0.99
"""A misfit above this is no better than a constant guess; where classes overlap, none is far below
1."""
TESTED = 4000
"""Test points that readings are compared on."""
METADATA = "metadata"
NONE = "none"


@dataclass(frozen=True)
class SettledReading:
    """The reading, and how each part of it was established, for the report."""

    reading: Normalisation
    because: tuple[str, ...]
    misfit: float | None = None


@dataclass(frozen=True, kw_only=True)
class ReadingQuestion:
    """What is to be settled, and with what."""

    source: ConvertedModel
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    sidecar: Sidecar | None
    points: TestPoints | None
    ignore_metadata: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs of the card."""
        return tuple(i.name for i in self.inputs)


def settle(question: ReadingQuestion) -> SettledReading:
    """The reading of a model's inputs and outputs.

    Raises
    ------
    NormalisationError
        If it is neither stated nor proven, or contradicts something; says which entry.
    """
    given = question.sidecar
    trial = _trial(question)
    if given is None:
        _require_no_hidden_normalisation(question)
        reading, because = _reading(question, "subtract-divide")
        misfit = _require_no_better(trial, reading, (), (), "subtract-divide")
        return SettledReading(reading, (*because, *_measured(misfit)), misfit)
    possible, because = _by_metadata(question, given)
    convention, more = _convention(question, possible, trial)
    reading, order = _reading(question, convention)
    misfit = _require_no_better(trial, reading, given.inputs, given.outputs, convention)
    _require_range(question, reading, convention, confirmed=misfit is not None)
    return SettledReading(reading, (*order, *because, *more, *_measured(misfit)), misfit)


def _trial(question: ReadingQuestion) -> ReadingTrial | None:
    if question.points is None:
        return None
    x, y = question.points.x[:TESTED], question.points.y[:TESTED]
    return ReadingTrial(core(question.source), TestPoints(x, y), question.names, question.outputs)


def _reading(
    question: ReadingQuestion, convention: Convention
) -> tuple[Normalisation, tuple[str, ...]]:
    """Columns and heads under a convention, and how their order is known."""
    names, because = _column_names(question)
    given = question.sidecar
    entries = given.inputs if given and given.inputs else tuple(SidecarEntry(n) for n in names)
    columns = []
    for name, entry in zip(names, entries, strict=True):
        shift, width = entry.affine(convention)
        columns.append(
            ModelColumn(
                name=name,
                log=entry.log,
                shift=shift,
                width=width,
                mask=entry.mask,
                masked=entry.masked,
            )
        )
    return Normalisation(tuple(columns), heads(question, convention)), (because,)


def _column_names(question: ReadingQuestion) -> tuple[tuple[str, ...], str]:
    """The names of the columns in the order of the model, and how that is known."""
    source, given, names = question.source, question.sidecar, question.names
    count = widths(source.inputs)
    if given and given.inputs and len(given.inputs) != count:
        raise NormalisationError(
            f"{given.file} has {len(given.inputs)} inputs, but the model takes {count} columns; "
            "expected one entry for each"
        )
    if given and given.named:
        listed = tuple(str(e.name) for e in given.inputs)
        _require_same_names(listed, names, given.file)
        _require_order(source.columns, listed, names, given.file)
        return listed, f"order of the columns: as {given.file} lists them"
    if len(names) != count:
        raise NormalisationError(
            f"the card has {len(names)} inputs ({', '.join(names)}), but the model takes {count} "
            "columns; expected as many"
        )
    if set(source.columns) == set(names) and len(source.columns) == count:
        return source.columns, "order of the columns: by the names that the model knows"
    tensors = tuple(t.name for t in source.inputs)
    if set(tensors) == set(names) and len(tensors) == count:
        return tensors, "order of the columns: by the names of the model's inputs"
    known = f"; the model calls them {', '.join(source.columns)}" if source.columns else ""
    return names, f"order of the columns: that of the card{known}"


def _require_same_names(listed: Sequence[str], names: Sequence[str], file: str) -> None:
    unknown, missing = [n for n in listed if n not in names], [n for n in names if n not in listed]
    if unknown or missing:
        raise NormalisationError(
            f"{file} and the card name different variables: {file} has "
            f"{', '.join(unknown) or 'none'} that the card lacks, the card has "
            f"{', '.join(missing) or 'none'} that {file} lacks. Use one set of names in both"
        )


def _require_order(
    known: Sequence[str], listed: Sequence[str], names: Sequence[str], file: str
) -> None:
    if set(known) == set(names) and tuple(known) != tuple(listed):
        position = next(k for k, (a, b) in enumerate(zip(known, listed, strict=True)) if a != b)
        raise NormalisationError(
            f"{file} contradicts the model: its column {position} is {listed[position]} by the "
            f"file and {known[position]} by the model's own names ({', '.join(known)}). List the "
            "entries in the order that the model takes them"
        )


def heads(question: ReadingQuestion, convention: Convention) -> tuple[Head, ...]:
    """What the model gives, in its order.

    Raises
    ------
    NormalisationError
        If the numbers of the model and the outputs of the card do not match, and no file says
        how.
    """
    source, given = question.source, question.sidecar
    count, outputs = widths(source.outputs), [o.name for o in question.outputs]
    if given and given.outputs:
        if len(given.outputs) != count:
            raise NormalisationError(
                f"{given.file} has {len(given.outputs)} outputs, but the model gives {count} "
                "numbers; expected one entry for each"
            )
        names = _entry_names(given, outputs)
        return _alike(
            tuple(_head(n, e, convention) for n, e in zip(names, given.outputs, strict=True))
        )
    kinds = [t.name in source.spreads for t in source.outputs for _ in range(t.width)]
    values, spreads = kinds.count(False), kinds.count(True)
    if values != len(outputs) or spreads not in (0, values):
        raise NormalisationError(
            f"the model gives {count} numbers, and the card has {len(outputs)} outputs "
            f"({', '.join(outputs)}). Give each of them an entry under `outputs:` of the "
            "normalisation, in the order of the model: {name: NAME}, with `spread: true` for a "
            "standard deviation that the model gives itself, or `drop: true` for what the card "
            "does not have"
        )
    order = {False: iter(outputs), True: iter(outputs)}
    return tuple(Head(name=next(order[spread]), spread=spread) for spread in kinds)


def _alike(heads: tuple[Head, ...]) -> tuple[Head, ...]:
    """Standard deviations go through the transform of the value that they belong to."""
    values = {h.name: h for h in heads if not h.spread}
    return tuple(
        replace(h, then=values[h.name].then, times=values[h.name].times) if h.spread else h
        for h in heads
    )


def _entry_names(given: Sidecar, outputs: Sequence[str]) -> list[str]:
    names = [e.name for e in given.outputs]
    if all(n is None for n in names):
        if len(names) != len(outputs):
            raise NormalisationError(
                f"the outputs of {given.file} need names: it has {len(names)}, the card "
                f"{len(outputs)}"
            )
        return list(outputs)
    kept = [str(e.name) for e in given.outputs if not (e.spread or e.dropped)]
    _require_same_names(kept, outputs, given.file)
    lonely = sorted({str(e.name) for e in given.outputs if e.spread} ^ set(outputs)) if any(
        e.spread for e in given.outputs) else []  # fmt: skip
    if lonely:
        raise NormalisationError(
            f"{given.file} gives standard deviations, but not one for each output: "
            f"{', '.join(lonely)} has none or is unknown"
        )
    return [str(n) for n in names]


def _head(name: str, entry: SidecarEntry, convention: Convention) -> Head:
    shift, width = entry.affine(convention)
    return Head(
        name=name, shift=shift, width=width, then=entry.then, times=entry.times, spread=entry.spread
    )


def _require_no_hidden_normalisation(question: ReadingQuestion) -> None:
    hidden = sidecars.from_metadata(question.source.metadata)
    if hidden and not question.ignore_metadata:
        first = hidden.inputs[0]
        raise NormalisationError(
            f"the ONNX metadata hold a normalisation ({first.name}_{first.words[0]} = "
            f"{first.first:g}, …) that the graph does not apply by itself. Give the file that came "
            "with the model by --normalisation FILE, or say --normalisation metadata to apply "
            "this one, or --normalisation none if the model takes physical numbers"
        )


def _by_metadata(question: ReadingQuestion, given: Sidecar) -> tuple[Sidecar, tuple[str, ...]]:
    """The sidecar with the conventions that agree with the metadata of the model's file."""
    other = sidecars.from_metadata(question.source.metadata)
    if other is None or not given.named or question.ignore_metadata or given.file == other.file:
        return given, ()
    found = metadata_disagreements(given, other)
    agreeing = list(dict.fromkeys(own for (own, _), differ in found.items() if not differ))
    if not agreeing:
        nearest = min(found, key=lambda pair: (len(found[pair]), _distance(given, other, *pair)))
        raise NormalisationError(_metadata_message(given, other, found[nearest]))
    because = (
        f"{given.file} and the ONNX metadata give the same map for all {len(given.inputs)} inputs"
    )
    made = replace(given, stated=agreeing[0]) if len(agreeing) == 1 else given
    return made, (because,)


def _distance(given: Sidecar, other: Sidecar, own: Convention, foreign: Convention) -> float:
    """How far apart the widths of both files are, in powers of ten."""
    theirs = {e.name: e.affine(foreign)[1] for e in other.inputs}
    return sum(
        abs(float(np.log10(abs(e.affine(own)[1] / theirs[e.name]))))
        for e in given.inputs
        if e.name in theirs
    )


def _metadata_message(given: Sidecar, other: Sidecar, differ: dict[str, str]) -> str:
    entries = {e.name: e for e in given.inputs}
    theirs = {e.name: e for e in other.inputs}
    lines = []
    for name, maps in list(differ.items())[:5]:
        entry, foreign = entries[name], theirs[name]
        exchanged = _agrees(entry.swapped, foreign, given, other)
        hint = (
            f"; {entry.words[0]} and {entry.words[1]} are exchanged in one of them"
            if exchanged
            else ""
        )
        lines.append(f"{name}: {maps}{hint}")
    return (
        f"{given.file} contradicts the metadata of the ONNX file for {len(differ)} of "
        f"{len(given.inputs)} inputs: "
        + "; ".join(lines)
        + ". Find out which of the two belongs to this model (another file of the same analysis?) "
        "and fix the other"
    )


def _agrees(entry: SidecarEntry, foreign: SidecarEntry, given: Sidecar, other: Sidecar) -> bool:
    return any(
        entry.second > 0 and np.allclose(entry.affine(a), foreign.affine(b), rtol=1e-5, atol=0)
        for a in given.conventions
        for b in other.conventions
    )


def _convention(
    question: ReadingQuestion, given: Sidecar, trial: ReadingTrial | None
) -> tuple[Convention, tuple[str, ...]]:
    """The one convention that is stated or that the ranges and the test points leave."""
    words = next((e.words for e in (*given.inputs, *given.outputs) if not e.bare), ("mean", "std"))
    said = {c: FORMULAE[c].format(*words) for c in given.conventions}
    if len(said) == 1:
        (only,) = said
        how = "stated" if question.sidecar and question.sidecar.stated else "the only one that fits"
        return only, ((f"{said[only]}: {how}",) if words != ("mean", "std") or given.inputs else ())
    problems = {c: implausible(_reading(question, c)[0], question.inputs) for c in said}
    left = [c for c, p in problems.items() if not p]
    if len(left) == 1:
        other = next(c for c in said if c != left[0])
        name, why = next(iter(problems[other].items()))
        return left[0], (
            f"{said[left[0]]}: proven by the card's ranges; by {said[other]} {name} {why}",
        )
    if not left:
        raise NormalisationError(_torn(given, problems, said))
    if trial is not None:
        misfits = {c: trial.misfit(_reading(question, c)[0]) for c in left}
        best, second, *_ = sorted(left, key=lambda c: misfits[c])
        if misfits[best] < MUCH_BETTER * misfits[second] and misfits[best] < USELESS:
            return best, (
                f"{said[best]}: proven by the test points, misfit {misfits[best]:.2g} against "
                f"{misfits[second]:.2g} by {said[second]}",
            )
        if min(misfits.values()) >= USELESS:
            return best, ()
    choices = ", or ".join(f"`convention: {c}` for {said[c]}" for c in left)
    raise NormalisationError(
        f"{given.file} does not say what its two numbers mean, and neither the card's ranges nor "
        f"test points decide. Say it: {choices} (in the file, or by --convention)"
    )


def _torn(
    given: Sidecar, problems: dict[Convention, dict[str, str]], said: dict[Convention, str]
) -> str:
    """Why no convention fits all entries."""
    best = min(problems, key=lambda c: len(problems[c]))
    lines = [f"{name} {why}" for name, why in list(problems[best].items())[:5]]
    return (
        f"{given.file} contradicts itself or the card: no one convention fits all its entries. By "
        f"{said[best]}, which fits most, {'; '.join(lines)}. Are the two numbers of "
        f"{', '.join(list(problems[best])[:5])} exchanged, in another unit than the card's, or of "
        "a logarithm (log: ln)?"
    )


def _require_range(
    question: ReadingQuestion, reading: Normalisation, convention: Convention, *, confirmed: bool
) -> None:
    """Refuse entries that the card's ranges contradict, unless the test points confirm them."""
    given = question.sidecar
    if given is None or not given.inputs or confirmed:
        return
    found = {
        **implausible(reading, question.inputs),
        **outside_range(reading, given.inputs, question.inputs, convention),
    }
    if found:
        lines = "; ".join(f"{name}: {why}" for name, why in found.items())
        raise NormalisationError(
            f"{given.file} contradicts the card's ranges: {lines}. Fix the entry or the range; or "
            "give a table of test points (--test), which settles it"
        )


def _require_no_better(
    trial: ReadingTrial | None,
    reading: Normalisation,
    inputs: Sequence[SidecarEntry],
    outputs: Sequence[SidecarEntry],
    convention: Convention,
) -> float | None:
    """The misfit at the test points; refuses where another reading is much better, or where nothing
    fits."""
    if trial is None:
        return None
    misfit = trial.misfit(reading)
    if misfit <= NEGLIGIBLE:
        return misfit
    others = dict(alternatives(reading, inputs, outputs, convention))
    misfits = {said: trial.misfit(other) for said, other in others.items()}
    said = min(misfits, key=lambda words: misfits[words])
    best, by_labels = misfits[said], are_labels(trial.points.y)
    useless = USELESS_LABELS if by_labels else USELESS
    sure = (
        best < (1.0 if by_labels else BETTER) * misfit
        and trial.better(others[said], reading) > CERTAIN
    )
    if best < useless and (best < MUCH_BETTER * misfit or misfit > useless or sure):
        raise NormalisationError(
            f"the test points contradict the reading: as it stands the misfit is {misfit:.2g} (1 "
            f"is a constant guess), but {best:.2g} if {said}. Fix it and import again"
        )
    factor = _factor(trial, reading)
    if factor:
        raise NormalisationError(
            f"the test points contradict the reading: {factor}. Are the units those of the card?"
        )
    if misfit > useless:
        raise NormalisationError(
            f"the model does not describe the test points: its misfit is {misfit:.2g}, where a "
            "constant guess has 1, and no exchange of columns, of mean and std, of conventions or "
            "logarithms explains it. Is it the right model, table and normalisation? Do the "
            "columns of the table have the card's units?"
        )
    return misfit


def _factor(trial: ReadingTrial, reading: Normalisation) -> str:
    """A power of ten between the model and the test points, where that is all that is wrong."""
    value = trial.values(reading)
    for k, output in enumerate(trial.outputs):
        if output.scale != "log" or not (value[:, k] > 0).all():
            continue
        digits = np.log10(trial.points.y[:, k] / value[:, k])
        power = round(float(np.median(digits)))
        if power and float(np.mean(np.abs(digits - power))) < 0.1:
            return (
                f"{output.name} of the table is 1e{power:+d} times what the model gives, at "
                "nearly all points"
            )
    return ""


def _measured(misfit: float | None) -> tuple[str, ...]:
    return (
        ()
        if misfit is None
        else (
            f"test points: misfit {misfit:.2g}, where a constant guess has 1; no other reading is "
            "much better",
        )
    )
