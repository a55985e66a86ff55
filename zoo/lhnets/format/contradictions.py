"""What a card's schema cannot say: names that refer to nothing, empty ranges, tensors that do not
fit their shape."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from lhnets.format.bibtex import find_bibtex_problem, is_bare_doi
from lhnets.format.contents import Contents
from lhnets.format.inputs import Input
from lhnets.format.outputs import Output
from lhnets.format.region import Distance, HalfSpace, Hull, Ordered, UnitVector
from lhnets.format.text import find_text_problems
from lhnets.format.unknown import to_plain
from lhnets.format.validation import Baseline, ClassifierValidation, Validation
from lhnets.format.variations import InputVariation, ShareVariation, Variation


def find_contradictions(card: Contents) -> list[str]:
    """Everything in which ``card`` contradicts itself, one line each."""
    inputs = [i.name for i in card.inputs]
    outputs = [o.name for o in card.outputs]
    found = [
        f"{what} {n!r} appears twice"
        for what, names in (("input", inputs), ("output", outputs))
        for n in _twice(names)
    ]
    if card.default_output not in outputs:
        found.append(f"default_output {card.default_output!r} is none of the outputs {outputs}")
    elif card.default_output not in [o.name for o in card.central_outputs]:
        found.append(
            f"default_output {card.default_output!r} is a shift of a physics_uncertainty, not a "
            "value"
        )
    for i in card.columns:
        if i.low is None or i.high is None:
            found.append(f"input {i.name!r} has no range: give low and high")
        elif not i.low < i.high:
            found.append(f"input {i.name!r} has low {i.low:g} not below high {i.high:g}")
        elif i.default is not None and not i.low <= i.default <= i.high:
            found.append(
                f"input {i.name!r} has its default {i.default:g} outside [{i.low:g}, {i.high:g}]"
            )
    for i in card.inputs:
        found += find_input_contradictions(i, card.inputs)
    found += [
        f"region names an unknown input {n!r}" for n in _named_by_region(card) if n not in inputs
    ]
    for o in card.outputs:
        found += _output_contradictions(o) + _density_contradictions(o, card)
    found += _spectrum_contradictions(card)
    for pu in card.physics_uncertainty:
        found += [
            f"physics_uncertainty names an unknown output {n!r}"
            for n in (pu.of, *((pu.up, pu.down) if not pu.is_constant else ()))
            if n not in outputs
        ]
        if pu.is_constant and (pu.up or pu.down):
            found.append(
                f"physics_uncertainty of {pu.of!r} is constant and names outputs: give one of both"
            )
    for variation in card.variations:
        found += _variation_contradictions(variation, card)
    for name, factors in card.calibration.factors.items():
        if name not in outputs:
            found.append(f"calibration names an unknown output {name!r}")
        if len(factors) != len(card.calibration.levels):
            found.append(
                f"calibration of {name!r} has {len(factors)} factors for "
                f"{len(card.calibration.levels)} levels"
            )
    uncertain = [o.name for o in card.outputs if o.has_uncertainty]
    found += [
        f"output {n!r} has no calibration" for n in uncertain if n not in card.calibration.factors
    ]
    cited = [r for r in (*card.truth.references, *(c.reference for c in card.checks)) if r]
    found += [
        f"reference {r!r} has no BibTeX entry"
        for r in dict.fromkeys(cited)
        if r not in card.references
    ]
    if card.training.recipe is None and card.training.source is None:
        found.append(
            "training names neither its recipe nor the source that the network was imported from"
        )
    found += _set_contradictions(card) + _classification_contradictions(card)
    return found + _unreadable(card)


def _spectrum_contradictions(card: Contents) -> Iterator[str]:
    placed = [i.name for i in card.inputs if i.slha is not None]
    subjects = {o.subject or card.subject for o in card.outputs}
    subjects |= {a.subject for o in card.outputs for a in o.aliases}
    for assumed in card.assumptions:
        if assumed.over is not None and assumed.over not in placed:
            yield (
                f"assumption {assumed.meaning!r} is over {assumed.over!r}, which is not an input "
                "with a place in SLHA files"
            )
        if assumed.low > assumed.high:
            yield (
                f"assumption {assumed.meaning!r} has low {assumed.low:g} above high "
                f"{assumed.high:g}"
            )
        for subject in sorted(set(assumed.subjects) - subjects):
            yield f"assumption {assumed.meaning!r} is for {subject!r}, which no output has"
    for o in card.outputs:
        for name in sorted(set(o.slha) - set(placed)):
            yield (
                f"output {o.name!r} has an SLHA entry for {name!r}, which is not an input with a "
                "place in SLHA files"
            )


def find_input_contradictions(i: Input, inputs: tuple[Input, ...]) -> list[str]:
    """What is said of a column and holds only for tensors, or of a tensor and does not fit its
    shape."""
    return _column_contradictions(i) if i.shape is None else _tensor_contradictions(i, inputs)


def _column_contradictions(i: Input) -> list[str]:
    stated = {
        "features": i.features,
        "padding": i.padding is not None,
        "mask_of": i.mask_of,
        "noise": i.noise,
    }
    return [
        f"input {i.name!r} has {what} but no shape: only tensors do"
        for what, value in stated.items()
        if value
    ]


def _tensor_contradictions(i: Input, inputs: tuple[Input, ...]) -> list[str]:
    shape = i.shape or ()
    if len(shape) < 2 or not isinstance(shape[0], str):
        return [
            (
                f"input {i.name!r} has the shape {shape}: its first axis must be the events, such "
                "as ('N', 'P', 4)"
            )
        ]
    found = [
        f"input {i.name!r} has an axis of length {n}"
        for n in shape[1:]
        if isinstance(n, int) and n < 1
    ]
    if i.features and len(i.features) != shape[-1]:
        found.append(
            f"input {i.name!r} has {len(i.features)} features, but its last axis is {shape[-1]}"
        )
    found += [
        f"input {i.name!r} has the feature {n!r} twice"
        for n in _twice([f.name for f in i.features])
    ]
    for name, low, high in (
        (i.name, i.low, i.high),
        *((f"{i.name}.{f.name}", f.low, f.high) for f in i.features),
    ):
        if (low is None) != (high is None):
            found.append(f"{name} has one edge of a range: give low and high, or neither")
        elif low is not None and high is not None and not low < high:
            found.append(f"{name} has low {low:g} not below high {high:g}")
    tensors = {j.name: j.shape for j in inputs if j.shape is not None and j.name != i.name}
    for name in i.mask_of:
        if len(shape) != 2 or name not in tensors or tensors[name][:2] != shape:
            found.append(
                f"mask {i.name!r} of shape {shape} marks {name!r}, which is not a tensor of that "
                "first two axes"
            )
    if i.noise and (
        i.dtype not in ("float32", "float64") or any(isinstance(n, str) for n in shape[1:])
    ):
        found.append(
            f"noise {i.name!r} must be float32 or float64 of a fixed shape, is {i.dtype} {shape}"
        )
    return found


def _named_by_region(card: Contents) -> Iterator[str]:
    for constraint in card.region:
        if isinstance(constraint, HalfSpace):
            yield from constraint.coefficients
        elif isinstance(constraint, Distance):
            yield from constraint.lengths
        elif isinstance(constraint, (UnitVector, Ordered, Hull)):
            yield from constraint.inputs


def _variation_contradictions(v: Variation, card: Contents) -> list[str]:
    named = set(v.of)
    if isinstance(v, ShareVariation):
        named |= v.up.keys() | v.down.keys()
    values = [o.name for o in card.central_outputs]
    found = [
        f"variation of {v.source!r} names {n!r}, which is not an output that is a value"
        for n in sorted(named)
        if n not in values
    ]
    if isinstance(v, InputVariation):
        if (v.values is None) == (v.steps is None):
            found.append(f"variation of {v.input!r} needs either values or steps")
        if v.input not in [i.name for i in card.columns]:
            found.append(f"variation of {v.source!r} names an unknown input {v.input!r}")
    return found


def _output_contradictions(o: Output) -> list[str]:
    if o.shape is None:
        return [f"output {o.name!r} has axes but no shape: only tensors do"] if o.axes else []
    if not o.shape or not isinstance(o.shape[0], str):
        return [
            (
                f"output {o.name!r} has the shape {o.shape}: its first axis must be the events, "
                "such as ('N', 'P')"
            )
        ]
    if len(o.axes) != len(o.shape):
        return [f"output {o.name!r} names {len(o.axes)} axes for {len(o.shape)} of its shape"]
    return []


def _density_contradictions(o: Output, card: Contents) -> list[str]:
    """A log density is of a tensor of plain numbers whose ranges say where it may be other than
    zero."""
    if not o.density_of:
        return []
    if o.density_of not in [t.name for t in card.tensors if not t.noise]:
        return [f"output {o.name!r} is the density of {o.density_of!r}, which is not a tensor"]
    ranged = all(
        f.low is not None for t in card.tensors if t.name == o.density_of for f in t.features
    )
    tensor = next(t for t in card.tensors if t.name == o.density_of)
    if not (ranged and tensor.features and len(tensor.shape or ()) == 2):
        return [
            f"output {o.name!r} is the density of {o.density_of!r}, which must have the shape "
            "(N, k) and a range for each feature"
        ]
    return []


def _unreadable(card: Contents) -> list[str]:
    """Texts that are not plain, a day that is in no calendar, citations that are not BibTeX."""
    found = [" ".join(problem) for problem in find_text_problems(to_plain(card))]
    try:
        date.fromisoformat(card.created)
    except ValueError:
        found.append(f"created {card.created!r} is not a day of the calendar")
    if card.data is not None and card.data.doi and not is_bare_doi(card.data.doi):
        found.append(f"data.doi {card.data.doi[:60]!r} is not a bare DOI such as 10.5281/zenodo.1")
    for key, entry in card.references.items():
        if problem := find_bibtex_problem(key, entry):
            found.append(f"references.{key} {problem}")
    return found


def _set_contradictions(card: Contents) -> list[str]:
    if bool(card.members) != (card.combination is not None):
        return ["a set needs both its members and their combination"]
    found = [
        f"member {n!r} appears twice"
        for n in _twice([f"{m.name}@{m.version}" for m in card.members])
    ]
    return [*found, *(["a set needs at least two members"] if len(card.members) == 1 else [])]


def _classification_contradictions(card: Contents) -> list[str]:
    outputs = {o.name for o in card.outputs}
    validation, baseline = card.validation, card.validation.baseline
    found = []
    own = validation.classification if isinstance(validation, Validation) else None
    if own is not None and not isinstance(validation, ClassifierValidation):
        found.append(
            "a validation of the kind regression has a classification: its kind is classification"
        )
    for part in (own, baseline.classification if isinstance(baseline, Baseline) else None):
        if part is not None:
            if card.kind != "classifier":
                found.append(f"a {card.kind} has a classification: only classifiers do")
            found += [
                f"classification names an unknown output {n!r}"
                for n in dict.fromkeys((part.signal, *part.classes))
                if n not in outputs
            ]
    return found


def _twice(names: list[str]) -> list[str]:
    return sorted({n for n in names if names.count(n) > 1})
