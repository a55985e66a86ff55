"""Loop integrals against integrals over Feynman parameters at high precision, and against known
limits."""

import shutil
from pathlib import Path
from types import ModuleType

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets.errors import Error
from lhnets_training.data import table
from lhnets_training.data.sample import inside
from lhnets_training.labels.loops import loop_integrals, looptools, pysecdec
from lhnets_training.labels.loops.loop_integrals import (
    b0,
    c0_below,
    c0_one_mass,
    c0_two_masses,
    d0,
    mixed,
)
from lhnets_training.recipe import Run
from lhnets_training.recipes import find, find_module, names
from lhnets_training.recipes.loop_integrals import loop_c0

MASSES = st.floats(1.0, 1e6)


def one(*values: float) -> list[np.ndarray]:
    return [np.array([v]) for v in values]


def b0_by_quadrature(p2: float, m1sq: float, m2sq: float, mu2: float) -> complex:
    linear, root = (
        m1sq - m2sq - p2,
        mpmath.sqrt(mpmath.mpf((m1sq - m2sq - p2) ** 2 - 4 * p2 * m2sq)),
    )
    zeros = [(-linear + s * root) / (2 * p2) for s in (-1, 1)] if mpmath.im(root) == 0 else []
    edges = [0, *sorted(z for z in zeros if 0 < z < 1), 1]

    def integrand(x: mpmath.mpf) -> mpmath.mpc:
        return mpmath.log(
            (x * m1sq + (1 - x) * m2sq - x * (1 - x) * p2) / mu2 - mpmath.mpc(0, 1e-25)
        )

    with mpmath.workdps(25):
        return complex(-mpmath.quad(integrand, edges))


@pytest.mark.parametrize("p2", [-1e7, -50.0, 30.0, 1.2e4, 9e4, 3e6])
@pytest.mark.parametrize(("m1sq", "m2sq"), [(100.0, 100.0), (3e4, 40.0), (1.0, 9e5)])
def test_b0_is_its_integral(p2: float, m1sq: float, m2sq: float) -> None:
    found = b0(*one(p2, m1sq, m2sq, 91.0))[0]
    assert found == pytest.approx(b0_by_quadrature(p2, m1sq, m2sq, 91.0), abs=1e-8)


@given(st.floats(-1e7, -1.0), MASSES, MASSES)
def test_b0_is_symmetric(p2: float, m1sq: float, m2sq: float) -> None:
    np.testing.assert_allclose(
        b0(*one(p2, m1sq, m2sq, 1.0)), b0(*one(p2, m2sq, m1sq, 1.0)), rtol=1e-8
    )


@pytest.mark.parametrize(
    "row",
    [
        (0.0, 0.0, 1e4, 3e4, 3e4, 3e4),
        (-5e4, 2e4, 1e3, 2e4, 9e3, 4e5),
        (-1e6, -1e3, -10.0, 500.0, 900.0, 1e6),
    ],
)
def test_c0_is_its_integral(row: tuple[float, ...]) -> None:
    points = np.array([row])
    m, c = row[3:], mixed(points)[0]

    def integrand(x: mpmath.mpf, y: mpmath.mpf) -> mpmath.mpf:
        z = 1 - x - y
        return 1 / (
            m[0] * x * x + m[1] * y * y + m[2] * z * z + c[0] * x * y + c[1] * y * z + c[2] * z * x
        )

    expected = -mpmath.quad(lambda x: mpmath.quad(lambda y: integrand(x, y), [0, 1 - x]), [0, 1])
    assert c0_below(points)[0] == pytest.approx(float(expected), rel=1e-6)


def test_more_nodes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    m = 10 ** rng.uniform(2.6, 6, (40, 3))
    points = np.column_stack([(m + m[:, [1, 2, 0]]) * (1 - 10 ** rng.uniform(-1.3, 1, (40, 3))), m])
    found = c0_below(points)
    monkeypatch.setattr(loop_integrals, "NODES", 128)
    np.testing.assert_allclose(found, c0_below(points), rtol=1e-9)


@given(st.floats(400.0, 1e6), st.floats(-5.0, 1.5), st.floats(1.51, 1.9))
def test_closed_form_and_quadrature_agree(msq: float, a: float, s: float) -> None:
    points = np.array([[0.0, a * msq, s * msq, msq, msq, msq]])
    assert c0_below(points)[0] == pytest.approx(
        c0_two_masses(*one(a * msq, s * msq, msq))[0].real, rel=1e-6
    )


def test_two_massless_legs_above_threshold() -> None:
    """C0(0, 0, s; m, m, m) = log^2((beta + 1)/(beta - 1))/(2 s), the amplitude of H -> gamma
    gamma."""
    s, m = 500.0**2, 173.0
    beta = mpmath.sqrt(1 - 4 * m**2 / s)
    expected = complex((mpmath.log((1 + beta) / (1 - beta)) - 1j * mpmath.pi) ** 2 / (2 * s))
    assert c0_two_masses(*one(0.0, s, m**2))[0] == pytest.approx(expected, rel=1e-12)


