"""What does nothing in inference, or is no number, is taken out of a graph."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.frameworks.onnx import from_object
from lhnets_training.importing.vectors import core, matrix

X = np.random.default_rng(0).normal(size=(20, 2))


def model(nodes, outputs, constants=(), opset=13):
    weights = numpy_helper.from_array(np.array([[1.0], [2.0]], np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["h"]), *nodes],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2])],
        outputs,
        [weights, *constants],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def number(name, width=1):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width])


@pytest.mark.parametrize("opset", [11, 13])
def test_a_dropout_of_inference_is_the_identity(opset):
    dropout = helper.make_node("Dropout", ["h"], ["y", "mask"])
    source = from_object(model([dropout], [number("y")], opset=opset), ())
    np.testing.assert_allclose(core(source)(X), X @ [[1], [2]], rtol=1e-6)
    np.testing.assert_array_equal(core(source)(X), matrix(source, source.predict)(X))
    assert "Dropout" in source.note


def test_a_dropout_that_is_told_not_to_train_is_the_identity():
    parts = [
        numpy_helper.from_array(np.float32(0.5), "ratio"),
        numpy_helper.from_array(np.array(False), "training"),
    ]
    dropout = helper.make_node("Dropout", ["h", "ratio", "training"], ["y"])
    source = from_object(model([dropout], [number("y")], parts), ())
    np.testing.assert_allclose(core(source)(X), X @ [[1], [2]], rtol=1e-6)


def test_a_dropout_in_training_is_refused():
    parts = [
        numpy_helper.from_array(np.float32(0.5), "ratio"),
        numpy_helper.from_array(np.array(True), "training"),
    ]
    dropout = helper.make_node("Dropout", ["h", "ratio", "training"], ["y"])
    with pytest.raises(ModelError, match=r"training mode.*random numbers.*evaluation mode"):
        from_object(model([dropout], [number("y")], parts), ())


@pytest.mark.parametrize("kind", ["STRING", "INT64"])
def test_the_name_of_a_class_is_left_out_beside_its_probabilities(kind):
    names = {"STRING": {"classlabels_strings": ["a", "b"]}, "INT64": {"classlabels_ints": [0, 1]}}
    classifier = helper.make_node(
        "LinearClassifier", ["x"], ["label", "p"], domain="ai.onnx.ml",
        coefficients=[1.0, 2.0, -1.0, -2.0], intercepts=[0.0, 0.0], multi_class=0,
        post_transform="SOFTMAX", **names[kind],
    )  # fmt: skip
    label = helper.make_tensor_value_info("label", getattr(TensorProto, kind), ["N"])
    source = from_object(model([classifier], [label, number("p", 2)]), ())
    assert [t.name for t in source.outputs] == ["p"]
    np.testing.assert_allclose(core(source)(X).sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(core(source)(X), matrix(source, source.predict)(X))
    assert "label" in source.note


def test_a_zip_map_is_unpacked():
    nodes = [
        helper.make_node("Sigmoid", ["h"], ["s"]),
        helper.make_node("ZipMap", ["s"], ["y"], domain="ai.onnx.ml", classlabels_int64s=[0]),
    ]
    listed = helper.make_value_info(
        "y",
        helper.make_sequence_type_proto(
            helper.make_map_type_proto(
                TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, [])
            )
        ),
    )
    source = from_object(model(nodes, [listed]), ())
    np.testing.assert_allclose(core(source)(X), 1 / (1 + np.exp(-X @ [[1], [2]])), rtol=1e-5)
    onnx.checker.check_model(source.model, full_check=True)
