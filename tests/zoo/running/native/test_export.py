"""Exported C against the file in ONNX Runtime, compiled as its users would."""

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

import lhnets as ml
from lhnets._running.native.export import save_sources, write_sources
from lhnets._running.native.source import comment, prefix_of, quote
from lhnets.errors import NetworkFileError

STRICT = ("-Wall", "-Wextra", "-Werror", "-pedantic")
NAMES = ("obs-b-xs-gamma", "loop-b0", "cs-slepton-pair-lo")

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
needs_gxx = pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
needs_gfortran = pytest.mark.skipif(shutil.which("gfortran") is None, reason="needs gfortran")


def run(*command, cwd):
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exported(name, language, folder):
    network = ml.load(name)
    save_sources(network.file, language, folder)
    return network, prefix_of(network.card)


def draw(network, points):
    columns = network.card.columns
    low, high = [i.low for i in columns], [i.high for i in columns]
    return np.random.default_rng(7).uniform(low, high, (points, len(columns)))


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


@needs_gcc
@pytest.mark.parametrize("name", NAMES)
def test_exported_c_is_the_network(name, tmp_path):
    network, prefix = exported(name, "c", tmp_path)
    run("gcc", "-std=c99", *STRICT, "-O1", "-DLHNETS_SELFTEST", "-shared", "-fPIC", f"{prefix}.c",
        "-o", "net.so", "-lm", cwd=tmp_path)  # fmt: skip
    library = ctypes.CDLL(str(tmp_path / "net.so"))
    assert library.main() == 0
    x = draw(network, 1003)
    k = len(network.card.outputs)
    value, uncertainty, reach = np.empty((len(x), k)), np.empty((len(x), k)), np.empty(len(x))
    outputs = [pointer(a) for a in (value, uncertainty, reach)]
    rows = getattr(library, f"{prefix}_rows")
    rows.restype = ctypes.c_size_t
    refused = rows(ctypes.c_size_t(len(x)), pointer(x), *outputs)
    expected = network.predict(x)
    inside = expected.reach <= 1
    assert refused == (~inside).sum()
    assert np.isnan(value[~inside]).all()
    np.testing.assert_allclose(value[inside], expected.value[inside], rtol=1e-10)
    np.testing.assert_allclose(uncertainty[inside], expected.uncertainty[inside], rtol=1e-10)
    np.testing.assert_allclose(reach, expected.reach, rtol=1e-12)


@needs_gcc
def test_exported_c_refuses_what_it_does_not_know(tmp_path):
    network, prefix = exported("obs-b-xs-gamma", "c", tmp_path)
    run("gcc", "-O1", "-shared", "-fPIC", f"{prefix}.c", "-o", "net.so", "-lm", cwd=tmp_path)
    call = ctypes.CDLL(str(tmp_path / "net.so"))[prefix]
    value, uncertainty, reach = np.empty(1), np.empty(1), np.empty(1)

    def code(*inputs):
        array = np.array(inputs)
        return call(pointer(array), pointer(value), pointer(uncertainty), pointer(reach))

    middle = [(i.low + i.high) / 2 for i in network.card.columns]
    assert code(*middle) == 0
    assert value[0] == pytest.approx(network.predict([middle]).value[0, 0], rel=1e-12)
    for wrong, expected in ((1e6, 1), (np.inf, 2), (-np.inf, 2), (np.nan, 2)):
        assert code(wrong, *middle[1:]) == expected
        assert np.isnan([value[0], uncertainty[0]]).all()
    assert np.isnan(reach[0])


@needs_gcc
def test_a_point_that_differs_is_named(tmp_path):
    _, prefix = exported("obs-b-xs-gamma", "c", tmp_path)
    source = tmp_path / f"{prefix}.c"
    before, start, numbers = source.read_text().partition("reference_value[")
    first, second, *others = numbers.split(", ")
    source.write_text(before + start + ", ".join([first, f"9 + {second}", *others]))
    run("gcc", "-DLHNETS_SELFTEST", source.name, "-o", "selftest", "-lm", cwd=tmp_path)
    done = subprocess.run([tmp_path / "selftest"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "reference point 1, value 0: expected" in done.stdout


@needs_gxx
def test_exported_cpp_is_the_network(tmp_path):
    network, prefix = exported("obs-b-xs-gamma", "c++", tmp_path)
    middle = [(i.low + i.high) / 2 for i in network.card.columns]
    (tmp_path / "main.cpp").write_text(
        f"""#include "{prefix}.hpp"
#include <cstdio>
int main() {{
  namespace n = {prefix}_cpp;
  std::printf("%.17g\\n", n::predict({{{middle[0]}, {middle[1]}}}).value[0]);
  std::printf("%.17g\\n", n::predict_rows({{{middle[0]}, {middle[1]}}}).value[0]);
  try {{ n::predict({{1e9, 0}}); }} catch (const std::domain_error &e) {{ std::puts(e.what()); }}
}}
"""
    )
    run("g++", "-std=c++11", *STRICT, "main.cpp", f"{prefix}.c", "-o", "main", cwd=tmp_path)
    one, row, message = run(str(tmp_path / "main"), cwd=tmp_path).splitlines()
    expected = network.predict([middle]).value[0, 0]
    assert (float(one), float(row)) == pytest.approx((expected, expected), rel=1e-12)
    assert message.startswith(f"{network.name}: the point lies outside the region")


@needs_gcc
@needs_gfortran
def test_exported_fortran_is_the_network(tmp_path):
    network, prefix = exported("obs-b-xs-gamma", "fortran", tmp_path)
    middle = [(i.low + i.high) / 2 for i in network.card.columns]
    numbers = ", ".join(f"{m}d0" for m in middle)
    (tmp_path / "main.f90").write_text(
        f"""program main
  use, intrinsic :: iso_c_binding
  use {prefix}_module
  real(c_double) :: p(inputs, 2), v(outputs, 2), u(outputs, 2), r(2)
  p(:, 1) = [{numbers}]
  p(:, 2) = high * 2
  print *, predict(p(:, 1), v(:, 1), u(:, 1), r(1)), v(1, 1)
  print *, predict_rows(2_c_size_t, p, v, u, r), v(1, 1)
end program
"""
    )
    run("gcc", "-c", f"{prefix}.c", cwd=tmp_path)
    run("gfortran", "-std=f2008", "-Wall", "-Werror", f"{prefix}_module.f90", "main.f90",
        f"{prefix}.o", "-o", "main", "-lm", cwd=tmp_path)  # fmt: skip
    one, rows = (line.split() for line in run(str(tmp_path / "main"), cwd=tmp_path).splitlines())
    expected = network.predict([middle]).value[0, 0]
    assert one[0] == "0"
    assert rows[0] == "1"
    assert (float(one[1]), float(rows[1])) == pytest.approx((expected, expected), rel=1e-12)


def test_the_same_network_gives_the_same_texts():
    file = ml.load("loop-b0").file
    texts = write_sources(file, "c++")
    assert texts == write_sources(file, "c++")
    assert all(ml.load("loop-b0").name in text for text in texts.values())
    assert file.sha256 in texts["lhnets_loop_b0.c"]


def test_networks_of_events_are_refused():
    with pytest.raises(NetworkFileError, match="takes events, arrays of free length"):
        write_sources(ml.load("classifier-top-qcd").file, "c")


def test_texts_of_cards_stay_texts():
    assert comment("a */ int x; /*\n b") == "a * / int x; / * b"
    assert quote('say "\\" ??/\n') == '"say \\"\\\\\\" ?\\?/"'
