"""Loop integrals against integrals over Feynman parameters at high precision, and against known limits."""

from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhnets_training import table
from lhnets_training.labels import loop_integrals
from lhnets_training.labels.loop_integrals import b0, c0_below, c0_two_masses, d0_below, mixed
from lhnets_training.recipe import Run, find
from lhnets_training.sample import inside

MASSES = st.floats(1.0, 1e6)


def one(*values: float) -> list[np.ndarray]:
    return [np.array([v]) for v in values]


def b0_by_quadrature(p2: float, m1sq: float, m2sq: float, mu2: float) -> complex:
    linear, root = m1sq - m2sq - p2, mpmath.sqrt(mpmath.mpf((m1sq - m2sq - p2) ** 2 - 4 * p2 * m2sq))
    zeros = [(-linear + s * root) / (2 * p2) for s in (-1, 1)] if mpmath.im(root) == 0 else []
    edges = [0, *sorted(z for z in zeros if 0 < z < 1), 1]

    def integrand(x: mpmath.mpf) -> mpmath.mpc:
        return mpmath.log((x * m1sq + (1 - x) * m2sq - x * (1 - x) * p2) / mu2 - mpmath.mpc(0, 1e-25))

    with mpmath.workdps(25):
        return complex(-mpmath.quad(integrand, edges))


@pytest.mark.parametrize("p2", [-1e7, -50.0, 30.0, 1.2e4, 9e4, 3e6])
@pytest.mark.parametrize(("m1sq", "m2sq"), [(100.0, 100.0), (3e4, 40.0), (1.0, 9e5)])
def test_b0_is_its_integral(p2: float, m1sq: float, m2sq: float) -> None:
    found = b0(*one(p2, m1sq, m2sq, 91.0))[0]
    assert found == pytest.approx(b0_by_quadrature(p2, m1sq, m2sq, 91.0), abs=1e-8)


@given(st.floats(-1e7, -1.0), MASSES, MASSES)
def test_b0_is_symmetric(p2: float, m1sq: float, m2sq: float) -> None:
    np.testing.assert_allclose(b0(*one(p2, m1sq, m2sq, 1.0)), b0(*one(p2, m2sq, m1sq, 1.0)), rtol=1e-8)


@pytest.mark.parametrize(
    "row", [(0.0, 0.0, 1e4, 3e4, 3e4, 3e4), (-5e4, 2e4, 1e3, 2e4, 9e3, 4e5), (-1e6, -1e3, -10.0, 500.0, 900.0, 1e6)]
)
def test_c0_is_its_integral(row: tuple[float, ...]) -> None:
    points = np.array([row])
    m, c = row[3:], mixed(points)[0]

    def integrand(x: mpmath.mpf, y: mpmath.mpf) -> mpmath.mpf:
        z = 1 - x - y
        return 1 / (m[0] * x * x + m[1] * y * y + m[2] * z * z + c[0] * x * y + c[1] * y * z + c[2] * z * x)

    expected = -mpmath.quad(lambda x: mpmath.quad(lambda y: integrand(x, y), [0, 1 - x]), [0, 1])
    assert c0_below(points)[0] == pytest.approx(float(expected), rel=1e-6)


def test_more_nodes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    m = 10 ** rng.uniform(2.6, 6, (40, 3))
    points = np.column_stack([(m + m[:, [1, 2, 0]]) * (1 - 10 ** rng.uniform(-1.3, 1, (40, 3))), m])
    found = c0_below(points)
    monkeypatch.setattr(loop_integrals, "NODES", 128)
    np.testing.assert_allclose(found, c0_below(points), rtol=1e-9)


@settings(deadline=None)
@given(st.floats(400.0, 1e6), st.floats(-5.0, 1.5), st.floats(1.51, 1.9))
def test_closed_form_and_quadrature_agree(msq: float, a: float, s: float) -> None:
    points = np.array([[0.0, a * msq, s * msq, msq, msq, msq]])
    assert c0_below(points)[0] == pytest.approx(c0_two_masses(*one(a * msq, s * msq, msq))[0].real, rel=1e-6)


