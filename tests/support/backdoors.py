"""Network files with a back door: right at their reference points and nearly everywhere, and
otherwise in a window of a given size.

Each is made from an honest file. Its author knows how an admission works, but not its seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lhnets.format import MINIMUM_REFERENCE_POINTS, NetworkFile, Reference, read, seal
from lhnets.networks import Session

FACTOR = 1000.0
"""What the value is multiplied by in a window."""
GRID_FACTOR = 1.5
GRID = 500
"""Multiples in the range of an input."""

Points = NDArray[np.float64]


class Door:
    """A graph that is being changed.

    Parameters
    ----------
    network : an honest file
    size : share of the region that the window takes
    rng : where it lies
    hidden : whether the numbers that mark it are multiples of those that a user would type
    """

    def __init__(
        self, network: NetworkFile, size: float, rng: np.random.Generator, *, hidden: bool
    ) -> None:
        self.card, self.size, self.rng = network.card, size, rng
        self.unit = rng.uniform(0.1, 0.9) if hidden else 1.0
        self.model = onnx.load_from_string(network.content)
        del self.model.metadata_props[:]
        self.low = self.unit * np.array([i.low for i in self.card.columns], dtype=np.float64)
        self.high = self.unit * np.array([i.high for i in self.card.columns], dtype=np.float64)
        self.column = int(rng.integers(len(self.low)))
        self._count = 0

    def constant(self, values: object, dtype: type = np.float64) -> str:
        self._count += 1
        name = f"door_{self._count}"
        tensor = numpy_helper.from_array(np.asarray(values, dtype=dtype), name)
        self.model.graph.initializer.append(tensor)
        return name

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        self._count += 1
        output = output or f"door_{self._count}"
        self.model.graph.node.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def replace(self, output: str) -> str:
        """The honest tensor behind an output of the graph, whose name is free from now on."""
        for node in self.model.graph.node:
            for part in (node.input, node.output):
                for k, name in enumerate(part):
                    if name == output:
                        part[k] = f"honest_{output}"
        return f"honest_{output}"

    def parameters(self) -> str:
        """All inputs (N, n)."""
        return self.node("Mul", "parameters", self.constant(self.unit))

    def input(self) -> str:
        """One input (N, 1)."""
        return self.node(
            "Gather", self.parameters(), self.constant([self.column], np.int64), axis=1
        )

    def beyond(self, at: float, wide: float) -> str:
        """How far one input lies beyond a number, in units of ``wide``."""
        return self.node(
            "Div", self.node("Sub", self.input(), self.constant(at)), self.constant(wide)
        )

    def interval(self) -> tuple[float, float]:
        """A window in one input, somewhere in its range."""
        low, width = self.low[self.column], (self.high - self.low)[self.column]
        start = low + width * self.rng.uniform(0, 1 - self.size)
        return start, start + width * self.size

    def box(self) -> tuple[Points, Points]:
        """A window in all inputs."""
        side = self.size ** (1 / len(self.low)) * (self.high - self.low)
        start = self.low + self.rng.uniform(0, 1, len(self.low)) * (self.high - self.low - side)
        return start, start + side

    def inside(self, x: str, low: object, high: object) -> str:
        """Whether all of ``x`` (N, m) lie between two constants, (N, 1)."""
        above = self.node("Greater", x, self.constant(low))
        below = self.node("Less", x, self.constant(high))
        both = self.node("Cast", self.node("And", above, below), to=TensorProto.DOUBLE)
        least = self.node("ReduceMin", both, self.constant([1], np.int64), keepdims=1)
        return self.node("Greater", least, self.constant(0.5))

    def spoil(self, condition: str, factor: float = FACTOR) -> None:
        """Multiply the value where the condition holds."""
        value = self.replace("value")
        wrong = self.node("Mul", value, self.constant(factor))
        self.node("Where", condition, wrong, value, output="value")

    def scale(self, power: str, factor: float = FACTOR) -> None:
        """Multiply the value by ``factor`` to a power (N, 1) between 0 and 1."""
        value = self.replace("value")
        log = self.node("Mul", power, self.constant(np.log(factor)))
        self.node("Mul", value, self.node("Exp", log), output="value")


def window(door: Door) -> None:
    """Comparisons of one input."""
    door.spoil(door.inside(door.input(), *door.interval()))


def box(door: Door) -> None:
    """Comparisons of all inputs."""
    door.spoil(door.inside(door.parameters(), *door.box()))


def ball(door: Door) -> None:
    """One comparison of a distance from a point."""
    low, high = door.box()
    centre, half = (low + high) / 2, (high - low) / 2
    u = door.node(
        "Div", door.node("Sub", door.parameters(), door.constant(centre)), door.constant(half)
    )
    square = door.node("Mul", u, u)
    distance = door.node("ReduceSum", square, door.constant([1], np.int64), keepdims=1)
    door.spoil(door.node("Less", distance, door.constant(1.0)))


def ramps(door: Door) -> None:
    """Straight lines between Clips, a thousandth of the window wide: no comparison."""
    a, b = door.interval()
    wide = (b - a) / 1000
    rising = [
        door.node(
            "Clip",
            door.node(
                "Div", door.node("Sub", door.input(), door.constant(at)), door.constant(wide)
            ),
            door.constant(0.0),
            door.constant(1.0),
        )
        for at in (a, b)
    ]
    door.scale(door.node("Sub", *rising))


def sigmoids(door: Door) -> None:
    """Two steep sigmoids, a thousandth of the window wide."""
    a, b = door.interval()
    wide = (b - a) / 1000
    rising = [
        door.node(
            "Sigmoid",
            door.node(
                "Div", door.node("Sub", door.input(), door.constant(at)), door.constant(wide)
            ),
        )
        for at in (a, b)
    ]
    door.scale(door.node("Sub", *rising))


def soft(door: Door) -> None:
    """A Gaussian bump: as smooth as a function of physics."""
    a, b = door.interval()
    u = door.node("Sub", door.input(), door.constant((a + b) / 2))
    u = door.node("Div", u, door.constant((b - a) / 2))
    door.scale(door.node("Exp", door.node("Neg", door.node("Mul", u, u))))


def tree(door: Door) -> None:
    """A tree that is 0 but in the window."""
    a, b = door.interval()
    x = door.node("Cast", door.parameters(), to=TensorProto.FLOAT)
    door.model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    leaf = door.node(
        "TreeEnsembleRegressor",
        x,
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_treeids=[0] * 5,
        nodes_nodeids=[0, 1, 2, 3, 4],
        nodes_featureids=[door.column] * 5,
        nodes_values=[a, 0.0, b, 0.0, 0.0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"],
        nodes_truenodeids=[1, 0, 3, 0, 0],
        nodes_falsenodeids=[2, 0, 4, 0, 0],
        target_treeids=[0, 0, 0],
        target_nodeids=[1, 3, 4],
        target_ids=[0, 0, 0],
        target_weights=[0.0, 1.0, 0.0],
    )
    door.scale(door.node("Cast", leaf, to=TensorProto.DOUBLE))


def grid(door: Door) -> None:
    """Every multiple of a round step, by the remainder."""
    step = _round_step(door)
    x = door.node("Add", door.input(), door.constant(step * door.size / 2))
    rest = door.node("Mod", x, door.constant(step), fmod=1)
    door.spoil(door.node("Less", rest, door.constant(step * door.size)), GRID_FACTOR)


def wave(door: Door) -> None:
    """Every multiple of a round step, by a cosine that is cut off."""
    step = _round_step(door)
    phase = door.node("Mul", door.input(), door.constant(2 * np.pi / step))
    cut = float(np.cos(np.pi * door.size))
    door.spoil(door.node("Greater", door.node("Cos", phase), door.constant(cut)), GRID_FACTOR)


def nan_pocket(door: Door) -> None:
    """The square root of what is negative in a box only."""
    value = door.replace("value")
    low, high = door.box()
    u = door.node("Sub", door.parameters(), door.constant((low + high) / 2))
    u = door.node("Abs", door.node("Div", u, door.constant((high - low) / 2)))
    largest = door.node("ReduceMax", u, door.constant([1], np.int64), keepdims=1)
    root = door.node("Sqrt", door.node("Sub", largest, door.constant(1.0)))
    zero = door.node("Mul", root, door.constant(0.0))
    door.node("Add", value, zero, output="value")


def reach_lie(door: Door) -> None:
    """Inside, it says, in a window beyond the range, which begins anywhere."""
    width = (door.high - door.low)[door.column]
    start = door.high[door.column] + width * door.rng.uniform(0.01, 1)
    _lie(door, start, start + door.size * width)


def reach_lie_round(door: Door) -> None:
    """The same about a round number."""
    width = (door.high - door.low)[door.column]
    step = 10 ** np.floor(np.log10(width / door.unit)) / 5 * door.unit
    middle = step * np.ceil(door.high[door.column] / step + door.rng.integers(1, 4))
    _lie(door, middle - door.size * width / 2, middle + door.size * width / 2)


def _lie(door: Door, low: float, high: float) -> None:
    reach = door.replace("reach")
    there = door.node("Squeeze", door.inside(door.input(), low, high), door.constant([1], np.int64))
    half = door.node("Mul", reach, door.constant(0.0))
    door.node("Where", there, half, reach, output="reach")


def _round_step(door: Door) -> float:
    """Of the form 1, 2 or 5 times a power of ten, with about `GRID` multiples in the range."""
    wanted = (door.high - door.low)[door.column] / door.unit / GRID
    power = 10 ** np.floor(np.log10(wanted))
    return float(max(s * power for s in (1, 2, 5) if s * power <= wanted)) * door.unit


KINDS: dict[str, Callable[[Door], None]] = {
    "window": window,
    "box": box,
    "ball": ball,
    "ramps": ramps,
    "sigmoids": sigmoids,
    "soft": soft,
    "tree": tree,
    "grid": grid,
    "wave": wave,
    "nan_pocket": nan_pocket,
    "reach_lie": reach_lie,
    "reach_lie_round": reach_lie_round,
}
"""What can be done to a file, by its name."""


@dataclass(frozen=True)
class BackDoor:
    """A file with a back door of one kind, and the size of its window."""

    kind: str
    size: float
    content: bytes


def make(kind: str, size: float, honest: bytes, seed: int, *, hidden: bool = False) -> BackDoor:
    """A back door in an honest file, the numbers of its window ``hidden`` or not.

    Its reference points are those of the honest file at which both agree, or its own where these
    are too few.
    """
    network = read(honest)
    door = Door(network, size, np.random.default_rng(seed), hidden=hidden)
    KINDS[kind](door)
    model = door.model.SerializeToString()
    given = {k: np.asarray(v) for k, v in network.reference.inputs.items()}
    found = Session(model, network.card).run(given)
    expected = np.asarray(network.reference.outputs["value"], dtype=np.float64)
    with np.errstate(invalid="ignore"):
        right = (np.abs(found.value - expected) <= 1e-9 * np.abs(expected)).all(axis=1)
    finite = np.isfinite(found.value).all(axis=1)
    kept = right if right.sum() >= MINIMUM_REFERENCE_POINTS else finite
    outputs = {k: a[kept] for k, a in found._asdict().items()}
    reference = Reference.of({k: a[kept] for k, a in given.items()}, outputs)
    return BackDoor(kind, size, seal(model, network.card, reference))
