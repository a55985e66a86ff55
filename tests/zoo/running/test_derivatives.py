"""Derivatives of every flat bundled network, against differences of ONNX Runtime's values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lhnets as ml
from lhnets import (
    CardError,
    NetworkFileError,
    OutsideRegionError,
    OutsideRegionWarning,
    ParameterError,
)
from lhnets._fetching.mirror import BUNDLED
from lhnets._running.namespaces.dual import Dual, DualArrays, _slopes
from lhnets._running.namespaces.dual_operands import DualOperand, DualOperandArrays
from lhnets._running.namespaces.jax_arrays import JaxArrays
from lhnets._running.namespaces.numpy_arrays import NumpyArrays
from lhnets._running.operators import OPERATORS
from lhnets.format import Index

INDEX = Index.from_json((BUNDLED / "index.json").read_bytes(), str(BUNDLED))
FLAT = sorted({e.name for e in INDEX.networks if not any(i.tensor for i in e.inputs)})

STEPS = (1e-3, 1e-5, 1e-4, 1.3e-3, 1.7e-3, 2e-3, 3e-3)
WEIGHTS = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
"""The central difference of sixth order."""


def difference(net, rows, column, step):
    shift = np.zeros(rows.shape[1])
    shift[column] = step
    values = {
        k: net.predict(rows + k * shift).value - net.predict(rows - k * shift).value
        for k in WEIGHTS
    }
    return sum(WEIGHTS[k] * v for k, v in values.items()) / step


@pytest.mark.parametrize("name", FLAT)
def test_derivatives_are_those_of_the_values(name):
    net = ml.load(name)
    rows = np.asarray(net.file.reference.inputs["parameters"])
    rows = rows[net.predict(rows).reach <= 1]
    exact = net.jacobian(rows)
    spread = np.ptp(net.predict(rows).value, axis=0)
    within = []
    for column, i in enumerate(net.card.columns):
        scale = (i.high - i.low) / np.where(spread > 0, spread, 1)
        found = [difference(net, rows, column, f * (i.high - i.low)) for f in STEPS]
        # What a difference misses, by a kink, a long step or the rounding of values, shows in its
        # change with the step.
        doubt = np.ptp(found, axis=0) * scale
        error = np.abs(exact[i.name] - found[0]) * scale
        assert np.isfinite(exact[i.name]).all()
        assert ((error <= 1e-6 + 3 * doubt) | np.isnan(doubt)).all(), (
            i.name,
            np.nanmax(error - 3 * doubt),
        )
        within.append((error <= 1e-6).mean())
    assert np.mean(within) > 0.7, within


def test_outputs_are_chosen_by_name():
    net = ml.load("cs-gluino-pair-decoupled-13tev")
    whole = net.jacobian({"m_go": [1500.0, 2000.0]})["m_go"]
    names = [o.name for o in net.card.outputs]
    some = net.jacobian({"m_go": [1500.0, 2000.0]}, outputs=[names[2], names[0]])["m_go"]
    np.testing.assert_array_equal(some, whole[:, [2, 0]])
    with pytest.raises(CardError, match="has no output 'absent'"):
        net.jacobian({"m_go": 2000.0}, outputs="absent")


def test_points_outside_are_refused():
    net = ml.load("cs-gluino-pair-decoupled-13tev")
    with pytest.raises(OutsideRegionError):
        net.jacobian({"m_go": 1e5})
    some = net.jacobian({"m_go": [2000.0, 1e5]}, outside="nan")["m_go"]
    assert np.isfinite(some[0]).all()
    assert np.isnan(some[1]).all()
    with pytest.warns(OutsideRegionWarning):
        net.jacobian({"m_go": 1e5}, outside="warn")


def test_event_networks_have_no_jacobian():
    with pytest.raises(ParameterError, match="jacobian\\(\\) is for networks of parameters"):
        ml.load("classifier-top-qcd").jacobian({"constituents": [np.ones((3, 4))]})


SMOOTH = """
    Sigmoid Softplus Softsign Mish Gelu Swish Tanh Exp Sin Cos Atan Asinh Erf Elu Selu LeakyRelu
    HardSigmoid Softmax LogSoftmax LayerNormalization ReduceProd ReduceL2 ReduceLogSumExp ReduceMax
    ReduceMin CumSum
