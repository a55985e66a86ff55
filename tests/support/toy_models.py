"""Small models as an author may have them: bare ONNX cores between standardised numbers, and tables
that they describe."""

from pathlib import Path

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
from onnx import TensorProto, helper, numpy_helper

MEAN, STD = np.array([1700.0, 60.0, 2.0]), np.array([700.0, 20.0, 0.5])
LOW, HIGH = np.array([500.0, 20.0, 1.0]), np.array([3000.0, 100.0, 3.0])
NAMES = ("m_go", "width", "ratio")
OUT_MEAN, OUT_STD = -4.0, 2.5


def core(
    columns=3,
    outputs=1,
    *,
    seed=0,
    opset=18,
    batch="N",
    dtype=np.float32,
    weights_are_inputs=False,
    names=("x", "y"),
):
    """A tanh network with standardised inputs and outputs; every column matters, and no two
    alike."""
    rng = np.random.default_rng(seed)
    first = (rng.normal(size=(columns, 8)) * np.linspace(0.3, 0.9, columns)[:, None]).astype(dtype)
    arrays = {
        "w1": first,
        "b1": rng.normal(size=8).astype(dtype),
        "w2": rng.normal(size=(8, outputs)).astype(dtype) / 2,
        "b2": rng.normal(size=outputs).astype(dtype) / 2,
    }
    kind = TensorProto.FLOAT if dtype == np.float32 else TensorProto.DOUBLE
    x, y = names
    inputs = [helper.make_tensor_value_info(x, kind, [batch, columns])]
    if weights_are_inputs:
        inputs += [helper.make_tensor_value_info(n, kind, a.shape) for n, a in arrays.items()]
    nodes = [
        helper.make_node("Gemm", [x, "w1", "b1"], ["h"]),
        helper.make_node("Tanh", ["h"], ["t"]),
        helper.make_node("Gemm", ["t", "w2", "b2"], [y]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        inputs,
        [helper.make_tensor_value_info(y, kind, [batch, outputs])],
        [numpy_helper.from_array(a, n) for n, a in arrays.items()],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=4 if opset < 15 else 10
    )


def answers(model, z):
    """What a core gives, by numpy."""
    w = {t.name: numpy_helper.to_array(t).astype(np.float64) for t in model.graph.initializer}
    return np.tanh(z @ w["w1"] + w["b1"]) @ w["w2"] + w["b2"]


def truth(model, x, *, mean=MEAN, std=STD):
    """The cross section that the core stands for: exp(OUT_MEAN + OUT_STD * core((x - mean) /
    std))."""
    return np.exp(OUT_MEAN + OUT_STD * answers(model, (x - mean) / std)[:, 0])


def points(rows=300, seed=1):
    return np.random.default_rng(seed).uniform(LOW, HIGH, (rows, len(LOW)))


def write_table(path: Path, model, *, rows=300, noise=1e-3, **reading):
    """A table that the model describes up to a little noise."""
    x = points(rows)
    error = 1 + noise * np.random.default_rng(2).normal(size=rows)
    y = truth(model, x, **reading) * error
    pq.write_table(pa.table({**dict(zip(NAMES, x.T, strict=True)), "sigma": y}), path)
    return path


def write_card(path: Path, *, name="cs-toy-model", inputs=NAMES, extra=""):
    box = dict(zip(NAMES, zip(LOW, HIGH, strict=True), strict=True))
    lines = "".join(
        f"  - {{name: {n}, meaning: {n}, unit: GeV, low: {box[n][0]}, high: {box[n][1]}}}\n"
        for n in inputs
    )
    path.write_text(
        f"""name: {name}
version: 1
kind: cross_section
title: A toy
description: A toy.
subject: p p > go go
inputs:
{lines}outputs:
  - {{name: sigma, meaning: cross section, unit: pb, scale: log}}
truth: {{program: a formula, version: "1"}}
training: {{method: network, framework: numpy, framework_version: "2"}}
authors: [{{name: A. Physicist}}]
licence: CC-BY-4.0
{extra}"""
    )
    return path


SIDECAR = """convention: subtract-divide
inputs:
  - {name: m_go, mean: 1700, std: 700}
  - {name: width, mean: 60, std: 20}
  - {name: ratio, mean: 2, std: 0.5}
outputs:
  - {name: sigma, mean: -4, std: 2.5, then: exp}
"""


def save(model, path: Path) -> Path:
    onnx.save(model, path)
    return path
