import numpy as np
import onnx
import pytest
import toy_models as toy
from onnx import TensorProto, helper, numpy_helper

from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.frameworks import onnx as onnx_source
from lhnets_training.importing.vectors import core, matrix
from lhnets_training.pipeline.exported import run_arrays


def compared(source, rows=7):
    z = np.random.default_rng(0).normal(size=(rows, 3))
    return core(source)(z), matrix(source, source.predict)(z)


@pytest.mark.parametrize("opset", [9, 11, 13, 18, 21])
def test_opsets_from_nine_on(opset):
    source = onnx_source.from_object(toy.core(opset=opset), ())
    found, original = compared(source)
    np.testing.assert_allclose(found, original, rtol=1e-6)
    assert 18 <= source.model.opset_import[0].version <= 23
    assert source.version == f"opset {opset}"


@pytest.mark.parametrize("batch", [1, 4])
def test_a_fixed_batch_becomes_free(batch):
    source = onnx_source.from_object(toy.core(batch=batch), ())
    found, original = compared(source)
    np.testing.assert_allclose(found, original, rtol=1e-6)
    assert f"fixed at {batch}" in source.note
    assert source.inputs[0].shape == ("N", 3)


def test_weights_among_the_inputs_and_names_of_its_own():
    model = toy.core(opset=9, weights_are_inputs=True, names=("input:0/a b", "output|1"))
    source = onnx_source.from_object(model, ())
    assert [t.name for t in source.inputs] == ["input:0/a b"]
    found, original = compared(source)
    np.testing.assert_allclose(found, original, rtol=1e-6)


def test_a_reshape_to_the_fixed_batch():
    shape = numpy_helper.from_array(np.array([1, 3]), "shape")
    nodes = [
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("Reshape", ["f", "shape"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])], [shape],
    )  # fmt: skip
    source = onnx_source.from_object(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), ()
    )
    found, original = compared(source)
    np.testing.assert_array_equal(found, original)


def test_several_inputs():
    nodes = [
        helper.make_node("Concat", ["a", "b"], ["c"], axis=1),
        helper.make_node("Tanh", ["c"], ["y"]),
    ]
    inputs = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", w])
        for n, w in (("a", 1), ("b", 2))
    ]
    graph = helper.make_graph(
        nodes, "g", inputs, [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])]
    )
    source = onnx_source.from_object(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), ()
    )
    found, original = compared(source)
    np.testing.assert_allclose(found, original, rtol=1e-6)
    assert [t.width for t in source.inputs] == [1, 2]


def test_external_data_is_refused():
    model = toy.core()
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    with pytest.raises(ModelError, match=r"external data.*save_as_external_data=False"):
        onnx_source.from_object(model, ())


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (
            lambda m: m.graph.node.add(op_type="Quant", domain="onnx.brevitas"),
            "onnx.brevitas.Quant.*export_onnx_qcdq",
        ),
        (
            lambda m: m.graph.node.add(op_type="Fancy", domain="com.example"),
            "com.example.Fancy: operators that ONNX itself",
        ),
        (
            lambda m: m.graph.node.add(op_type="Loop"),
            "operators Loop, which the admission does not allow",
        ),
        (lambda m: setattr(m.opset_import[0], "version", 6), "opset 6.*older than 9"),
        (lambda m: m.graph.ClearField("node"), "without a graph"),
        (lambda m: m.graph.ClearField("input"), "no input besides its weights"),
    ],
)
def test_what_cannot_be_converted(change, finding):
    model = toy.core()
    change(model)
    with pytest.raises(ModelError, match=finding):
        onnx_source.from_object(model, ())


def test_a_model_that_does_not_run():
    model = toy.core()
    model.graph.node[0].input[1] = "w2"
    with pytest.raises(ModelError, match="ONNX Runtime refuses it"):
        onnx_source.from_object(model, ())


def test_no_onnx_at_all(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"\x08\x07\xff\xff\xff")
    with pytest.raises(ModelError, match="no ONNX model"):
        onnx_source.from_file(path, ())


def test_the_original_is_left_alone():
    model = toy.core(opset=9)
    before = model.SerializeToString()
    onnx_source.from_object(model, ())
    assert model.SerializeToString() == before
    assert isinstance(onnx.load_from_string(before), onnx.ModelProto)
    assert callable(run_arrays(model))