""".split()  # noqa: SIM905 - a table of names reads best as text


@pytest.mark.parametrize("name", SMOOTH)
@given(row=st.lists(st.floats(-3, 3), min_size=4, max_size=4, unique=True))
def test_rules_agree_with_differences(name, row):
    x = np.array([row]) + 0.0123 * np.arange(4)
    more = {"LayerNormalization": (np.ones(4),), "CumSum": (np.array(1),)}.get(name, ())

    def compute(xp, values):
        found = OPERATORS[name].compute(xp, values, *more)
        return found[0] if isinstance(found, tuple) else found

    direction = np.array([[0.3, -0.2, 0.5, 0.1]])
    exact = compute(DualArrays(NumpyArrays()), Dual(x, direction[None])).tangent[0]
    f = [compute(NumpyArrays(), x + k * 1e-6 * direction) for k in (-1, 0, 1)]
    left, right = (f[1] - f[0]) / 1e-6, (f[2] - f[1]) / 1e-6
    # At most one side is off where a kink lies within the step.
    nearest = np.minimum(np.abs(exact - left), np.abs(exact - right))
    assert (nearest <= 2e-3 * (1 + np.abs(exact))).all()


@pytest.mark.parametrize(
    ("name", "inputs", "slope"),
    [
        ("Relu", (0.0,), 0.0),
        ("Abs", (0.0,), 1.0),
        ("Clip", (2.0, np.array(-1.0), np.array(2.0)), 1.0),
        ("Max", (1.0, np.array([1.0])), 1.0),
        ("Min", (1.0, np.array([1.0])), 1.0),
        ("Sigmoid", (0.0,), 0.25),
        ("Softplus", (0.0,), 0.5),
    ],
)
def test_at_kinks_the_derivative_is_that_of_the_stated_side(name, inputs, slope):
    point = Dual(np.array([inputs[0]]), np.ones((1, 1)))
    found = OPERATORS[name].compute(DualArrays(NumpyArrays()), point, *inputs[1:])
    assert found.tangent.tolist() == [[slope]]


def limit_quotient(xp, x):
    """1 / x, at most 1: for x near 0 a constant, of which the quotient's derivative overflows."""
    return xp.minimum(xp.divide(np.array(1.0), x), np.array(1.0))


@pytest.mark.parametrize("x", [0.0, 1e-300, 0.5, 2.0])
def test_the_derivative_of_what_is_not_chosen_does_not_count(x):
    slope = -0.25 if x == 2 else 0.0
    xp = DualArrays(NumpyArrays())
    with xp.quiet():
        found = limit_quotient(xp, Dual(np.array([x]), np.ones((1, 1))))
        still = xp.divide(np.array(0.0), Dual(np.array([0.0]), np.zeros((1, 1))))
    assert found.tangent.tolist() == [[slope]]
    joined = xp.concat([still, np.ones(1)], 0)
    assert np.isnan(joined.tangent[0]).tolist() == [True, False]


@pytest.mark.parametrize("x", [-1.0, 0.0, 0.5, 2.0])
@pytest.mark.parametrize("mode", ["grad", "jacfwd"])
def test_in_jax_the_derivative_of_what_is_not_chosen_does_not_count(mode, x):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    def limit_from_both_sides(x):
        xp = JaxArrays()
        return limit_quotient(xp, xp.maximum(x, np.array(1e-300)))

    assert getattr(jax, mode)(limit_from_both_sides)(x) == (-0.25 if x == 2 else 0.0)
    larger = JaxArrays().maximum(np.array([np.nan, 1.0, 1.0]), np.array([1.0, np.nan, 2.0]))
    np.testing.assert_array_equal(larger, [np.nan, np.nan, 2.0])


def test_a_function_without_a_derivative_rule_is_refused_by_name():
    x = Dual(np.ones(3), np.ones((1, 3)))
    with pytest.raises(NetworkFileError, match="cannot be differentiated: arange of"):
        DualArrays(NumpyArrays()).arange(x)


def test_a_prediction_gives_its_gradient_in_its_own_shape():
    net = ml.load("cs-gluino-pair-nnll-13tev")
    one = net({"m_go": 1500.0, "m_sq": 2000.0})
    exact = net.jacobian({"m_go": 1500.0, "m_sq": 2000.0}, outputs=one.output.name)
    assert one.gradient == {name: slopes[0, 0] for name, slopes in exact.items()}
    several = net({"m_go": np.array([[1500.0], [1600.0]]), "m_sq": np.array([2000.0, 2100.0])})
    assert several.gradient["m_sq"].shape == (2, 2)
    assert several.gradient["m_go"][0, 0] == pytest.approx(one.gradient["m_go"], rel=1e-9)
    assert several[0, 0].gradient["m_go"] == pytest.approx(one.gradient["m_go"], rel=1e-9)
    beyond = net({"m_go": [1500.0, 1e5], "m_sq": 2000.0}, outside="nan").gradient["m_go"]
    assert np.isnan(beyond).tolist() == [False, True]


