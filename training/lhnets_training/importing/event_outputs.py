"""Which outputs of a model the card has: the others are left out of its graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import onnx

from lhnets_training.importing.frameworks.onnx_inference import remove_unused
from lhnets_training.importing.source import ConvertedModel, Tensor


def choose_outputs(source: ConvertedModel, names: Sequence[str]) -> tuple[ConvertedModel, str]:
    """The model with the outputs that the card names, or with the only one that has as many numbers
    as the card has outputs; and in words what was left out. Unchanged where that does not decide.
    """
    kept = _kept(source.outputs, names)
    if not kept or len(kept) == len(source.outputs):
        return source, ""
    model = onnx.ModelProto()
    model.CopyFrom(source.model)
    chosen = {t.name for t in kept}
    outputs = [o for o in model.graph.output if o.name in chosen]
    del model.graph.output[:]
    model.graph.output.extend(outputs)
    remove_unused(model.graph)
    left_out = ", ".join(t.name for t in source.outputs if t.name not in chosen)
    spreads = tuple(n for n in source.spreads if n in chosen)
    return (
        replace(source, model=model, outputs=tuple(kept), spreads=spreads),
        f"outputs left out, which the card does not have: {left_out}",
    )


def _kept(outputs: Sequence[Tensor], names: Sequence[str]) -> list[Tensor]:
    by_name = [t for t in outputs if t.name in names]
    if by_name and {t.name for t in by_name} == set(names):
        return by_name
    whole = [t for t in outputs if all(isinstance(n, int) for n in t.shape[1:])]
    if len(whole) == len(outputs) and sum(t.width for t in whole) == len(names):
        return list(outputs)
    fitting = [t for t in whole if t.width == len(names)]
    return fitting if len(fitting) == 1 else []
