"""Array namespaces for the operators: numpy, torch and jax under the names of the array API, and
dual numbers.

Beyond the array API the operators use ``einsum``, ``erf``, ``fmod`` and ``take_along_axis``.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from lhnets.errors import ParameterError

NamespaceName: TypeAlias = Literal["numpy", "jax", "torch"]


def load_namespace(name: NamespaceName) -> Any:
    """The namespace of a library, which is imported now.

    Raises
    ------
    MissingExtraError
        If the library is not installed.
    ParameterError
        If the name is not ``numpy``, ``jax`` or ``torch``.
    """
    if name == "numpy":
        from lhnets._running.namespaces.numpy_arrays import NumpyArrays

        return NumpyArrays()
    if name == "torch":
        from lhnets._running.namespaces.torch_arrays import TorchArrays

        return TorchArrays()
    if name == "jax":
        from lhnets._running.namespaces.jax_arrays import JaxArrays

        return JaxArrays()
    raise ParameterError(f"a function is made for 'numpy', 'jax' or 'torch', got {name!r}")
