"""The rows of the threat list that a file can bring: each is a finding, and never an exception or a
crash."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from lhnets.format import CARD_KEY, DIGEST_KEY, REFERENCE_KEY, Reference, digest, read, seal
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.envelope import envelope_checks
from lhnets_registry.admission.graph_checks import static_checks
from lhnets_registry.admission.limits import Limits
from lhnets_registry.report import ITEMS, Report

from ..conftest import (
    HIGH,
    LOW,
    constant,
    reference_at,
    reference_points,
    sealed,
    small_card,
    small_model,
)
from ..hostile import bomb, local_functions

LIMITS = Limits()


def failing(content: bytes) -> set[str]:
    """Items that fail in the parent's checks and the static ones, without a child process."""
    findings, network = envelope_checks(content, LIMITS)
    if network is not None and not any(f.outcome == "fail" for f in findings):
        findings += static_checks(content, network.card, LIMITS)
    return {f.item for f in findings if f.outcome == "fail"}


def with_graph(change: Callable[[onnx.ModelProto], None]) -> bytes:
    model = small_model()
    change(model)
    return sealed(model)


def resealed(change: Callable[[onnx.ModelProto], None]) -> bytes:
    """A sealed file whose model was changed and whose digest was made to fit again."""
    model = onnx.load_from_string(sealed())
    change(model)
    kept = [p for p in model.metadata_props if p.key != DIGEST_KEY]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    model.metadata_props.add(key=DIGEST_KEY, value=digest(model.SerializeToString()))
    return model.SerializeToString()


def test_a_good_file_is_admitted_with_every_item(good: bytes) -> None:
    report = admit(good).report
    assert report.admitted
    assert [f.item for f in report.findings] == list(ITEMS)
    assert [f.item for f in report.findings if f.outcome != "pass"] == [
        "padding",
        "coverage",
        "rows",
    ]
    assert "no table was given" in report["coverage"].figure
    assert Report.from_json(report.to_json()) == report


def zipped() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("model.onnx", "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (pickle.dumps({"weights": [1.0]}), "pickle"),
        (pickle.dumps([1], protocol=2), "pickle"),
        (b"\x89HDF\r\n\x1a\n" + bytes(64), "HDF5"),
        (zipped(), "zip"),
        (b"\x78\x9c" + bytes(64), "joblib"),
        (b"\x1f\x8b" + bytes(64), "gzip"),
    ],
)
def test_formats_that_run_code_are_refused_before_any_parser(content: bytes, what: str) -> None:
    finding = admit(content).report["format"]
    assert finding.outcome == "fail"
    assert what in finding.figure
    assert "Export the network" in finding.remedy


@pytest.mark.parametrize(
    "content", [b"", b"\x08", b"(lp0\n.", b"<html>", bytes(100), b"\xff" * 100]
)
def test_other_bytes_are_no_network_file(content: bytes) -> None:
    report = admit(content).report
    assert not report.admitted
    assert report["metadata"].outcome == "fail"


def test_a_network_of_parameters_has_a_limit_of_its_own(good: bytes) -> None:
    report = admit(good, Limits(file_bytes=len(good) - 1, points=100)).report
    assert {f.item for f in report.findings if f.outcome == "fail"} == {"size"}


def test_a_huge_file_is_refused_by_its_size_alone(good: bytes) -> None:
    report = admit(good + bytes(LIMITS.largest_file)).report
    assert report["size"].outcome == "fail"
    assert report["metadata"].outcome == "not_applicable"


def test_a_plain_model_lacks_what_a_network_file_carries() -> None:
    finding = admit(small_model().SerializeToString()).report["metadata"]
    assert all(key in finding.figure for key in (CARD_KEY, REFERENCE_KEY, DIGEST_KEY))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(good: bytes, share: float) -> None:
    assert not admit(good[: int(share * len(good))]).report.admitted


def test_a_changed_weight_and_a_changed_card_value_show_in_the_digest(good: bytes) -> None:
    position = good.index(np.float32(-2.0).tobytes())
    assert failing(good[:position] + np.float32(-2.5).tobytes() + good[position + 4 :]) == {
        "digest"
    }
    assert failing(good.replace(b'"seed":1', b'"seed":2')) == {"digest"}