def test_beyond_thresholds_the_quadrature_refuses() -> None:
    with pytest.raises(ValueError, match="p_ij"):
        c0_below(np.array([[0.0, 0.0, 9e4, 1e4, 1e4, 1e4]]))


@pytest.mark.parametrize(
    "row", [(-3.0, 2.0, 9.0), (0.7, 1.1, 30.0), (-80.0, -5.0, 4.6), (1e-8, 2.0, 200.0)]
)
def test_c0_with_one_mass_is_its_dispersion_integral(row: tuple[float, float, float]) -> None:
    """The cut in s is elementary, and its integral gives back what lies below the threshold."""
    p1, p2, _ = row

    def cut(x: np.ndarray) -> np.ndarray:
        return c0_one_mass(np.column_stack([0 * x + p1, 0 * x + p2, x, 0 * x + 1])).imag

    v, w = np.polynomial.legendre.leggauss(400)
    share, w = (v + 1) / 2, w / 2
    x = 4 / (1 - share**2)
    below = -10.0
    found = (w * 8 * share / (1 - share**2) ** 2 * cut(x) / (x - below)).sum() / np.pi
    points = np.array([[p1, p2, below, 1.0, 1.0, 1.0]])
    assert found == pytest.approx(c0_below(points)[0], rel=1e-4)


def test_c0_with_one_mass_meets_its_limit_of_a_massless_leg() -> None:
    s, p2 = np.array([9.0, 5.0, 90.0]), np.array([-3.0, 2.0, 3.5])
    one = np.ones(3)
    for p1 in (0.0, 1e-8, -1e-8):
        expected = c0_two_masses(p2, s, one)
        np.testing.assert_allclose(
            c0_one_mass(np.column_stack([0 * s + p1, p2, s, one])), expected, rtol=1e-7
        )
        swapped = c0_one_mass(np.column_stack([p2, 0 * s + p1, s, one]))
        np.testing.assert_allclose(swapped, expected, rtol=1e-7)


def test_c0_with_one_mass_refuses_what_cannot_decay() -> None:
    with pytest.raises(ValueError, match="real decay"):
        c0_one_mass(np.array([[3.0, 3.0, 4.5, 1.0]]))


MOST = 0.9
"""Share of the rows of a data set that its region holds: regions were cut after the rows were
made."""
LOOPS = [name for name in names() if name.startswith("loop-")]


