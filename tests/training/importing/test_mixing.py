"""Inputs on a unit circle: the corners of the box, where nothing was trained, decide nothing."""

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onnx import TensorProto, helper, numpy_helper

import lhnets as ml
from lhnets_training.importing.importer import import_model

CARD = """
name: cs-mixing-toy
version: 1
kind: cross_section
title: a toy
description: a toy
subject: p p > 1000024 -1000024
conditions: {energy: 13000, order: LO}
inputs:
- {name: u_11, meaning: element of a row of U, unit: "1", low: -1.0, high: 1.0}
- {name: u_12, meaning: element of a row of U, unit: "1", low: -1.0, high: 1.0}
outputs:
- {name: LO, meaning: cross section, unit: pb, scale: log}
truth: {program: a formula, version: "1"}
training: {method: network, framework: keras, framework_version: "2"}
authors: [{name: A}]
licence: MIT
"""


def write_model(path):
    """ln sigma = -5 u_11^2 - 900 (u_11^2 + u_12^2 - 1)^2: far from the circle exp gives 0."""
    c = {
        "ones": np.ones((2, 1)), "first": np.array([[-5.0], [0.0]]),
        "one": np.array([1.0]), "steep": np.array([-900.0]),
    }  # fmt: skip
    n = helper.make_node
    nodes = [
        n("Mul", ["x", "x"], ["xx"]), n("MatMul", ["xx", "ones"], ["r"]),
        n("Sub", ["r", "one"], ["d"]), n("Mul", ["d", "d"], ["dd"]),
        n("Mul", ["dd", "steep"], ["off"]), n("MatMul", ["xx", "first"], ["on"]),
        n("Add", ["on", "off"], ["y"]),
    ]  # fmt: skip
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 1])],
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in c.items()],
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def test_rows_on_a_circle_bound_the_region(tmp_path):
    write_model(tmp_path / "m.onnx")
    (tmp_path / "card.yaml").write_text(CARD)
    (tmp_path / "norm.yaml").write_text("outputs:\n- {name: LO, then: exp}\n")
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 300)
    u, v = np.cos(angle), np.sin(angle)
    sigma = np.exp(-5 * u**2) * (1 + 1e-3 * np.sin(9 * angle))
    pq.write_table(pa.table({"u_11": u, "u_12": v, "LO": sigma}), tmp_path / "t.parquet")
    done = import_model(
        tmp_path / "m.onnx",
        tmp_path / "card.yaml",
        normalisation=tmp_path / "norm.yaml",
        test=tmp_path / "t.parquet",
        output=tmp_path / "out.onnx",
    )
    assert any("u_11^2 + u_12^2 = 1" in line for line in done.because)
    network = ml.load(str(done.path))
    assert float(network({"u_11": 0.6, "u_12": 0.8})) == pytest.approx(np.exp(-1.8), rel=1e-5)
    with pytest.raises(ml.OutsideRegionError, match=r"add to 1\.62, not to 1"):
        network({"u_11": 0.9, "u_12": 0.9})