def test_a_changed_weight_under_a_new_digest_fails_its_reference_points() -> None:
    report = admit(sealed(small_model(slope=2.00001))).report
    assert report["reference_points"].outcome == "fail"
    assert report["digest"].outcome == "pass"


def test_metadata_may_hold_nothing_else_and_nothing_twice() -> None:
    def other(model: onnx.ModelProto) -> None:
        model.metadata_props.add(key="ort_config", value="{}")

    def twice(model: onnx.ModelProto) -> None:
        model.metadata_props.add(key=CARD_KEY, value="{}")

    assert failing(with_graph(other)) == {"metadata"}
    model = onnx.load_from_string(sealed())
    twice(model)
    assert failing(model.SerializeToString()) == {"metadata"}


@pytest.mark.parametrize("values", [[float("inf")], [[1.0]]])
def test_reference_points_are_finite_numbers(values: list[Any]) -> None:
    points = reference_points(small_model())
    spoiled = Reference.of(points.inputs, {**points.outputs, "reach": values * 40})
    assert failing(seal(small_model().SerializeToString(), small_card(), spoiled)) == {"reference"}


def test_reference_points_are_at_least_32_and_of_one_length() -> None:
    points = reference_points(small_model())
    ragged = Reference(points.inputs, {**points.outputs, "reach": points.outputs["reach"][:33]})
    assert failing(seal(small_model().SerializeToString(), small_card(), ragged)) == {"reference"}


def test_a_card_that_breaks_its_schema_is_refused(good: bytes) -> None:
    assert failing(good.replace(b'"kind":"cross_section"', b'"kind":"horse_section"')) == {"card"}


@pytest.mark.parametrize(
    ("title", "item", "what"),
    [
        ("a\x1b[31mb", "card", "U+001B"),
        ("a\u202eb", "card", "U+202E"),
        ("x" * 300, "text", "300"),
    ],
)
def test_texts_of_the_card_are_plain_and_short(title: str, item: str, what: str) -> None:
    finding = next(f for f in envelope_checks(sealed(title=title), LIMITS)[0] if f.item == item)
    assert finding.outcome == "fail"
    assert what in finding.figure


def test_the_subject_is_canonical() -> None:
    assert failing(sealed(subject="2212 2212 > go go")) == {"subject"}
    assert failing(sealed(subject="p p > nonsense")) == {"subject"}
    assert failing(sealed(subject="some analysis", kind="likelihood")) == set()


@pytest.mark.parametrize("depth", [5_000, 100_000])
def test_deep_json_is_a_finding(depth: int) -> None:
    model = onnx.load_from_string(sealed())
    for entry in model.metadata_props:
        if entry.key == CARD_KEY:
            deep = '{"layers":' + "[" * depth + "]" * depth + "}"
            entry.value = entry.value.replace('{"layers":[16,16],"fit":{"steps":3}}', deep)
            entry.value = entry.value.replace('{"fit":{"steps":3},"layers":[16,16]}', deep)
            assert "[[[[" in entry.value
    assert failing(model.SerializeToString()) <= {"card", "text", "digest"}
    assert failing(model.SerializeToString())


def external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def external_in_attribute(model: onnx.ModelProto) -> None:
    hidden = constant("hidden", 1.0)
    hidden.external_data.add(key="location", value="weights.bin")
    model.graph.node.append(helper.make_node("Constant", [], ["unused"], value=hidden))


def sparse(model: onnx.ModelProto) -> None:
    values, indices = constant("sparse", [1.0]), constant("indices", np.array([0]))
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4]))


def sparse_in_attribute(model: onnx.ModelProto) -> None:
    values, indices = constant("sparse", [1.0]), constant("indices", np.array([0]))
    tensor = helper.make_sparse_tensor(values, indices, [4])
    model.graph.node.append(helper.make_node("Constant", [], ["unused"], sparse_value=tensor))


def loop(model: onnx.ModelProto) -> None:
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"])],
        "body",
        [info("i", TensorProto.INT64, []), info("go", TensorProto.BOOL, [])],
        [info("on", TensorProto.BOOL, [])],
    )
    model.graph.node.append(helper.make_node("Loop", ["", "true"], [], body=body))
    model.graph.initializer.append(constant("true", True))


