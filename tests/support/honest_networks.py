"""Network files that hide nothing: functions of many shapes, smooth, kinked, with thresholds,
in steps, and bundled networks with other weights."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import onnx
import onnxruntime
from msgspec.structs import replace
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lhnets.format import Card, Input, NetworkFile, Output, Reference, read, seal

ROWS = 64
"""Reference points of a file."""
_PERTURBED = (1e-2, 1e-4, 1e-7, 0.0)
"""Relative, of a weight: kernels of Gaussian processes bear little."""
_TRIED = 20_000
_NARROWEST = 1e-3
"""The smallest uncertainty over the usual one: weights of another seed leave no point without."""
_OUTPUTS = ("value", "uncertainty", "reach")

Points = NDArray[np.float64]


class Made:
    """A graph of a function of ``columns`` inputs between -1 and 1, (N, columns), on the way from
    and to physical units."""

    def __init__(self, columns: int, rng: np.random.Generator) -> None:
        self.columns, self.rng = columns, rng
        self.low = rng.uniform(1, 500, columns).round(1)
        self.high = (self.low * rng.uniform(2, 20, columns)).round(1)
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[TensorProto] = []
        centred = self.node("Sub", "parameters", self.constant((self.low + self.high) / 2))
        self.u = self.node("Div", centred, self.constant((self.high - self.low) / 2))

    def constant(self, values: object, dtype: type = np.float64) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"t{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def affine(self, x: str, weights: Points, bias: Points) -> str:
        return self.node("Gemm", x, self.constant(weights), self.constant(bias))

    def layers(self, activation: str, width: int, depth: int) -> str:
        """A network with random weights, (N, 1)."""
        x, sizes = self.u, [self.columns, *[width] * depth, 1]
        for k, (a, b) in enumerate(pairwise(sizes)):
            weights = self.rng.normal(size=(a, b)) * np.sqrt(1.5 / a)
            x = self.affine(x, weights, self.rng.normal(size=b) * 0.5)
            x = self.node(activation, x) if k < depth else x
        return x

    def distance(self) -> str:
        """That from a plane through the region, (N, 1)."""
        normal = self.rng.normal(size=(self.columns, 1))
        return self.affine(self.u, normal, self.rng.uniform(-0.4, 0.4, 1))

    def scaled(self, x: str, by: float) -> str:
        return self.node("Mul", x, self.constant(by))

    def finish(self, y: str, scale: str, uncertainty: float, card: Card) -> bytes:
        """A sealed file of ``exp(y)`` or ``y`` with a constant uncertainty on that scale."""
        if scale == "log":
            self.node("Exp", y, output="value")
            self.node("Mul", "value", self.constant(uncertainty), output="uncertainty")
        else:
            self.node("Identity", y, output="value")
            flat = self.node("Mul", y, self.constant(0.0))
            self.node("Add", flat, self.constant(uncertainty), output="uncertainty")
        size = self.node("Abs", self.u)
        self.node("ReduceMax", size, self.constant([1], np.int64), output="reach", keepdims=0)
        info = helper.make_tensor_value_info
        graph = helper.make_graph(
            self._nodes,
            "network",
            [info("parameters", TensorProto.DOUBLE, ["N", self.columns])],
            [
                info("value", TensorProto.DOUBLE, ["N", 1]),
                info("uncertainty", TensorProto.DOUBLE, ["N", 1]),
                info("reach", TensorProto.DOUBLE, ["N"]),
            ],
            self._constants,
        )
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
        inputs = tuple(
            Input(name=f"x_{k}", meaning="an input", unit="GeV", low=float(a), high=float(b))
            for k, (a, b) in enumerate(zip(self.low, self.high, strict=True))
        )
        output = Output(name="y", meaning="a value", unit="1", scale=scale)  # type: ignore[arg-type]
        calibration = replace(
            card.calibration,
            factors={"y": next(iter(card.calibration.factors.values()))},
        )
        own = replace(
            card, inputs=inputs, outputs=(output,), default_output="y", calibration=calibration
        )
        x = self.rng.uniform(self.low, self.high, (ROWS, self.columns))
        return seal(model, own, run(model, {"parameters": x}))


def smooth(made: Made) -> str:
    """A network of tanh."""
    return made.layers("Tanh", int(made.rng.integers(8, 33)), int(made.rng.integers(1, 4)))


def kinked(made: Made) -> str:
    """A network of ReLU: a kink at every unit."""
    return made.layers("Relu", int(made.rng.integers(16, 65)), int(made.rng.integers(1, 4)))


def polynomial(made: Made) -> str:
    """A polynomial of degree 2 to 5 in each of some linear forms."""
    terms = int(made.rng.integers(2, 5))
    z = made.affine(made.u, made.rng.normal(size=(made.columns, terms)), np.zeros(terms))
    x = z
    for _ in range(int(made.rng.integers(1, 5))):
        x = made.node("Add", made.node("Mul", x, z), made.constant(made.rng.normal(size=terms)))
    return made.affine(x, made.rng.normal(size=(terms, 1)) / 3, np.zeros(1))


def spline(made: Made) -> str:
    """A cubic spline in each input, by cubes of max(0, u - knot)."""
    knots = np.linspace(-1, 1, int(made.rng.integers(5, 21)))[1:-1]
    each = len(knots)
    weights = np.repeat(np.eye(made.columns), each, axis=1)
    beyond = made.node("Relu", made.affine(made.u, weights, np.tile(-knots, made.columns)))
    cubes = made.node("Mul", made.node("Mul", beyond, beyond), beyond)
    total = made.affine(cubes, made.rng.normal(size=(each * made.columns, 1)), np.zeros(1))
    return made.node("Add", total, made.layers("Tanh", 4, 1))


def threshold(made: Made) -> str:
    """Two phase spaces that open, as a square root and as its cube."""
    x = made.layers("Tanh", 8, 1)
    for power in (0.5, 1.5):
        opened = made.node("Pow", made.node("Relu", made.distance()), made.constant(power))
        x = made.node("Add", x, made.scaled(opened, float(made.rng.normal())))
    return x


def larger(made: Made) -> str:
    """The larger of two functions, and one that is clamped."""
    x = made.node("Max", made.layers("Tanh", 8, 1), made.layers("Tanh", 8, 1))
    clamped = made.node("Clip", made.distance(), made.constant(-0.3), made.constant(0.2))
    return made.node("Add", x, clamped)


def resonance(made: Made) -> str:
    """A peak, a few hundredths of the region wide."""
    u = made.scaled(made.distance(), float(made.rng.uniform(10, 50)))
    below = made.node("Add", made.node("Mul", u, u), made.constant(1.0))
    return made.node("Add", made.node("Reciprocal", below), made.layers("Tanh", 8, 1))


def trees(made: Made) -> str:
    """Boosted trees: a sum of small steps."""
    count = 200
    features = made.rng.integers(made.columns, size=count)
    splits = made.rng.uniform(-1, 1, count)
    signs = made.rng.normal(size=made.columns)[features]
    steps = signs * made.rng.uniform(0.5, 1.5, count) / 50
    ids = [k for k in range(count) for _ in range(3)]
    summed = made.node(
        "TreeEnsembleRegressor",
        made.node("Cast", made.u, to=TensorProto.FLOAT),
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_treeids=ids,
        nodes_nodeids=[0, 1, 2] * count,
        nodes_featureids=[int(f) if n == 0 else 0 for f in features for n in range(3)],
        nodes_values=[float(s) if n == 0 else 0.0 for s in splits for n in range(3)],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"] * count,
        nodes_truenodeids=[1, 0, 0] * count,
        nodes_falsenodeids=[2, 0, 0] * count,
        target_treeids=[k for k in range(count) for _ in range(2)],
        target_nodeids=[1, 2] * count,
        target_ids=[0] * (2 * count),
        target_weights=[float(w) for s in steps for w in (-s / 2, s / 2)],
    )
    return made.node("Cast", summed, to=TensorProto.DOUBLE)


SHAPES = (smooth, kinked, polynomial, spline, threshold, larger, resonance, trees)
_UNCERTAINTY = {trees: 0.03}


def functions(count: int, base: NetworkFile, seed: int) -> Iterator[tuple[str, bytes]]:
    """``count`` files of all `SHAPES`, with cards like that of ``base``."""
    plain = replace(base.card, region=(), assumptions=(), variations=(), physics_uncertainty=())
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        shape = SHAPES[number % len(SHAPES)]
        made = Made(int(rng.integers(1, 6)), rng)
        scale = "log" if rng.random() < 0.5 and shape is not polynomial else "linear"
        uncertainty = _UNCERTAINTY.get(shape, 10 ** rng.uniform(-6, -1.5))
        yield shape.__name__, made.finish(shape(made), scale, uncertainty, plain)


def retrained(content: bytes, seed: int) -> bytes:
    """The file with other weights on the way to its values, as another seed would make them."""
    network = read(content)
    inputs = dict(network.reference.inputs)
    for size in _PERTURBED:
        model = _perturb(network.content, size, np.random.default_rng(seed))
        if _is_sound(model, network):
            break
    return seal(model, network.card, run(model, inputs))


def _is_sound(model: bytes, network: NetworkFile) -> bool:
    """Whether values are finite, and none vanishes, at random points of the ranges."""
    columns, rng = network.card.columns, np.random.default_rng(7)
    low, high = np.array([[i.low for i in columns], [i.high for i in columns]], dtype=np.float64)
    share = rng.random((_TRIED, len(columns)))
    share[::2] = np.round(share[::2], 2)  # tables have their rows at such points
    x = low + share * (high - low)
    x[1::4] = np.clip(np.round(x[1::4], -1), low, high)
    outputs = run(model, {"parameters": x}).outputs
    inside = outputs["reach"] <= 1
    value, uncertainty = outputs["value"][inside], outputs["uncertainty"][inside]
    wide = (uncertainty > _NARROWEST * np.median(uncertainty, axis=0)).all()
    return bool(np.isfinite(value).all() and (np.abs(value) > 0).all() and wide)


def _perturb(content: bytes, size: float, rng: np.random.Generator) -> bytes:
    model = onnx.load_from_string(content)
    del model.metadata_props[:]
    weights = _find_weights(model.graph)
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            array = numpy_helper.to_array(tensor)
            changed = array * (1 + size * rng.normal(size=array.shape))
            tensor.CopyFrom(numpy_helper.from_array(changed.astype(array.dtype), tensor.name))
    return bytes(model.SerializeToString())


def _find_weights(graph: onnx.GraphProto) -> set[str]:
    """Matrices that values depend on and the reach does not."""
    behind: dict[str, set[str]] = {name: {name} for name in _OUTPUTS}
    for reached in behind.values():
        for node in reversed(graph.node):
            if reached.intersection(node.output):
                reached.update(node.input)
    shapes = {t.name: tuple(t.dims) for t in graph.initializer}
    matrices = {n for n, s in shapes.items() if len(s) == 2 and min(s) > 5}
    return (behind["value"] & matrices) - behind["reach"]


def run(model: bytes, inputs: dict[str, Any]) -> Reference:
    """Reference points: what a model gives."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # trees are summed in single precision, in the same order
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return Reference.of(inputs, dict(zip(_OUTPUTS, session.run(_OUTPUTS, inputs), strict=True)))
