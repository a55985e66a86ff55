"""A network as a pure function of arrays of numpy, jax or torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from lhnets._running.graph import Graph, GraphInput, read_graph
from lhnets._running.interpret import Interpreter
from lhnets._running.namespaces import NamespaceName, load_namespace
from lhnets.errors import ParameterError


class Evaluation(NamedTuple):
    """What a network gives for N points, as arrays of the library that was asked for."""

    value: Any
    """Shape (N, k), in the units of the outputs."""
    uncertainty: Any
    """Shape (N, k), one standard deviation."""
    reach: Any
    """Shape (N,): at most 1 inside the region of the training, above 1 outside."""


NetworkFunction: TypeAlias = Callable[[Any], Evaluation]


def make_function(content: bytes, columns: int, namespace: NamespaceName) -> NetworkFunction:
    """A pure function that evaluates a network file.

    Parameters
    ----------
    content : bytes
        The network file.
    columns : int
        Number of parameters of a flat network.
    namespace
        The library of the arrays.

    Returns
    -------
    callable
        Takes an array of shape (N, n), or the named inputs of an event network, and gives an
        `Evaluation`.
    """
    xp = load_namespace(namespace)
    graph = read_graph(content)
    interpret = Interpreter(graph, xp)

    def evaluate(array: Any) -> Evaluation:
        given = array if isinstance(array, Mapping) else {graph.inputs[0].name: array}
        inputs = _prepare_inputs(xp, graph, given, columns)
        found = interpret(inputs)
        return Evaluation(found["value"], found["uncertainty"], found["reach"])

    return evaluate


def _prepare_inputs(
    xp: Any, graph: Graph, given: Mapping[str, Any], columns: int
) -> dict[str, Any]:
    wanted = {i.name for i in graph.inputs}
    if set(given) != wanted:
        raise ParameterError(
            f"the network takes {', '.join(sorted(wanted))}; got {', '.join(sorted(given))}"
        )
    return {i.name: _prepare_input(xp, i, given[i.name], columns) for i in graph.inputs}


def _prepare_input(xp: Any, wanted: GraphInput, array: Any, columns: int) -> Any:
    x = xp.astype(xp.asarray(array), wanted.dtype)
    shape = tuple(x.shape)
    if wanted.name == "parameters" and (len(shape) != 2 or shape[1] != columns):
        raise ParameterError(f"the network takes an array of shape (N, {columns}); got {shape}")
    if wanted.rank is not None and len(shape) != wanted.rank:
        raise ParameterError(f"{wanted.name} must have {wanted.rank} axes; got the shape {shape}")
    return x