def unknown_domain(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    model.graph.node.append(
        helper.make_node("PyOp", ["parameters"], ["unused"], domain="com.microsoft")
    )


def random_numbers(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("RandomNormal", [], ["unused"], shape=[2]))


def old_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 9


def two_opsets(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("", 17))


def many_nodes(model: onnx.ModelProto) -> None:
    model.graph.node.extend(
        helper.make_node("Identity", ["parameters"], [f"n{k}"]) for k in range(LIMITS.nodes)
    )


def float32_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT


def fixed_batch(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1


def more_columns(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 3


def renamed_output(model: onnx.ModelProto) -> None:
    model.graph.output[0].name = "y"


def weights_as_input(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("weights", TensorProto.FLOAT, [2, 1]))


def outer_product(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(constant("row", np.zeros((1, 10_000), dtype=np.float32)))
    model.graph.initializer.append(constant("column", np.zeros((10_000, 1), dtype=np.float32)))
    model.graph.node.append(helper.make_node("Mul", ["row", "column"], ["unused"]))


def shape_from_values(model: onnx.ModelProto) -> None:
    """A tensor as large as the parameters say: harmless until somebody asks for the right point."""
    model.graph.node.append(
        helper.make_node("Cast", ["parameters"], ["whole"], to=TensorProto.INT64)
    )
    model.graph.node.append(helper.make_node("ReduceMax", ["whole"], ["longest"], keepdims=0))
    model.graph.node.append(helper.make_node("Range", ["nought", "longest", "step"], ["unused"]))
    model.graph.initializer.extend([constant("nought", np.int64(0)), constant("step", np.int64(1))])


def quadratic_in_rows(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Transpose", ["parameters"], ["t"], perm=[1, 0]))
    model.graph.node.append(helper.make_node("MatMul", ["parameters", "t"], ["unused"]))


def negative_dimensions(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(
        TensorProto(name="odd", data_type=TensorProto.FLOAT, dims=[-(2**40), -(2**40)])
    )


def training_information(model: onnx.ModelProto) -> None:
    model.training_info.add()


def undefined_tensor(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Identity", ["nowhere"], ["unused"]))


@pytest.mark.parametrize(
    ("change", "items"),
    [
        (external, {"self_contained"}),
        (external_in_attribute, {"self_contained"}),
        (sparse, {"dense"}),
        (sparse_in_attribute, {"dense"}),
        (loop, {"subgraphs", "operators"}),
        (local_functions, {"functions", "operators", "opset"}),
        (unknown_domain, {"operators", "opset"}),
        (random_numbers, {"operators"}),
        (old_opset, {"opset"}),
        (two_opsets, {"opset"}),
        (many_nodes, {"nodes"}),
        (float32_input, {"interface"}),
        (fixed_batch, {"interface"}),
        (more_columns, {"interface"}),
        (renamed_output, {"interface"}),
        (weights_as_input, {"interface"}),
        (bomb, {"tensor_sizes"}),
        (outer_product, {"tensor_sizes"}),
        (shape_from_values, {"tensor_sizes"}),
        (quadratic_in_rows, {"tensor_sizes"}),
        (negative_dimensions, {"tensor_sizes", "checker"}),
        (training_information, {"functions"}),
        (undefined_tensor, {"checker"}),
    ],
)
def test_static_checks_refuse(change: Callable[[onnx.ModelProto], None], items: set[str]) -> None:
    assert failing(with_graph(change)) == items


def test_a_model_without_a_graph_worth_the_name_is_refused() -> None:
    empty = onnx.ModelProto(ir_version=9)
    empty.graph.SetInParent()
    assert {"nodes", "interface", "opset"} <= failing(sealed(empty))


def test_unknown_fields_are_refused(good: bytes) -> None:
    hidden = resealed(
        lambda model: model.graph.ParseFromString(
            model.graph.SerializeToString() + b"\xfa\x7f\x01x"
        )
    )
    assert failing(hidden) == {"parse"}


def test_names_that_are_no_text_are_refused() -> None:
    model = small_model().SerializeToString()
    network = read(sealed())
    broken = seal(model.replace(b"hundredth", b"h\xd7ndredth"), network.card, network.reference)
    assert failing(broken) == {"parse"}


def test_no_session_is_made_of_what_fails_the_static_checks() -> None:
    report = admit(with_graph(local_functions)).report
    assert report["functions"].outcome == "fail"
    assert report["loads"].outcome == "not_applicable"
    assert "static checks" in report["loads"].figure


def test_bytes_that_only_look_like_onnx_are_a_finding_of_the_child(good: bytes) -> None:
    """The outermost level is sound, the graph is not."""
    network = read(good)
    broken = b"\x08\x09" + b"\x3a\x04\xff\xff\xff\xff"
    report = admit(seal(broken, network.card, network.reference)).report
    assert report["parse"].outcome == "fail"
    assert not report.admitted


def spoiled(nodes: Callable[[list[Any]], None], **initialisers: Any) -> bytes:
    """The good model with other nodes, and reference points that are its own."""
    model = small_model()
    for tensor in model.graph.initializer:
        if tensor.name in initialisers:
            tensor.CopyFrom(constant(tensor.name, initialisers.pop(tensor.name)))
    model.graph.initializer.extend(constant(k, v) for k, v in initialisers.items())
    kept = list(model.graph.node)
    nodes(kept)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    inner = LOW + (HIGH - LOW) * np.random.default_rng(5).uniform(0.2, 0.5, (40, 2))
    return seal(
        model.SerializeToString(), small_card(), reference_at(model.SerializeToString(), inner)
    )


def unchanged(nodes: list[Any]) -> None:
    """Nothing to do."""


def nan_in_a_corner(nodes: list[Any]) -> None:
    """NaN above 2800 GeV, where no reference point lies."""
    position = next(k for k, n in enumerate(nodes) if n.op_type == "Exp")
    nodes[position : position + 1] = [
        helper.make_node("Exp", ["y"], ["whole"]),
        helper.make_node("Gather", ["parameters", "first"], ["m_go"], axis=1),
        helper.make_node("Greater", ["m_go", "edge"], ["corner"]),
        helper.make_node("Where", ["corner", "nan", "whole"], ["value"]),
    ]


def sees_its_batch(nodes: list[Any]) -> None:
    position = next(k for k, n in enumerate(nodes) if n.op_type == "Exp")
    nodes[position : position + 1] = [
        helper.make_node("ReduceMean", ["y", "rows"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["y", "mean"], ["alone"]),
        helper.make_node("Exp", ["alone"], ["value"]),
    ]


@pytest.mark.parametrize(
    ("content", "items"),
    [
        (
            lambda: spoiled(nan_in_a_corner, first=np.array([0]), edge=2800.0, nan=np.nan),
            {"finite", "positive", "uncertainty", "batch", "jumps"},
        ),
        (lambda: spoiled(sees_its_batch, rows=np.array([0])), {"batch", "jumps"}),
        (lambda: spoiled(unchanged, hundredth=0.0), {"uncertainty"}),
        (lambda: spoiled(unchanged, hundredth=-0.01), {"uncertainty"}),
        (lambda: spoiled(unchanged, reach_scale=1.001), {"reach_inside"}),
        (lambda: spoiled(unchanged, reach_scale=0.9), {"reach_outside"}),
        (lambda: spoiled(unchanged, bound=4500.0), {"reach_outside"}),
        (lambda: spoiled(unchanged, bound=3500.0), {"reach_inside"}),
    ],
)
def test_the_trial_finds(content: Callable[[], bytes], items: set[str]) -> None:
    report = admit(content(), seed=1).report
    failed = {f.item for f in report.failures}
    assert failed == items
    assert report["reference_points"].outcome == "pass"


def test_a_region_that_leaves_nothing_of_the_box_is_a_finding() -> None:
    from lhnets.format import HalfSpace

    nothing = HalfSpace(coefficients={"m_go": 1.0}, bound=100.0, meaning="below the box")
    report = admit(sealed(region=(nothing,))).report
    assert "lie in the region" in report["deterministic"].figure
    assert not report.admitted


def test_a_graph_that_fails_when_it_runs_is_a_finding() -> None:
    def out_of_range(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(constant("index", np.array([7])))
        model.graph.node.append(
            helper.make_node("Gather", ["parameters", "index"], ["unused"], axis=1)
        )

    report = admit(with_graph(out_of_range)).report
    assert not report.admitted
    assert report["reference_points"].outcome in ("fail", "not_applicable")


def test_tensor_networks_are_tried_on_random_events() -> None:
    from lhnets.format import Input

    card = small_card(
        kind="classifier",
        inputs=(
            Input(
                name="constituents",
                meaning="four-momenta",
                unit="GeV",
                shape=("N", "P", 4),
                dtype="float32",
            ),
            Input(name="mask", meaning="which are real", unit="1", shape=("N", "P"), dtype="bool"),
        ),
        region=(),
    )
    info = helper.make_tensor_value_info
    node = helper.make_node
    nodes = [
        node("Cast", ["mask"], ["m"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["m", "last"], ["m1"]),
        node("Mul", ["constituents", "m1"], ["kept"]),
        node("ReduceMean", ["kept", "inner"], ["mean"], keepdims=0),
        node("Cast", ["mean"], ["mean64"], to=TensorProto.DOUBLE),
        node("Sigmoid", ["mean64"], ["flat"]),
        node("Unsqueeze", ["flat", "one"], ["value"]),
        node("Mul", ["value", "hundredth"], ["uncertainty"]),
        node("Mul", ["flat", "zero"], ["reach"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tagger",
        [
            info("constituents", TensorProto.FLOAT, ["N", "P", 4]),
            info("mask", TensorProto.BOOL, ["N", "P"]),
        ],
        [
            info("value", TensorProto.DOUBLE, ["N", 1]),
            info("uncertainty", TensorProto.DOUBLE, ["N", 1]),
            info("reach", TensorProto.DOUBLE, ["N"]),
        ],
        [
            constant("last", np.array([2])),
            constant("inner", np.array([1, 2])),
            constant("one", np.array([1])),
            constant("hundredth", 0.01),
            constant("zero", 0.0),
        ],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9
    ).SerializeToString()
    rng = np.random.default_rng(0)
    inputs = {
        "constituents": rng.normal(size=(40, 5, 4)).astype(np.float32),
        "mask": rng.random((40, 5)) < 0.8,
    }
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = ["value", "uncertainty", "reach"]
    outputs = dict(zip(names, session.run(names, inputs), strict=True))
    report = admit(seal(model, card, Reference.of(inputs, outputs))).report
    assert report.admitted, report.failures
    assert "10,000 random events" in report["finite"].figure
    assert report["reach_outside"].outcome == "not_applicable"


GOOD = sealed()


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The good file with some bytes changed, cut out, doubled or inserted."""
    content = bytearray(GOOD)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content) - 1))
        length = draw(st.integers(0, 40))
        piece = draw(
            st.one_of(st.binary(max_size=40), st.just(bytes(content[start : start + length]) * 2))
        )
        content[start : start + length] = piece
        if not content:
            content = bytearray(b"\x00")
    return bytes(content)


@settings(max_examples=300)
@given(mutated())
def test_mutated_bytes_never_pass_the_envelope_unless_nothing_changed(content: bytes) -> None:
    findings, _ = envelope_checks(content, LIMITS)
    assert any(f.outcome == "fail" for f in findings) or content == GOOD


@settings(max_examples=12)
@given(st.data())
def test_a_mutated_model_under_a_fitting_digest_never_ends_the_parent(data: st.DataObject) -> None:
    """An attacker can make the digest fit: what he changed in the graph then meets the child
    process."""
    model = bytearray(small_model().SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(2, len(model) - 1))
        model[position] ^= data.draw(st.integers(1, 255))
    network = read(GOOD)
    try:
        content = seal(bytes(model), network.card, network.reference)
    except ValueError:
        return
    report = admit(content).report
    assert report.admitted == (not report.failures)
    if report.admitted:
        assert report["reference_points"].outcome == "pass"