def test_what_follows_from_a_likelihood_has_no_gradient_of_its_own():
    found = ml.Likelihood("atlas-susy-2018-04", {"SRlow": 1.0, "SRhigh": 9.0})
    step = 1e-3
    up, down = (
        ml.Likelihood("atlas-susy-2018-04", {"SRlow": 1.0, "SRhigh": 9.0 + k * step}).value
        for k in (1, -1)
    )
    assert found.gradient["SRhigh"] == pytest.approx((up - down) / (2 * step), rel=1e-4)
    with pytest.raises(ParameterError, match=r"CLs of .* has no gradient"):
        _ = found.cls().gradient


def test_gradients_go_through_compositions():
    def signal(mass, asked=13.0):
        cs = ml.CS("p p > go go", {"m_go": mass, "m_sq": 3000.0}, energy="13 TeV", order="LO")
        return ml.Likelihood("atlas-susy-2018-04", {"SRlow": 2e4 * cs * asked, "SRhigh": 9.0})

    found, step = signal(2000.0), 0.5
    cs = ml.CS("p p > go go", {"m_go": 2000.0, "m_sq": 3000.0}, energy="13 TeV", order="LO")
    assert (cs * cs).gradient["m_go"] == pytest.approx(2 * cs.value * cs.gradient["m_go"])
    difference = (signal(2000.0 + step).value - signal(2000.0 - step).value) / (2 * step)
    assert found.gradient["m_go"] == pytest.approx(difference, rel=1e-3)
    assert set(found.gradient) == {"SRhigh", *cs.gradient}
    other = ml.CS("p p > go go", {"m_go": 1500.0, "m_sq": 3000.0}, energy="13 TeV", order="LO")
    assert set((cs / other).gradient) == set(cs.gradient) - {"m_go"}


SECOND = (
    "br-gluino",
    "cs-chargino-pair-lo",
    "efficiency-llp-higgs-tracker",
    "likelihood-atlas-susy-2018-31-c",
    "loop-c0",
    "width-higgs-sm",
)


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives_are_those_of_the_first(name):
    net = ml.load(name)
    rows = net.prior().draw(20, seed=1)
    width = np.array([i.high - i.low for i in net.card.columns])
    scale = width[:, None, None] / np.ptp(net.predict(rows).value, axis=0)
    exact = net.differentiate_twice(rows)
    for column in range(len(width)):
        shift = 1e-4 * width[column] * np.eye(len(width))[column]
        found = sum(
            w * (net.differentiate(rows + k * shift) - net.differentiate(rows - k * shift))
            for k, w in WEIGHTS.items()
        ) / (1e-4)
        np.testing.assert_allclose(exact[column] * width[column] * scale, found * scale, atol=1e-7)
    np.testing.assert_allclose(exact * scale, exact.swapaxes(0, 1) * scale, atol=1e-10)


@pytest.mark.parametrize("name", sorted(set(_slopes(NumpyArrays())) - {"erf", "negative"}))
def test_rules_differentiated_twice_agree_with_complex_steps(name):
    """The slope of each function, at a complex argument, has its own slope as imaginary part."""
    x = np.array([1.3, 1.8]) if name == "acosh" else np.array([0.2, 0.7])
    xp, one = DualArrays(DualOperandArrays()), np.ones((1, 2))
    found = getattr(xp, name)(Dual(DualOperand(x, one), one)).tangent
    z = x + 1e-30j
    step = _slopes(np)[name](z, getattr(np, name)(z)).imag / 1e-30
    second = found.tangent[0, 0] if isinstance(found, Dual) else np.zeros(2)
    np.testing.assert_allclose(second, step, rtol=1e-12)


def test_second_derivatives_are_given_by_name_for_some_outputs():
    net = ml.load("cs-gluino-pair-nnll-13tev")
    found = net.hessian({"m_go": [1500.0, 1800.0], "m_sq": 2000.0}, outputs="nnll")
    assert found["m_go"]["m_sq"].shape == (2, 1)
    np.testing.assert_allclose(found["m_go"]["m_sq"], found["m_sq"]["m_go"], rtol=1e-6)
    far = net.hessian({"m_go": [1500.0, 1e5], "m_sq": 2000.0}, outside="nan")
    assert np.isnan(far["m_go"]["m_go"][1]).all()
    assert np.isfinite(far["m_go"]["m_go"][0]).all()
