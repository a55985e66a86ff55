"""Every bundled network as a function of numpy, torch and jax, against ONNX Runtime."""

import functools
import sys

import numpy as np
import pytest

import lhnets as ml
from lhnets import MissingExtraError, NetworkFileError, ParameterError
from lhnets._fetching.mirror import BUNDLED
from lhnets._running.graph import read_graph
from lhnets._running.interpret import Interpreter
from lhnets._running.namespaces.numpy_arrays import NumpyArrays
from lhnets.format import Index

ENTRIES = Index.from_json((BUNDLED / "index.json").read_bytes(), str(BUNDLED)).networks
FLAT = sorted({e.name for e in ENTRIES if not any(i.tensor for i in e.inputs)})


@pytest.fixture(params=["numpy", "torch", "jax"])
def namespace(request):
    pytest.importorskip(request.param)
    if request.param == "jax":
        sys.modules["jax"].config.update("jax_enable_x64", True)
    return request.param


def reference_inputs(net):
    dtypes = {i.name: i.dtype for i in net.card.tensors}
    return {
        k: np.asarray(v, dtypes.get(k, "float64")) for k, v in net.file.reference.inputs.items()
    }


@functools.cache
def measure_rounding(name):
    """By output: what the numbers move if each constant of the graph moves by its last digit, up or
    down at random. Sums taken in two orders differ by as much, so twice this is allowed. A point
    that this moves out of the domain of a function (NaN) tells nothing."""
    net = ml.load(name)
    graph, inputs = read_graph(net.path.read_bytes()), reference_inputs(net)
    plain = Interpreter(graph, NumpyArrays())(inputs)
    moved = [Interpreter(move_last_digits(graph, seed), NumpyArrays())(inputs) for seed in range(4)]
    return {k: np.fmax.reduce([np.abs(m[k] - v) for m in moved]) for k, v in plain.items()}


def move_last_digits(graph, seed):
    signs = np.random.default_rng(seed).choice
    constants = {
        name: array * (1 + np.finfo(array.dtype).eps * signs([-1, 1], array.shape))
        if array.dtype.kind == "f"
        else array
        for name, array in graph.constants.items()
    }
    typed = {name: array.astype(graph.constants[name].dtype) for name, array in constants.items()}
    return graph._replace(constants=typed)


@pytest.mark.parametrize("name", FLAT)
def test_flat_networks_agree_with_onnx_runtime(name, namespace):
    net = ml.load(name)
    rows = reference_inputs(net)["parameters"]
    want = net.predict(rows)
    found = net.function(namespace)(rows)
    rounding = {
        k: np.fmax.reduce(moved / want.uncertainty, axis=0)
        for k, moved in measure_rounding(name).items()
        if k != "reach"
    }
    allowed = 2 * rounding["value"] * want.uncertainty + 1e-12 * np.abs(want.value)
    assert (np.abs(np.asarray(found.value) - want.value) <= allowed).all()
    np.testing.assert_allclose(np.asarray(found.reach), want.reach, rtol=1e-12, atol=1e-15)
    change = np.abs(np.asarray(found.uncertainty) / want.uncertainty - 1)
    assert (change <= np.maximum(1e-6, 2 * rounding["uncertainty"])).all()
    assert [np.asarray(a).dtype for a in found] == [np.float64] * 3


def test_the_tagger_agrees_in_single_precision(namespace):
    net = ml.load("classifier-top-qcd")
    inputs = reference_inputs(net)
    rounding = measure_rounding("classifier-top-qcd")
    answers = zip(net.function(namespace)(inputs), net.predict(inputs), rounding, strict=True)
    for found, want, name in answers:
        allowed = 2 * rounding[name].max()
        np.testing.assert_allclose(np.asarray(found), want, rtol=0, atol=allowed)


def test_torch_differentiates_the_function():
    torch = pytest.importorskip("torch")
    net = ml.load("cs-gluino-pair-decoupled-13tev")
    points = torch.tensor([[1500.0], [2000.0]], dtype=torch.float64, requires_grad=True)
    net.function("torch")(points).value[:, 0].sum().backward()
    exact = net.jacobian(points.detach().numpy())["m_go"][:, 0]
    np.testing.assert_allclose(points.grad[:, 0].numpy(), exact, rtol=1e-9)


def test_jax_differentiates_the_function():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    # Its graph finds nuisance parameters by steps whose quotients overflow where they are not used.
    net = ml.load("likelihood-atlas-susy-2018-31-c")
    rows = reference_inputs(net)["parameters"][:8]
    evaluate = net.function("jax")
    slopes = jax.grad(lambda points: evaluate(points).value[:, 0].sum())(rows)
    exact = np.stack([of_input[:, 0] for of_input in net.jacobian(rows).values()], axis=1)
    np.testing.assert_allclose(slopes, exact, rtol=1e-9, atol=1e-12)


def test_what_is_not_an_array_of_the_network_is_refused():
    evaluate = ml.load("cs-gluino-pair-decoupled-13tev").function()
    with pytest.raises(ParameterError, match=r"shape \(N, 1\); got \(2, 3\)"):
        evaluate(np.zeros((2, 3)))
    with pytest.raises(ParameterError, match="takes parameters; got m_go"):
        evaluate({"m_go": np.zeros(3)})


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(MissingExtraError, match="pip install jax"):
        ml.load("cs-gluino-pair-decoupled-13tev").function("jax")
    with pytest.raises(ParameterError, match="'numpy', 'jax' or 'torch', got 'cupy'"):
        ml.load("cs-gluino-pair-decoupled-13tev").function("cupy")


def test_an_unknown_operator_is_named():
    from lhnets._running.graph import Graph, Node
    from lhnets._running.interpret import Interpreter
    from lhnets._running.namespaces.numpy_arrays import NumpyArrays

    node = Node("LSTM", "", ("x",), ("y",), {})
    with pytest.raises(NetworkFileError, match="does not have the operator LSTM"):
        Interpreter(Graph((node,), {}, (), ("y",), {"": 18}), NumpyArrays())
