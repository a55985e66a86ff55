"""What is refused before ONNX Runtime sees it: what ends the process, runs on, fills memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lhnets._fetching.mirror import BUNDLED
from lhnets._running import static
from lhnets._running.static import require_harmless
from lhnets._running.verify import verify
from lhnets.errors import NetworkFileError
from lhnets.format import Card, Reference, read, seal

pytest.importorskip("onnx")
from onnx import (
    ModelProto,
    NodeProto,
    TensorProto,
    helper,
    load_model_from_string,
    numpy_helper,
)


def model(*nodes: NodeProto, **constants: list[int]) -> ModelProto:
    """A graph of one input ``x`` and one output ``y``."""
    x, y = (helper.make_tensor_value_info(n, TensorProto.DOUBLE, ["N", 1]) for n in "xy")
    kept = [numpy_helper.from_array(np.array(v), name=k) for k, v in constants.items()]
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    graph = helper.make_graph(nodes, "g", [x], [y], initializer=kept)
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def nested_functions() -> ModelProto:
    made = model(helper.make_node("F1", ["x"], ["y"], domain="own"))
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    for k, inner in ((0, "Identity"), (1, "F0")):
        node = helper.make_node(inner, ["a"], ["b"], domain="own" if k else "")
        made.functions.append(helper.make_function("own", f"F{k}", ["a"], ["b"], [node], opsets))
    return made


def endless_loop() -> ModelProto:
    names = ("i", "go", "v")
    kinds = (TensorProto.INT64, TensorProto.BOOL, TensorProto.DOUBLE)
    given = [helper.make_tensor_value_info(n, k, []) for n, k in zip(names, kinds, strict=True)]
    nodes = [helper.make_node("Identity", [n], [f"{n}2"]) for n in ("go", "v")]
    back = [
        helper.make_tensor_value_info("go2", TensorProto.BOOL, []),
        helper.make_tensor_value_info("v2", TensorProto.DOUBLE, []),
    ]
    body = helper.make_graph(nodes, "body", given, back)
    return model(helper.make_node("Loop", ["", "", "x"], ["y"], body=body))


def tree(levels: int, leaf: int | None = None) -> ModelProto:
    """A tree that is as deep as it has branches; its last leaf leads back to ``leaf`` if given."""
    ids = list(range(2 * levels + 1))
    inner = [i % 2 == 0 and i < 2 * levels for i in ids]
    modes = ["BRANCH_LEQ" if b else "LEAF" for b in inner]
    after = [i + 2 if b else 0 for i, b in zip(ids, inner, strict=True)]
    if leaf is not None:
        modes[-1], after[-1] = "BRANCH_LEQ", leaf
    leaves = [i for i, mode in zip(ids, modes, strict=True) if mode == "LEAF"]
    node = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1,
        nodes_treeids=[0] * len(ids), nodes_nodeids=ids, nodes_featureids=[0] * len(ids),
        nodes_values=[0.5] * len(ids), nodes_modes=modes, nodes_truenodeids=after,
        nodes_falsenodeids=[i + 1 if b else 0 for i, b in zip(ids, inner, strict=True)],
        target_treeids=[0] * len(leaves), target_nodeids=leaves, target_ids=[0] * len(leaves),
        target_weights=[1.0] * len(leaves),
    )  # fmt: skip
    return model(node)


HARMFUL: dict[str, Callable[[], ModelProto]] = {
    "nested functions": nested_functions,
    "endless loop": endless_loop,
    "deep tree": lambda: tree(3000),
    "circle of a tree": lambda: tree(800, leaf=0),
    "unknown domain": lambda: model(
        helper.make_node("PyOp", ["x"], ["y"], domain="ai.onnx.contrib")
    ),
    "large constant": lambda: model(
        helper.make_node("ConstantOfShape", ["shape"], ["y"]), shape=[40_000, 40_000]
    ),
    "large range": lambda: model(
        helper.make_node("Range", ["a", "b", "c"], ["y"]), a=0, b=10**12, c=1
    ),
    "many nodes": lambda: model(
        *(helper.make_node("Neg", [f"t{k}" if k else "x"], [f"t{k + 1}"]) for k in range(20_001))
    ),
}


@pytest.mark.parametrize("make", HARMFUL.values(), ids=HARMFUL)
def test_a_harmful_graph_is_refused(make: Callable[[], ModelProto]) -> None:
    with pytest.raises(NetworkFileError):
        require_harmless(make().SerializeToString())


def test_what_comes_with_lhnets_is_harmless() -> None:
    for path in BUNDLED.rglob("blobs/sha256/*/*"):
        require_harmless(path.read_bytes())


def test_trees_of_some_levels_are_harmless() -> None:
    require_harmless(tree(static.DEEPEST_TREE - 1).SerializeToString())


@pytest.mark.parametrize("kind", ["nested functions", "endless loop"])
def test_a_file_of_a_stranger_is_run_only_if_it_is_harmless(
    kind: str, sealed_file: bytes, tmp_path: Path
) -> None:
    """`ml.load` by path, `Network.verify` and `lhnets verify`."""
    whole = read(sealed_file)
    card: Card = whole.card
    reference: Reference = whole.reference
    content = seal(HARMFUL[kind]().SerializeToString(), card, reference)
    found = verify(read(content))
    assert [f.figure for f in found.findings if not f.passed]
    assert "lhnets does not" in found.findings[-1].figure
    path = tmp_path / "file.onnx"
    path.write_bytes(content)
    code = (
        "import sys, lhnets as ml\n"
        "try: ml.load(sys.argv[1]).predict([[500.0, 13000.0, 1.0]])\n"
        "except ml.errors.NetworkFileError: sys.exit(3)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == 3


def test_a_graph_that_stands_twice_is_refused(sealed_file: bytes) -> None:
    twice = load_model_from_string(sealed_file).SerializeToString() * 2
    with pytest.raises(NetworkFileError):
        require_harmless(twice)