@pytest.mark.parametrize("name", LOOPS)
def test_published_rows_come_out_again(name: str) -> None:
    recipe = find(name)
    path = table.bundled(recipe.dataset)
    assert path is not None
    assert path.stat().st_size < 3_000_000
    rows = table.read(path, recipe.dataset)
    x = np.stack([rows[i.name] for i in recipe.inputs], axis=1)
    assert inside(x, recipe.inputs, ()).all()
    assert inside(x, recipe.inputs, recipe.region).mean() > MOST
    integral = find_module(recipe.name).INTEGRAL
    few = x[::200]
    known = np.stack([rows[o.name] for o in recipe.outputs], axis=1)[::200]
    np.testing.assert_allclose(
        integral.outputs_of(integral.values(few)), known, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("name", LOOPS)
def test_labels_are_those_of_other_programs(name: str) -> None:
    recipe = find(name)
    integral = find_module(recipe.name).INTEGRAL
    programs = [c.dataset.generator.program for c in recipe.companions]
    assert programs == ["LoopTools"] if name.endswith("above") else ["pySecDec", "LoopTools"]
    for companion in recipe.companions:
        path = table.bundled(companion.dataset)
        assert path is not None
        rows = list(table.read(path, companion.dataset).values())
        x, known = (
            np.stack(part, axis=1)
            for part in (rows[: len(recipe.inputs)], rows[len(recipe.inputs) :])
        )
        assert len(x) >= 10
        assert inside(x, recipe.inputs, ()).all()
        assert inside(x, recipe.inputs, recipe.region).mean() > MOST
        off = np.linalg.norm(integral.outputs_of(integral.values(x)) - known, axis=1)
        assert (off <= 1e-7 * np.linalg.norm(known, axis=1)).all()


def box(p4sq: float, s: float, t: float) -> float:
    x, w = np.polynomial.legendre.leggauss(60)
    x, w = (x + 1) / 2, w / 2
    first, third, share = x[:, None, None], x[:, None], x
    x1, x3 = first, (1 - first) * third
    left = (1 - first) * (1 - third)
    x2, x4 = left * share, left * (1 - share)
    f = 1 - s * x1 * x3 - t * x2 * x4 - p4sq * x4 * x1
    return float(np.einsum("i,j,k,ijk->", w, w, w, (1 - first) ** 2 * (1 - third) / f**2))


@pytest.mark.parametrize(
    "row", [(0.0, -0.3, 0.6), (3.0, 3.3, 3.2), (-2.0, -0.6, 0.09), (3.3, 2.9, 1.5)]
)
def test_d0_is_its_integral(row: tuple[float, float, float]) -> None:
    found = d0(np.array([[*row, 1.0], [*(30.0 * v for v in row), 30.0]]))
    assert found[0].real == pytest.approx(box(*row), rel=1e-5)
    assert found[1] * 900 == pytest.approx(found[0], rel=1e-12)
    assert (found.imag == 0).all()


@given(st.floats(-50.0, 3.6), st.floats(-50.0, 3.6), st.floats(-50.0, 3.6))
def test_d0_is_symmetric_and_smooth(p4sq: float, s: float, t: float) -> None:
    found = d0(
        np.array(
            [
                [p4sq, s, t, 1.0],
                [p4sq, t, s, 1.0],
                [p4sq, s, t + 1e-7, 1.0],
                [p4sq + 1e-7, s, t, 1.0],
            ]
        )
    )
    np.testing.assert_allclose(found, found[0], rtol=1e-6)


def test_d0_forward_is_b0() -> None:
    s = np.array([-30.0, -1.0, 1.0, 3.5, 4.5, 60.0])
    one = np.ones(6)
    found = d0(np.column_stack([0 * s, s, 0 * s, one]))
    np.testing.assert_allclose(found, b0(s, one, one, one) / s, rtol=1e-8)


def test_d0_above_is_continued_from_below() -> None:
    """D0 is analytic in the upper half-plane of s: a dispersion integral over its cut gives its
    values below."""
    v, w = np.polynomial.legendre.leggauss(300)
    share, w = (v + 1) / 2, w / 2
    s = 4 / (1 - share**2)
    cut = d0(np.column_stack([0 * s - 2.0, s, 0 * s - 1.0, 0 * s + 1])).imag
    for below in (-5.0, 1.0, 3.5):
        found = (w * 8 * share / (1 - share**2) ** 2 * cut / (s - below)).sum() / np.pi
        assert found == pytest.approx(d0(np.array([[-2.0, below, -1.0, 1.0]]))[0].real, rel=1e-4)


@pytest.mark.parametrize(
    "row", [(0.0, 4.1, 0.1, 1.0), (0.0, 0.0, 4.1, 1.0), (4.1, 0.0, 0.0, 1.0), (3.0, 5.0, -2.5, 1.0)]
)
def test_d0_beyond_its_region_is_refused(row: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="D0 needs"):
        d0(np.array([row]))


@pytest.mark.parametrize("name", ["loop-d0", "loop-d0-above", "loop-c0-above"])
def test_a_quick_network_is_near_its_labels(name: str, tmp_path: Path) -> None:
    recipe, run = find(name), Run(out=tmp_path, seed=1, rows=1500, effort=0.2)
    rows = recipe.label(run)
    x, y = (
        np.stack([rows[c.name] for c in part], axis=1) for part in (recipe.inputs, recipe.outputs)
    )
    parts = recipe.split(len(x), 1)
    off = recipe.fit(x, y, parts, run).predict(x[parts.test])[0] - y[parts.test]
    assert (np.linalg.norm(off, axis=1) / np.linalg.norm(y[parts.test], axis=1)).mean() < 1e-2


def test_the_images_of_c0_are_relabellings() -> None:
    x = loop_c0.INTEGRAL.points(50)
    seen = loop_c0.TERMS.seen(loop_c0.logs(x))
    for order in ([1, 2, 0, 4, 5, 3], [2, 1, 0, 3, 5, 4], [0, 2, 1, 4, 3, 5]):
        other = loop_c0.TERMS.seen(loop_c0.logs(x[:, order]))
        nearest = np.abs(seen[:, :, None] - other[:, None]).max(axis=3).min(axis=2)
        assert nearest.max() < 1e-12


@pytest.mark.parametrize(
    ("module", "error"), [(pysecdec, "pip install 'lhnets"), (looptools, "build LoopTools")]
)
def test_a_missing_program_is_named(
    module: ModuleType, error: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(pysecdec, "find_spec", lambda _: None)
    points = np.array([[0.0, 0.0, 0.0, 1.0]])
    with pytest.raises(Error, match=error):
        module.d0(points, tmp_path) if module is pysecdec else module.d0(points)


def test_a_missing_compiler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pysecdec, "find_spec", lambda _: object())
    monkeypatch.setattr(
        shutil, "which", lambda tool: None if tool == "make" else f"/usr/bin/{tool}"
    )
    with pytest.raises(Error, match="make is not on the path"):
        pysecdec.require()


def test_values_are_read_from_what_looptools_prints(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lt = tmp_path / "lt"
    lt.write_text('#!/bin/sh\necho " p1 = $1"\necho " dd0       =   (1.25E-010,-3.5E-010)"\n')
    lt.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(lt))
    found = looptools.d0(np.array([[1.0, 2.0, 3.0, 4.0]]))
    assert found[0] == 1.25e-10 - 3.5e-10j
    with pytest.raises(Error, match="printed no cc0"):
        looptools.c0(np.ones((1, 6)))