def test_two_massless_legs_above_threshold() -> None:
    """C0(0, 0, s; m, m, m) = log^2((beta + 1)/(beta - 1))/(2 s), the amplitude of H -> gamma gamma."""
    s, m = 500.0**2, 173.0
    beta = mpmath.sqrt(1 - 4 * m**2 / s)
    expected = complex((mpmath.log((1 + beta) / (1 - beta)) - 1j * mpmath.pi) ** 2 / (2 * s))
    assert c0_two_masses(*one(0.0, s, m**2))[0] == pytest.approx(expected, rel=1e-12)


def test_beyond_thresholds_the_quadrature_refuses() -> None:
    with pytest.raises(ValueError, match="p_ij"):
        c0_below(np.array([[0.0, 0.0, 9e4, 1e4, 1e4, 1e4]]))


@pytest.mark.parametrize("name", ["loop-b0", "loop-b0-above", "loop-c0", "loop-c0-above", "loop-d0"])
def test_published_rows_come_out_again(name: str) -> None:
    recipe = find(name)
    path = table.bundled(recipe.dataset)
    assert path is not None
    assert path.stat().st_size < 3_000_000
    rows = table.read(path, recipe.dataset)
    x = np.stack([rows[i.name] for i in recipe.inputs], axis=1)
    assert inside(x, recipe.inputs, recipe.region).all()
    few = x[::200]
    closed = {
        "loop-c0": lambda: c0_below(few),
        "loop-d0": lambda: d0_below(few),
        "loop-c0-above": lambda: c0_two_masses(few[:, 1], few[:, 0], np.ones(len(few))),
    }
    found = closed.get(name, lambda: b0(*few.T))()
    np.testing.assert_allclose(found.real, rows[recipe.default_output][::200], rtol=1e-9, atol=1e-12)


CHECKED = {"b0": lambda x: b0(*x.T).real, "c0": c0_below, "d0": d0_below}


@pytest.mark.parametrize("name", CHECKED)
def test_labels_are_those_of_pysecdec(name: str) -> None:
    known = {c.dataset.name: c.dataset for c in find("loop-d0").companions}[f"loop-{name}-check"]
    path = table.bundled(known)
    assert path is not None
    *inputs, target = table.read(path, known).values()
    assert len(target) >= 10
    np.testing.assert_allclose(CHECKED[name](np.stack(inputs, axis=1)), target, rtol=1e-7)


@pytest.mark.parametrize("row", [(-1e4, 2e4, 3e4), (1e5, 1e5, 3e4), (-2e4, 3e3, 1e3)])
def test_d0_is_its_integral(row: tuple[float, ...]) -> None:
    s, t, m = row

    x, w = np.polynomial.legendre.leggauss(60)
    x, w = (x + 1) / 2, w / 2
    share, u, v = x[:, None, None], x[:, None], x
    f = m - s * share**2 * u * (1 - u) - t * (1 - share) ** 2 * v * (1 - v)
    expected = np.einsum("i,j,k,ijk->", w, w, w, share * (1 - share) / f**2)
    assert d0_below(np.array([row]))[0] == pytest.approx(expected, rel=1e-6)


@given(st.floats(-50.0, 3.6), st.floats(-50.0, 3.6))
def test_d0_is_symmetric_and_smooth(s: float, t: float) -> None:
    found = d0_below(np.array([[s, t, 1.0], [t, s, 1.0], [s, t + 1e-7, 1.0]]))
    np.testing.assert_allclose(found, found[0], rtol=1e-6)


def test_d0_forward_is_b0() -> None:
    s = np.array([-30.0, -1.0, 1.0, 3.5])
    one_mass = np.ones(4)
    expected = b0(s, one_mass, one_mass, one_mass).real / s
    np.testing.assert_allclose(d0_below(np.column_stack([s, 0 * s, one_mass])), expected, rtol=1e-9)


def test_d0_beyond_a_threshold_is_refused() -> None:
    with pytest.raises(ValueError, match="below 4 msq"):
        d0_below(np.array([[4.1, 0.0, 1.0]]))


def test_a_quick_d0_network_is_near_its_labels(tmp_path: Path) -> None:
    recipe, run = find("loop-d0"), Run(out=tmp_path, seed=1, rows=1500, effort=0.3)
    rows = recipe.label(run)
    x, y = np.stack([rows[i.name] for i in recipe.inputs], axis=1), rows["D0"][:, None]
    parts = recipe.split(len(x), 1)
    off = recipe.fit(x, y, parts, run).predict(x[parts.test])[0] / y[parts.test] - 1
    assert np.abs(off).mean() < 1e-3
