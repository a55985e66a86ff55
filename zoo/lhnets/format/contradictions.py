"""What a card's schema cannot say: names that refer to nothing, empty ranges, tensors that do not fit their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lhnets.format.card import Card, Input


def find_contradictions(card: Card) -> list[str]:
    """Everything in which ``card`` contradicts itself, one line each."""
    inputs = [i.name for i in card.inputs]
    outputs = [o.name for o in card.outputs]
    found = [
        f"{what} {n!r} appears twice" for what, names in (("input", inputs), ("output", outputs)) for n in _twice(names)
    ]
    if card.default_output not in outputs:
        found.append(f"default_output {card.default_output!r} is none of the outputs {outputs}")
    elif card.default_output not in [o.name for o in card.central_outputs]:
        found.append(f"default_output {card.default_output!r} is a shift of a physics_uncertainty, not a value")
    for i in card.columns:
        if i.low is None or i.high is None:
            found.append(f"input {i.name!r} has no range: give low and high")
        elif not i.low < i.high:
            found.append(f"input {i.name!r} has low {i.low:g} not below high {i.high:g}")
        elif i.default is not None and not i.low <= i.default <= i.high:
            found.append(f"input {i.name!r} has its default {i.default:g} outside [{i.low:g}, {i.high:g}]")
    for i in card.inputs:
        found += find_input_contradictions(i, card.inputs)
    for half_space in card.region:
        found += [f"region names an unknown input {n!r}" for n in half_space.coefficients if n not in inputs]
    for assumed in card.assumptions:
        if assumed.over is not None and assumed.over not in [i.name for i in card.inputs if i.slha is not None]:
            found.append(
                f"assumption {assumed.meaning!r} is over {assumed.over!r}, which is no input with a place in SLHA files"
            )
        if not assumed.low < assumed.high:
            found.append(f"assumption {assumed.meaning!r} has low {assumed.low:g} not below high {assumed.high:g}")
    for pu in card.physics_uncertainty:
        found += [
            f"physics_uncertainty names an unknown output {n!r}" for n in (pu.of, pu.up, pu.down) if n not in outputs
        ]
    for name, factors in card.calibration.factors.items():
        if name not in outputs:
            found.append(f"calibration names an unknown output {name!r}")
        if len(factors) != len(card.calibration.levels):
            found.append(
                f"calibration of {name!r} has {len(factors)} factors for {len(card.calibration.levels)} levels"
            )
    found += [f"output {n!r} has no calibration" for n in outputs if n not in card.calibration.factors]
    cited = [r for r in (*card.truth.references, *(c.reference for c in card.checks)) if r]
    found += [f"reference {r!r} has no BibTeX entry" for r in dict.fromkeys(cited) if r not in card.references]
    if card.training.recipe is None and card.training.source is None:
        found.append("training names neither its recipe nor the source that the network was imported from")
    return found + _classification_contradictions(card)


def find_input_contradictions(i: Input, inputs: tuple[Input, ...]) -> list[str]:
    """What is said of a column and holds only for tensors, or of a tensor and does not fit its shape."""
    return _column_contradictions(i) if i.shape is None else _tensor_contradictions(i, inputs)


def _column_contradictions(i: Input) -> list[str]:
    stated = {"features": i.features, "padding": i.padding is not None, "mask_of": i.mask_of, "noise": i.noise}
    return [f"input {i.name!r} has {what} but no shape: only tensors do" for what, value in stated.items() if value]


def _tensor_contradictions(i: Input, inputs: tuple[Input, ...]) -> list[str]:
    shape = i.shape or ()
    if len(shape) < 2 or not isinstance(shape[0], str):
        return [f"input {i.name!r} has the shape {shape}: its first axis must be the events, such as ('N', 'P', 4)"]
    found = [f"input {i.name!r} has an axis of length {n}" for n in shape[1:] if isinstance(n, int) and n < 1]
    if i.features and len(i.features) != shape[-1]:
        found.append(f"input {i.name!r} has {len(i.features)} features, but its last axis is {shape[-1]}")
    found += [f"input {i.name!r} has the feature {n!r} twice" for n in _twice([f.name for f in i.features])]
    for name, low, high in ((i.name, i.low, i.high), *((f"{i.name}.{f.name}", f.low, f.high) for f in i.features)):
        if (low is None) != (high is None):
            found.append(f"{name} has one edge of a range: give low and high, or neither")
        elif low is not None and high is not None and not low < high:
            found.append(f"{name} has low {low:g} not below high {high:g}")
    tensors = {j.name: j.shape for j in inputs if j.shape is not None and j.name != i.name}
    for name in i.mask_of:
        if len(shape) != 2 or name not in tensors or tensors[name][:2] != shape:
            found.append(f"mask {i.name!r} of shape {shape} marks {name!r}, which is no tensor of that first two axes")
    if i.noise and (i.dtype not in ("float32", "float64") or any(isinstance(n, str) for n in shape[1:])):
        found.append(f"noise {i.name!r} must be float32 or float64 of a fixed shape, is {i.dtype} {shape}")
    return found


def _classification_contradictions(card: Card) -> list[str]:
    outputs = {o.name for o in card.outputs}
    baseline = card.validation.baseline
    found = []
    for part in (card.validation.classification, baseline.classification if baseline else None):
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
