"""How a chargino-pair cross section depends on masses, energy and mixing: ten functions, each with
a product of couplings.

In units of the gauge coupling the amplitude of q qbar -> chi+ chi- is that of photon and Z, linear
in a = U_11^2 and b = V_11^2, plus that of the squark exchanged, a for up-type quarks (which
exchange a down-type squark) and b for down-type ones, each with a propagator (conventions: G. Bozzi
et al., Nucl. Phys. B 787 (2007) 1). Summed over both beams photon and Z are symmetric in a, b.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input
from lhnets_training.fit.coefficients import CoefficientFormula, CoefficientGroup, Monomials
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.recipe import Rows

Array = NDArray[np.float64]

SCALES = ("m_c1", "m_sul", "m_sdl", "sqrt_s")
MEAN_ENERGY = 10_000.0
"""GeV; the middle of the logarithms."""
MEAN_FRACTION = 0.04
ABSENT = 1e8
"""GeV; the mass of a squark that is not exchanged."""
COEFFICIENTS = (("s_1", "s_a", "s_aa", "s_ab"), ("u_a", "u_aa", "u_ab"), ("d_b", "d_bb", "d_ab"))
"""Of 1, a + b, a^2 + b^2, a b without squarks, and what squarks add for quarks of up and of down
type."""
EXPONENTS = np.array([1.0, 2.0, 3.0, 4.0])
_ONE, _A, _B, _DOWN, _UP = range(5)
"""1, a, b, then a and b with the propagator of the squark at threshold."""
PAIRS = (
    (_ONE, _ONE), (_A, _ONE), (_B, _ONE), (_A, _A), (_B, _B), (_A, _B),
    (_DOWN, _ONE), (_DOWN, _A), (_DOWN, _B), (_UP, _ONE), (_UP, _B), (_UP, _A),
)  # fmt: skip
_NEAR, _WITH_SQUARK = np.array([[1.0, 1], [0, 0], [0, 0]]), np.array([[1.0, 1], [0, 1], [1, 0]])
MONOMIAL_OF_PAIR = (0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9)


def masses(inputs: Sequence[Input]) -> FeatureTerms:
    """Raw: powers 1 to 4 of log m/sqrt_s, its fourth root, log sqrt_s, log m_sul/m and log
    m_sdl/m."""
    pick = _pick(inputs, SCALES)
    to_fraction, middle = np.array([[1.0], [0], [0], [-1]]), np.array([-np.log(MEAN_FRACTION)])
    to_others = np.array([[0.25, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [-0.25, 1, 0, 0]])
    to_others[0, 2:] = -1
    others = np.array([0.0, -np.log(MEAN_ENERGY), 0, 0])

    def values(x: Array) -> Array:
        logs = np.log(x @ pick)
        rest = logs @ to_others + others
        return np.concatenate(
            [(logs @ to_fraction + middle) ** EXPONENTS, np.exp(rest[:, :1]), rest[:, 1:]], axis=1
        )

    def build(graph: NetworkGraph) -> str:
        logs = graph.node("Log", graph.affine(PARAMETERS, pick, np.zeros(4)))
        powers = graph.node(
            "Pow", graph.affine(logs, to_fraction, middle), graph.constant(EXPONENTS)
        )
        root = graph.node("Exp", graph.affine(logs, to_others[:, :1], others[:1]))
        return graph.node(
            "Concat", powers, root, graph.affine(logs, to_others[:, 1:], others[1:]), axis=1
        )

    return FeatureTerms(values, build, np.eye(8)[:, 4:])


def groups(inputs: Sequence[Input], x: Array, rows: Rows) -> CoefficientFormula:
    """The columns of a formula as `COEFFICIENTS` has them, at points x (N, n) whose two squark
    masses are alike."""
    near = np.divide(
        *((x @ _pick(inputs, SCALES[:3])) ** 2 @ w[:, :1] for w in (_NEAR, _WITH_SQUARK))
    )
    eye = np.eye(8)
    found = []
    for names, seen, exchanged in zip(
        COEFFICIENTS, (eye[:, [4, 5]], eye[:, [4, 5, 7]], eye[:, [4, 5, 6]]), (0, 1, 1), strict=True
    ):
        largest = np.repeat(near**exchanged, len(names), axis=1)
        found.append(
            CoefficientGroup(
                seen, np.stack([np.asarray(rows[n]) for n in names], axis=1) / largest, largest
            )
        )
    return CoefficientFormula(x, eye[:, :6], tuple(found))


def coefficients(form: Callable[[Array], Array], points: Array) -> Array:
    """The numbers (N, 10) in the order of `COEFFICIENTS` at points (N, 3) of m_c1, m_sq and sqrt_s,
    from a `CharginoPairForm`."""
    m, m_sq, sqrt_s = points.T
    far = np.full_like(m, ABSENT)
    plain, up, down = (
        form(np.column_stack([m, sul, sdl, sqrt_s]))
        for sul, sdl in ((far, far), (far, m_sq), (m_sq, far))
    )
    columns = [
        plain[:, 0, 0],
        plain[:, 0, 1] + plain[:, 0, 2],
        (plain[:, 1, 1] + plain[:, 2, 2]) / 2,
        2 * plain[:, 1, 2],
    ]
    for with_squark, k in ((up - plain, 1), (down - plain, 2)):
        columns += [2 * with_squark[:, 0, k], with_squark[:, k, k], 2 * with_squark[:, 1, 2]]
    return np.stack(columns, axis=1)


def monomials(inputs: Sequence[Input]) -> Monomials:
    """1, a + b, a^2 + b^2, a b, then a, a^2, a b times m^2/(m^2 + m_sdl^2), and b, b^2, a b times
    m^2/(m^2 + m_sul^2)."""
    scales, mixing = _pick(inputs, SCALES[:3]), _pick(inputs, ("u_11", "v_11"))
    first, second = (np.eye(5)[:, [pair[k] for pair in PAIRS]] for k in (0, 1))
    together = np.eye(10)[list(MONOMIAL_OF_PAIR)]

    def values(x: Array) -> Array:
        squares, direct = (x @ scales) ** 2, (x @ mixing) ** 2
        exchanged = direct * (squares @ _NEAR) / (squares @ _WITH_SQUARK)
        strengths = np.concatenate([np.ones((len(x), 1)), direct, exchanged], axis=1)
        return np.asarray(((strengths @ first) * (strengths @ second)) @ together)

    def build(graph: NetworkGraph) -> str:
        squares, direct = (
            graph.node("Mul", p, p)
            for p in (graph.affine(PARAMETERS, w, np.zeros(w.shape[1])) for w in (scales, mixing))
        )
        share = graph.node(
            "Div", *(graph.affine(squares, w, np.zeros(2)) for w in (_NEAR, _WITH_SQUARK))
        )
        strengths = graph.node("Concat", direct, graph.node("Mul", direct, share), axis=1)
        products = graph.node(
            "Mul", *(graph.affine(strengths, w[1:], w[0]) for w in (first, second))
        )
        return graph.affine(products, together, np.zeros(10))

    return Monomials(values, build)


def _pick(inputs: Sequence[Input], names: Sequence[str]) -> Array:
    """Selects the inputs ``names``, shape (n, len(names))."""
    return np.array([[float(i.name == name) for name in names] for i in inputs])
