"""What is written as C against the same functions of numpy, in one compiled file."""

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

from lhnets._running.namespaces.numpy_arrays import NumpyArrays
from lhnets._running.native.arrays import TracedArrays
from lhnets._running.native.constants import Constants
from lhnets._running.native.loops import Body
from lhnets._running.native.program import simplify
from lhnets._running.native.source import fill
from lhnets.errors import NetworkFileError

W = np.random.default_rng(1).normal(size=(6, 5))
T = np.arange(6.0) - 2.5
FLOAT, INT = np.dtype("f8"), np.dtype("i8")

CASES = {
    "elementwise": lambda xp, x: xp.add(xp.multiply(xp.tanh(x), T), xp.exp(xp.negative(x))),
    "scalars": lambda xp, x: xp.divide(xp.multiply(x, 3), xp.add(xp.multiply(x, x), 2)),
    "choice": lambda xp, x: xp.where(xp.less(x, 0), xp.multiply(x, 0.1), xp.sqrt(xp.abs(x))),
    "larger": lambda xp, x: xp.maximum(xp.minimum(x, 0.5), -0.25),
    "logic": lambda xp, x: xp.astype(
        xp.logical_xor(xp.greater(x, 0), xp.logical_not(xp.less_equal(x, T))), FLOAT
    ),
    "signs": lambda xp, x: xp.add(xp.sign(x), xp.multiply(xp.round(xp.multiply(x, 3)), 10)),
    "powers": lambda xp, x: xp.power(xp.abs(x), xp.reciprocal(xp.add(xp.abs(x), 1))),
    "product": lambda xp, x: xp.matmul(x, W),
    "narrow product": lambda xp, x: xp.matmul(x, W[:, :1]),
    "product of inputs": lambda xp, x: xp.matmul(
        xp.reshape(x, (1, 2, 3)), xp.permute_dims(xp.reshape(x, (1, 2, 3)), (0, 2, 1))
    ),
    "transposed": lambda xp, x: xp.permute_dims(xp.reshape(xp.multiply(x, x), (2, 3)), (1, 0)),
    "reversed": lambda xp, x: xp.add(xp.take(x, np.array([5, 3, 3, 0]), axis=1), 1),
    "sliced": lambda xp, x: xp.subtract(x[:, 1:6:2], x[:, 0:3]),
    "broadcast": lambda xp, x: xp.add(xp.reshape(x, (1, 6, 1)), xp.reshape(x, (1, 1, 6))),
    "repeated": lambda xp, x: xp.broadcast_to(xp.exp(x[:, :1]), (1, 4)),
    "joined": lambda xp, x: xp.concat([xp.exp(x), np.ones((1, 2)), x[:, 2:3]], axis=1),
    "sum": lambda xp, x: xp.sum(xp.reshape(xp.cos(x), (1, 2, 3)), axis=(2,), keepdims=False),
    "sum of all": lambda xp, x: xp.sum(xp.reshape(x, (1, 2, 3)), axis=(1, 2), keepdims=True),
    "largest": lambda xp, x: xp.max(x, axis=(1,), keepdims=True),
    "index of the largest": lambda xp, x: xp.astype(xp.argmax(x, axis=1), FLOAT),
    "index of the smallest": lambda xp, x: xp.astype(xp.argmin(x, axis=1), FLOAT),
    "picked": lambda xp, x: xp.take_along_axis(
        xp.multiply(x, 2), xp.expand_dims(xp.argmax(x, axis=1), axis=1), 1
    ),
    "running sum": lambda xp, x: xp.cumulative_sum(x, axis=1),
    "rounded": lambda xp, x: xp.astype(xp.astype(xp.multiply(x, 5), np.float32), FLOAT),
    "whole numbers": lambda xp, x: xp.astype(
        xp.add(xp.abs(xp.astype(xp.multiply(x, 9), INT)), 3), FLOAT
    ),
    "used twice": lambda xp, x: (lambda y: xp.add(xp.matmul(y, W), xp.matmul(y, W * 2)))(xp.sin(x)),
    "constant": lambda xp, x: xp.zeros_like(x),
    "infinite": lambda xp, x: xp.where(xp.isinf(xp.divide(1, xp.subtract(x, x))), x, T),
}


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


