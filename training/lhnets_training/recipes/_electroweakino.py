"""How a chargino-neutralino cross section depends on masses and mixing: six functions of the masses and products of couplings.

With degenerate squarks the amplitude of u dbar -> chi+ chi0 has four couplings: those of the W to left- and right-handed
currents, O_L = N_2 V_1 - N_4 V_2/sqrt(2) and O_R = N_2 U_1 + N_3 U_2/sqrt(2), and those of the two squark exchanges,
a = (N_2/2 + t_W N_1/6) V_1 and b = (N_2/2 - t_W N_1/6) U_1, each with a propagator. Summed over both beams the cross section is
symmetric under O_L, a <-> O_R, b, so that six functions remain (conventions: G. Bozzi et al., Nucl. Phys. B 787 (2007) 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lhnets._card import Input
from lhnets_training.export import PARAMETERS, Graph
from lhnets_training.fit.quadratic_form import Monomials
from lhnets_training.fit.terms import Terms

Array = NDArray[np.float64]

SIN2_WEINBERG = 0.2312
TAN_WEINBERG = np.sqrt(SIN2_WEINBERG / (1 - SIN2_WEINBERG))
MEAN_MASS = 400.0
"""GeV; the middle of the logarithms."""
EXPONENTS = np.array([2.0, 3.0, 4.0])
_OL, _OR, _A, _B = range(4)
PAIRS = ((_OL, _OL), (_OR, _OR), (_OL, _OR), (_OL, _A), (_OR, _B), (_OL, _B), (_OR, _A), (_A, _A), (_B, _B), (_A, _B))
MONOMIAL_OF_PAIR = (0, 0, 1, 2, 2, 3, 3, 4, 4, 5)


def masses(inputs: Sequence[Input]) -> Terms:
    """Raw: powers 1 to 4 of log M, with M the mean mass, log^2(m_c1/m_n2), log(1 + m_sq^2/M^2); the core sees 1, 5 and 6."""
    mix = _masses_mix(inputs)
    exponents = np.array([1.0, *EXPONENTS])

    def values(x: Array) -> Array:
        m, m_c1, m_n2, m_sq = (x @ mix).T
        log = np.log(m / MEAN_MASS)
        even, far = np.log(m_c1 / m_n2) ** 2, np.log1p((m_sq / m) ** 2)
        return np.concatenate([log[:, None] ** exponents, even[:, None], far[:, None]], axis=1)

    def build(graph: Graph) -> str:
        logs = graph.node("Log", graph.affine(PARAMETERS, mix, np.zeros(4)))
        first = graph.affine(logs, np.array([[1.0], [0], [0], [0]]), np.array([-np.log(MEAN_MASS)]))
        powers = graph.node("Pow", first, graph.constant(exponents))
        ratio = graph.affine(logs, np.array([[0.0], [1], [-1], [0]]), np.zeros(1))
        heavy = graph.affine(logs, np.array([[-2.0], [0], [0], [2]]), np.zeros(1))
        far = graph.node("Log", graph.node("Add", graph.node("Exp", heavy), graph.constant(np.ones(1))))
        return graph.node("Concat", powers, graph.node("Mul", ratio, ratio), far, axis=1)

    return Terms(values, build, np.eye(6)[:, [0, 4, 5]])


def couplings(inputs: Sequence[Input]) -> Monomials:
    """O_L^2 + O_R^2, O_L O_R, O_L a + O_R b, O_L b + O_R a, a^2 + b^2, a b; a and b times M^2/(M^2 + m_sq^2)."""
    names = [i.name for i in inputs]
    left = _columns(names, [
        {"n_22": 1.0}, {"n_24": -(0.5**0.5)}, {"n_22": 1.0}, {"n_23": 0.5**0.5},
        {"n_22": 0.5, "n_21": TAN_WEINBERG / 6}, {"n_22": 0.5, "n_21": -TAN_WEINBERG / 6},
    ])  # fmt: skip
    right = _columns(names, [{"v_11": 1.0}, {"v_12": 1.0}, {"u_11": 1.0}, {"u_12": 1.0}, {"v_11": 1.0}, {"u_11": 1.0}])
    sums = np.array([[1.0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    first, second = (np.eye(4)[:, [pair[k] for pair in PAIRS]] for k in (0, 1))
    together = np.eye(6)[list(MONOMIAL_OF_PAIR)]
    mix = _masses_mix(inputs)[:, [0, 3]]
    exchanged, direct = np.array([[0.0, 0, 1, 1]]), np.array([1.0, 1, 0, 0])

    def values(x: Array) -> Array:
        m, m_sq = (x @ mix).T
        near = (m**2 / (m**2 + m_sq**2))[:, None]
        strengths = ((x @ left) * (x @ right)) @ sums * (near @ exchanged + direct)
        return np.asarray(((strengths @ first) * (strengths @ second)) @ together)

    def build(graph: Graph) -> str:
        scales = graph.affine(PARAMETERS, mix, np.zeros(2))
        squares = graph.node("Mul", scales, scales)
        share = graph.node(
            "Div",
            graph.affine(squares, np.array([[1.0], [0.0]]), np.zeros(1)),
            graph.affine(squares, np.ones((2, 1)), np.zeros(1)),
        )
        products = graph.node("Mul", *(graph.affine(PARAMETERS, w, np.zeros(6)) for w in (left, right)))
        strengths = graph.node("Mul", graph.affine(products, sums, np.zeros(4)), graph.affine(share, exchanged, direct))
        pairs = graph.node("Mul", *(graph.affine(strengths, w, np.zeros(len(PAIRS))) for w in (first, second)))
        return graph.affine(pairs, together, np.zeros(6))

    return Monomials(values, build)


def _masses_mix(inputs: Sequence[Input]) -> Array:
    """From the inputs to the mean mass, m_c1, m_n2 and m_sq, shape (n, 4)."""
    names = [i.name for i in inputs]
    return _columns(names, [{"m_c1": 0.5, "m_n2": 0.5}, {"m_c1": 1.0}, {"m_n2": 1.0}, {"m_sq": 1.0}])


def _columns(names: Sequence[str], columns: Sequence[dict[str, float]]) -> Array:
    return np.array([[c.get(name, 0.0) for c in columns] for name in names])
