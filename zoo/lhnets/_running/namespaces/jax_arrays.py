"""jax.numpy, which follows the array API, in double precision."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._running.namespaces.importing import import_library
from lhnets.errors import ParameterError


class JaxArrays:
    """The functions of jax.numpy; everything can be traced by ``jit``, ``grad`` and ``vmap``."""

    def __init__(self) -> None:
        self._jax = import_library("jax")
        self._jnp = import_library("jax.numpy")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._jnp, name)

    def quiet(self) -> contextlib.AbstractContextManager[Any]:
        """Refuse to round to single precision; jax itself warns of nothing.

        Raises
        ------
        ParameterError
            If the double precision of jax is off, as it is by default.
        """
        if not self._jax.config.jax_enable_x64:
            raise ParameterError(
                "networks are evaluated in double precision, which is off in jax. "
                'Turn it on before the first array is made: jax.config.update("jax_enable_x64", '
                "True)"
            )
        return contextlib.nullcontext()

    @staticmethod
    def place(array: Any) -> str:
        """Where the constants for an array must lie: jax moves them by itself."""
        return "default"

    @staticmethod
    def constant(array: NDArray[Any], place: str) -> NDArray[Any]:
        """A constant of the graph; jax takes numpy arrays."""
        return np.asarray(array)

    def maximum(self, x: Any, y: Any) -> Any:
        """The larger of two, element by element, with the derivative of the chosen one.

        That of jax is a product with 0 for the other one: NaN, where that derivative overflows.
        """
        return self._jnp.where((x >= y) | self._jnp.isnan(x), x, y)

    def minimum(self, x: Any, y: Any) -> Any:
        """The smaller of two, element by element, with the derivative of the chosen one."""
        return self._jnp.where((x <= y) | self._jnp.isnan(x), x, y)

    def erf(self, x: Any) -> Any:
        """The error function."""
        return self._jax.scipy.special.erf(x)

    def take(self, x: Any, indices: Any, axis: int) -> Any:
        """Elements along an axis; the indices are within bounds."""
        return self._jnp.take(x, indices, axis=axis, mode="clip")

    def take_along_axis(self, x: Any, indices: Any, axis: int) -> Any:
        """Elements along an axis, of which the indices differ from row to row."""
        return self._jnp.take_along_axis(x, indices, axis=axis, mode="clip")