FUNCTIONS = {
    "exp": [-1e9, -745.2, -708.4, -1e-300, 0.0, -0.0, 0.3465, 0.3467, 709.7, 709.8, 1e9],
    "log": [5e-324, 1e-310, 2.3e-308, 0.7071, 1.0, 1.4143, 1e308, 0.0, -1.0],
    "tanh": [-1e9, -22.1, -0.1733, -1e-300, 0.0, -0.0, 1e-9, 0.1733, 0.5, 21.9, 1e9],
}


def write_case(k, function, constants):
    arrays = TracedArrays()
    output = arrays.output("y", function(arrays, arrays.input("x", FLOAT, (1, 6))), FLOAT)
    statements = simplify(arrays.statements, [output])
    for lanes, last in ((1, ""), (4, "[4]")):
        yield f"void f{k}_{lanes}(const double (*x){last}, double (*y){last}) {{".replace(
            "(*x)", "(*x)" if last else "*x"
        ).replace("(*y)", "(*y)" if last else "*y")
        yield from Body(lanes, constants).write(statements)
        yield "}"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    folder, constants = tmp_path_factory.mktemp("cases"), Constants()
    bodies = [
        line
        for k, function in enumerate(CASES.values())
        for line in write_case(k, function, constants)
    ]
    helpers = [
        *(f"#include <{name}.h>" for name in ("float", "math", "stdint", "stdlib", "string")),
        fill("functions.c", {}),
    ]
    bodies += [f"double one_{name}(double x) {{ return lhnets_{name}(x); }}" for name in FUNCTIONS]
    (folder / "cases.c").write_text("\n".join([*helpers, *constants.declare(), *bodies]))
    subprocess.run(
        ["gcc", "-std=c99", "-shared", "-fPIC", "cases.c", "-o", "cases.so", "-lm"],
        cwd=folder,
        check=True,
    )
    return ctypes.CDLL(str(folder / "cases.so"))


@pytest.mark.parametrize("case", CASES)
def test_c_computes_what_numpy_does(library, case):
    k = list(CASES).index(case)
    points = np.random.default_rng(3).normal(size=(4, 6))
    with np.errstate(all="ignore"):
        expected = np.array([CASES[case](NumpyArrays(), p[None]) for p in points]).reshape(4, -1)
    one, lanes = np.empty_like(expected), np.empty(expected.shape[::-1])
    for row, point in zip(one, points, strict=True):
        library[f"f{k}_1"](
            point.ctypes.data_as(ctypes.c_void_p), row.ctypes.data_as(ctypes.c_void_p)
        )
    columns = np.ascontiguousarray(points.T)
    library[f"f{k}_4"](pointer(columns), pointer(lanes))
    np.testing.assert_allclose(one, expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(lanes.T, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_without_branches_are_right_to_the_last_digits(library, name):
    one = library[f"one_{name}"]
    one.argtypes, one.restype = [ctypes.c_double], ctypes.c_double
    drawn = np.random.default_rng(5).uniform(-30, 30, 3000)
    x = np.concatenate([FUNCTIONS[name], [np.inf, -np.inf, np.nan], drawn, np.exp(drawn)])
    x = np.abs(x) if name == "log" else x
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    found = np.array([one(v) for v in x])
    np.testing.assert_allclose(found, expected, rtol=6e-16, atol=5e-324)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


def test_what_no_output_needs_is_left_out():
    arrays = TracedArrays()
    x = arrays.input("x", FLOAT, (1, 6))
    arrays.exp(x)
    output = arrays.output("y", arrays.multiply(arrays.add(x, 1), 2), FLOAT)
    assert len(simplify(arrays.statements, [output])) == 1


def test_a_function_without_c_is_refused_by_its_name():
    arrays = TracedArrays()
    x = arrays.input("x", FLOAT, (1, 6))
    with pytest.raises(NetworkFileError, match="cannot be written as C: argsort of something"):
        arrays.argsort(x, axis=1)
    with pytest.raises(NetworkFileError, match="exp of whole numbers has no C"):
        arrays.exp(arrays.astype(x, INT))
