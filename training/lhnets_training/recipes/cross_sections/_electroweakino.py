"""How a chargino-neutralino cross section depends on masses and mixing: six functions of the masses
and four couplings.

With degenerate squarks the amplitude of u dbar -> chi+ chi0 has four couplings: those of the W to
left- and right-handed currents, O_L = N_2 V_1 - N_4 V_2/sqrt(2) and O_R = N_2 U_1 + N_3
U_2/sqrt(2), and those of the two squark exchanges, a = (N_2/2 + t_W N_1/6) V_1 and b = (N_2/2 - t_W
N_1/6) U_1, each with a propagator. Summed over both beams the cross section is symmetric under O_L,
a <-> O_R, b, so that their sums and differences do not interfere: six functions remain
(conventions: G. Bozzi et al., Nucl. Phys. B 787 (2007) 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input
from lhnets_training.fit.features import FeatureTerms, with_products
from lhnets_training.fit.quadratic_form import Couplings
from lhnets_training.labels.supersymmetry.electroweakino_forms import SIN2_WEINBERG
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph

Array = NDArray[np.float64]

TAN_WEINBERG = np.sqrt(SIN2_WEINBERG / (1 - SIN2_WEINBERG))
DEGREE = 5
MEAN_MASS = 400.0
"""GeV; the middle of the logarithms."""
SCALE, SHIFT = np.diag([1.0, 0.25, 2.0, 3.0]), np.array([0.0, -1.0, -1.0, -0.7])
"""Take the features of the masses to about -1 to 1."""
EVEN_ODD = np.array([[1.0, 1, 0, 0], [1, -1, 0, 0], [0, 0, 1, 1], [0, 0, 1, -1]])
"""From O_L, O_R, a, b to O_L + O_R, O_L - O_R, a + b, a - b."""


def masses(inputs: Sequence[Input]) -> FeatureTerms:
    """log M, with M the mean mass, log(1 + m_sq^2/M^2), m_sq^2/(M^2 + m_sq^2) and log^2(m_c1/m_n2),
    and their products."""
    mix = _masses_mix(inputs)

    def values(x: Array) -> Array:
        m, m_c1, m_n2, m_sq = (x @ mix).T
        ratio = (m_sq / m) ** 2
        columns = [
            np.log(m / MEAN_MASS),
            np.log1p(ratio),
            ratio / (1 + ratio),
            np.log(m_c1 / m_n2) ** 2,
        ]
        return np.asarray(np.stack(columns, axis=1) @ SCALE + SHIFT)

    def build(graph: NetworkGraph) -> str:
        logs = graph.node("Log", graph.affine(PARAMETERS, mix, np.zeros(4)))
        first = graph.affine(logs, np.array([[1.0], [0], [0], [0]]), np.array([-np.log(MEAN_MASS)]))
        ratio = graph.affine(logs, np.array([[0.0], [1], [-1], [0]]), np.zeros(1))
        heavy = graph.affine(logs, np.array([[-2.0], [0], [0], [2]]), np.zeros(1))
        parts = (
            first,
            graph.node("Softplus", heavy),
            graph.node("Sigmoid", heavy),
            graph.node("Mul", ratio, ratio),
        )
        return graph.affine(graph.node("Concat", *parts, axis=1), SCALE, SHIFT)

    return with_products(FeatureTerms(values, build, np.eye(4)), DEGREE)


def couplings(inputs: Sequence[Input]) -> Couplings:
    """O_L + O_R and O_L - O_R, a + b and a - b, the latter two times M^2/(M^2 + m_sq^2)."""
    names = [i.name for i in inputs]
    left = _columns(names, [
        {"n_22": 1.0}, {"n_24": -(0.5**0.5)}, {"n_22": 1.0}, {"n_23": 0.5**0.5},
        {"n_22": 0.5, "n_21": TAN_WEINBERG / 6}, {"n_22": 0.5, "n_21": -TAN_WEINBERG / 6},
    ])  # fmt: skip
    right = _columns(
        names,
        [{"v_11": 1.0}, {"v_12": 1.0}, {"u_11": 1.0}, {"u_12": 1.0}, {"v_11": 1.0}, {"u_11": 1.0}],
    )
    sums = (
        np.array(
            [[1.0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
        )
        @ EVEN_ODD
    )
    mix = _masses_mix(inputs)[:, [0, 3]]
    exchanged, direct = np.array([[0.0, 0, 1, 1]]), np.array([1.0, 1, 0, 0])
    to_near = -0.5 * np.eye(len(masses(inputs).features))[:, [2]]

    def values(x: Array) -> Array:
        near = _near(x, mix)[:, None]
        return np.asarray(((x @ left) * (x @ right)) @ sums * (near @ exchanged + direct))

    def build(graph: NetworkGraph, raw: str) -> str:
        near = graph.affine(raw, to_near @ exchanged, 0.5 * exchanged[0] + direct)
        products = graph.node(
            "Mul", *(graph.affine(PARAMETERS, w, np.zeros(6)) for w in (left, right))
        )
        return graph.node("Mul", graph.affine(products, sums, np.zeros(4)), near)

    return Couplings(values, build, 4, ((0, 2), (1, 3)))


def matrices(inputs: Sequence[Input], x: Array, form: Array) -> Array:
    """Matrices (N, 4, 4) in these couplings at points x (N, n), from those in O_L, O_R, a, b."""
    near = _near(x, _masses_mix(inputs)[:, [0, 3]])
    scale = np.stack([np.ones_like(near), np.ones_like(near), near, near], axis=1)
    back = np.linalg.inv(EVEN_ODD)
    return np.asarray(back @ form @ back.T / scale[:, :, None] / scale[:, None, :])


def _near(x: Array, mix: Array) -> Array:
    m, m_sq = (x @ mix).T
    return np.asarray(m**2 / (m**2 + m_sq**2))


def _masses_mix(inputs: Sequence[Input]) -> Array:
    """From the inputs to the mean mass, m_c1, m_n2 and m_sq, shape (n, 4)."""
    names = [i.name for i in inputs]
    return _columns(
        names, [{"m_c1": 0.5, "m_n2": 0.5}, {"m_c1": 1.0}, {"m_n2": 1.0}, {"m_sq": 1.0}]
    )


def _columns(names: Sequence[str], columns: Sequence[dict[str, float]]) -> Array:
    return np.array([[c.get(name, 0.0) for c in columns] for name in names])
