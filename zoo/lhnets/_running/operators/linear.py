"""Products of matrices."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lhnets._running.operators.operator import Operator, rank_of


def gemm(
    xp: Any,
    a: Any,
    b: Any,
    c: Any = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,  # noqa: N803 - named so by ONNX
    transB: int = 0,  # noqa: N803
) -> Any:
    """alpha a b + beta c, with a and b transposed if asked for."""
    a = xp.permute_dims(a, (1, 0)) if transA else a
    b = xp.permute_dims(b, (1, 0)) if transB else b
    product = xp.matmul(a, b)
    product = product if alpha == 1.0 else xp.multiply(product, alpha)
    if c is None:
        return product
    return xp.add(product, c if beta == 1.0 else xp.multiply(c, beta))


def matrix_product(xp: Any, a: Any, b: Any) -> Any:
    """Product of matrices, or of a matrix and a vector."""
    left, right = rank_of(a) == 1, rank_of(b) == 1
    a = xp.reshape(a, (1, *a.shape)) if left else a
    b = xp.reshape(b, (*b.shape, 1)) if right else b
    product = xp.matmul(a, b)
    shape = list(product.shape)
    if right:
        del shape[-1]
    if left:
        del shape[-1 if right else -2]
    return xp.reshape(product, tuple(shape)) if left or right else product


def einsum(xp: Any, *operands: Any, equation: str) -> Any:
    """Sum of products over the letters that the output does not name."""
    terms, arrow, output = equation.replace(" ", "").partition("->")
    if not arrow:
        letters = Counter(terms.replace(",", "").replace(".", ""))
        output = "..." * ("..." in terms) + "".join(sorted(k for k, n in letters.items() if n == 1))
    if "D" in terms:
        spare = next(c for c in "ABCEFGH" if c not in terms)
        terms, output = terms.replace("D", spare), output.replace("D", spare)
    return xp.einsum(f"{terms}->{output}", *operands)


OPERATORS = {
    "Einsum": Operator(einsum),
    "Gemm": Operator(gemm),
    "MatMul": Operator(matrix_product),
}
