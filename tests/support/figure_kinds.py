"""Small networks of the kinds that are judged by figures, on the graphs of `toy_events`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import onnx
import toy_events

from lhnets._asking.events import to_events
from lhnets._running.outputs import OUTPUTS
from lhnets._running.session import Session
from lhnets.format import (
    AnomalyValidation,
    AnyValidation,
    Calibration,
    Card,
    Curve,
    Figure,
    FigureBaseline,
    GeneratorValidation,
    Kind,
    Output,
    Reference,
    UnfoldingValidation,
    VariableValidation,
    seal,
)

NO_CALIBRATION = Calibration(rows=0, method="none", levels=(), factors={})
KINDS: tuple[Kind, ...] = ("generator", "anomaly_score", "event_variable", "unfolding")
_VALUES: dict[str, tuple[Callable[..., AnyValidation], str, float, float]] = {
    "generator": (GeneratorValidation, "two_sample_auc", 0.52, 0.6),
    "anomaly_score": (AnomalyValidation, "significance_improvement", 3.0, 2.0),
    "event_variable": (VariableValidation, "information_ratio", 0.99, 0.9),
    "unfolding": (UnfoldingValidation, "triangular_distance", 0.01, 0.02),
}


def validation(kind: Kind, **changes: Any) -> AnyValidation:
    """Figures of a network of this kind, with a baseline and two curves."""
    made, field, value, simple = _VALUES[kind]
    x = (0.0, 1.0, 2.0)
    fields: dict[str, Any] = {
        "rows": 1000,
        field: Figure(value=value, error=0.002),
        "baseline": FigureBaseline(method="a cut", figure=Figure(value=simple, error=0.01)),
        "figures": {"largest_weight": Figure(value=2.0, error=0.1)},
        "curves": {
            "mass: network": Curve(
                x_name="m [GeV]", y_name="density", x=x, y=(0.1, 0.5, 0.2), error=(0.01, 0.02, 0.01)
            ),
            "mass: truth": Curve(x_name="m [GeV]", y_name="density", x=x, y=(0.1, 0.5, 0.2)),
        },
        **changes,
    }
    return made(**fields)


def card(kind: Kind, **changes: Any) -> Card:
    """The card of a small network of this kind."""
    fields: dict[str, Any] = {
        "name": f"toy-{kind.replace('_', '-')}",
        "kind": kind,
        "subject": f"a toy {kind.replace('_', ' ')}",
        "calibration": NO_CALIBRATION,
        "validation": validation(kind),
    }
    if kind == "generator":
        plain = toy_events.generator_card()
        fields["outputs"] = _plain(plain.outputs)
        return msgspec.structs.replace(plain, **{**fields, **changes})
    plain = toy_events.tagger_card()
    fields |= {"outputs": _plain(plain.outputs), "inputs": tuple(map(ranged, plain.inputs))}
    return msgspec.structs.replace(plain, **{**fields, **changes})


def network(kind: Kind) -> bytes:
    """The sealed file of a small network of this kind."""
    if kind == "generator":
        return toy_events.generator(card(kind))
    model = honest(onnx.load(toy_events.TAGGER)).SerializeToString()
    events = {"constituents": toy_events.jets(64), "leptons": np.zeros((64, 2, 3))}
    inputs = to_events(events, card(kind)).arrays
    answers = Session(model, card(kind)).run(inputs)
    reference = Reference.of(inputs, dict(zip(OUTPUTS, answers, strict=True)))
    return seal(model, card(kind), reference)


def honest(model: onnx.ModelProto) -> onnx.ModelProto:
    """The tagger with a reach that sees what the card declares."""
    node = onnx.helper.make_node
    constants = {"middle": 1.25, "half": 0.75, "both_axes": [1, 2]}
    model.graph.initializer.extend(
        onnx.numpy_helper.from_array(np.asarray(v), f"own_{k}") for k, v in constants.items()
    )
    model.graph.node[-1].output[0] = "reach_pt"
    model.graph.node.extend(
        [
            node("Abs", ["constituents"], ["own_sizes"]),
            node("ReduceMax", ["own_sizes", "own_both_axes"], ["own_largest"], keepdims=0),
            node("Cast", ["own_largest"], ["own_double"], to=onnx.TensorProto.DOUBLE),
            node("Div", ["own_double", "thousand"], ["own_box"]),
            node("Sub", ["parameters", "own_middle"], ["own_off"]),
            node("Div", ["own_off", "own_half"], ["own_signed"]),
            node("Abs", ["own_signed"], ["own_far"]),
            node("Squeeze", ["own_far", "one"], ["own_mu"]),
            node("Max", ["reach_pt", "own_box", "own_mu"], ["reach"]),
        ]
    )
    return model


def _plain(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
    return tuple(msgspec.structs.replace(o, has_uncertainty=False) for o in outputs)


def ranged(i: Any) -> Any:
    """The input with features between -1000 and 1000, which is what that reach looks at."""
    features = tuple(msgspec.structs.replace(f, low=-1000.0) for f in i.features)
    return msgspec.structs.replace(i, features=features)
