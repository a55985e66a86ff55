"""Evaluate a graph over an array namespace, node by node.

What depends on constants and shapes alone stays in numpy, so that shapes are known while jax traces
the numbers.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhnets._running.graph import DTYPES, Graph, Node
from lhnets._running.namespaces.numpy_arrays import NumpyArrays
from lhnets._running.operators import OPERATORS
from lhnets._running.operators.operator import Operator
from lhnets.errors import Error, NetworkFileError, ParameterError

FIRST_OPSET, LAST_OPSET = 13, 23


class NodeStep(NamedTuple):
    """A node with its operator."""

    node: Node
    operator: Operator
    attributes: Mapping[str, Any]


class Interpreter:
    """A graph, ready to be evaluated over a namespace.

    Parameters
    ----------
    graph : Graph
        What to evaluate.
    xp : namespace
        The arrays: `NumpyArrays`, `TorchArrays`, `JaxArrays` or `DualArrays`.

    Raises
    ------
    NetworkFileError
        If the graph has an operator, an attribute or an opset that the interpreter does not know.
    """

    def __init__(self, graph: Graph, xp: Any) -> None:
        _check_opset(graph)
        self.graph = graph
        self._xp = xp
        self._numpy = NumpyArrays()
        self._steps = [prepare_step(node) for node in graph.nodes]
        self._placed: dict[Any, dict[str, Any]] = {}

    def __call__(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs of the graph by name.

        Parameters
        ----------
        inputs
            An array of the namespace for each input of the graph, of its element type.
        """
        with self._xp.quiet():
            place = self._xp.place(next(iter(inputs.values())))
            values: dict[str, Any] = {**self.graph.constants, **inputs}
            for step in self._steps:
                self._evaluate(step, values, place)
            return {name: self._convert(name, values[name], place) for name in self.graph.outputs}

    def _evaluate(self, step: NodeStep, values: dict[str, Any], place: Any) -> None:
        node = step.node
        operands = [values[name] if name else None for name in node.inputs]
        if all(x is None or _is_numpy(x) for x in operands):
            xp: Any = self._numpy
        else:
            xp = self._xp
            operands = [
                _require_known(node, x)
                if k in step.operator.known
                else self._convert(name, x, place)
                for k, (name, x) in enumerate(zip(node.inputs, operands, strict=True))
            ]
        try:
            result = step.operator.compute(xp, *operands, **step.attributes)
        except Error:
            raise
        except (ValueError, TypeError, IndexError) as error:
            raise ParameterError(
                f"the operator {node.operator} that makes {node.outputs[0]!r} cannot be evaluated: "
                f"{error}"
            ) from error
        several = result if isinstance(result, tuple) else (result,)
        values.update({name: x for name, x in zip(node.outputs, several, strict=False) if name})

    def _convert(self, name: str, x: Any, place: Any) -> Any:
        """An array of the namespace; constants of the graph are converted once for each place."""
        if x is None or not _is_numpy(x):
            return x
        if name not in self.graph.constants:
            return self._xp.constant(x, place)
        placed = self._placed.setdefault(place, {})
        if name not in placed:
            placed[name] = self._xp.constant(x, place)
        return placed[name]


def _check_opset(graph: Graph) -> None:
    version = graph.opsets.get("", graph.opsets.get("ai.onnx", 0))
    if not FIRST_OPSET <= version <= LAST_OPSET:
        raise NetworkFileError(
            f"the interpreter knows the operators of opset {FIRST_OPSET} to {LAST_OPSET}, "
            f"and this graph is of opset {version}. Export it for opset 18"
        )


def prepare_step(node: Node) -> NodeStep:
    """A node with its operator, and its attributes as that takes them.

    Raises
    ------
    NetworkFileError
        If the operator or an attribute is not known.
    """
    operator = OPERATORS.get(node.operator) if not node.domain else None
    if operator is None:
        name = f"{node.domain}.{node.operator}" if node.domain else node.operator
        raise NetworkFileError(
            f"the interpreter does not have the operator {name}, so that this network has no "
            "function() and no jacobian(). Calling it and predict() work, by ONNX Runtime"
        )
    attributes = dict(node.attributes)
    if node.operator == "Split" and len(node.inputs) < 2:
        attributes.setdefault("num_outputs", len(node.outputs))
    if node.operator == "Cast" and attributes.get("to") in DTYPES:
        attributes["to"] = DTYPES[attributes["to"]]
    unknown = sorted(set(attributes) - set(inspect.signature(operator.compute).parameters))
    if unknown:
        raise NetworkFileError(
            f"the interpreter does not know the attribute {unknown[0]!r} of the operator "
            f"{node.operator}"
        )
    return NodeStep(node, operator, attributes)


def _require_known(node: Node, x: Any) -> NDArray[Any] | None:
    if x is None or _is_numpy(x):
        return x  # type: ignore[no-any-return]
    raise NetworkFileError(
        f"the operator {node.operator} takes a shape or an axis from the numbers of the input; "
        "the interpreter takes them from constants and shapes only"
    )


def _is_numpy(x: Any) -> bool:
    return isinstance(x, (np.ndarray, np.generic))
