"""A converted model against its original."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime

from lhnets_registry.admission.operators import ALLOWED
from lhnets_training.importing.source import ConvertedModel, tensors

POINTS = 10_000


def converted(
    source: ConvertedModel, arrays: dict[str, np.ndarray[Any, Any]]
) -> dict[str, np.ndarray[Any, Any]]:
    """What the core gives, by the names of its outputs, after a look at its form."""
    onnx.checker.check_model(source.model, full_check=True)
    foreign = [
        n.op_type for n in source.model.graph.node if n.op_type not in ALLOWED.get(n.domain, ())
    ]
    assert foreign == []
    domains = [o.domain for o in source.model.opset_import]
    assert len(domains) == len(set(domains))
    assert tensors(source.model.graph.input) == source.inputs
    assert tensors(source.model.graph.output) == source.outputs
    session = onnxruntime.InferenceSession(
        source.model.SerializeToString(),
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["MatMulScaleFusion"],
    )
    return dict(zip([o.name for o in source.outputs], session.run(None, arrays), strict=True))


def difference(
    source: ConvertedModel, points: np.ndarray[Any, Any] | dict[str, np.ndarray[Any, Any]]
) -> float:
    """Largest difference between the core and the original, over the standard deviation of each
    output column."""
    arrays = points if isinstance(points, dict) else {source.inputs[0].name: points}
    found, expected = converted(source, arrays), source.predict(arrays)
    assert found.keys() == expected.keys()
    worst = 0.0
    for name, value in expected.items():
        assert found[name].shape == value.shape
        spread = np.maximum(value.std(axis=0), 1e-300)
        worst = max(worst, float(np.max(np.abs(found[name] - value) / spread)))
    return worst
