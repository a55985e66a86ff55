"""A network file that is ready to run: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhnets._running.engines import Engine, choose_engine, open_session
from lhnets.errors import ParameterError
from lhnets.format import Card, read, require_understood

if TYPE_CHECKING:
    from lhnets._running.derivatives import Derivatives, SecondDerivatives
    from lhnets._running.native.engine import NativeSession
    from lhnets._running.outputs import Arrays
    from lhnets._running.session import Session


class LoadedNetwork:
    """What a call needs of a network: its card, its session, its values and their derivatives.

    Parameters
    ----------
    content : bytes
        The network file.
    path : Path
        Where it lies.
    source : str
        The mirror that gave it.
    engine : {"onnxruntime", "native"}, optional
        What runs it; what the variable LHNETS_ENGINE says unless given.
    """

    def __init__(
        self, content: bytes, path: Path, source: str = "file", engine: Engine | None = None
    ) -> None:
        self.file = read(content)
        self.card: Card = self.file.card
        require_understood(self.card.identity, self.card.requires)
        self.path = path
        self.source = source
        self.engine: Engine = choose_engine(engine)
        self._columns = tuple(i.name for i in self.card.columns)
        self._session: Session | NativeSession | None = None
        self._derivatives: Derivatives | None = None
        self._second_derivatives: SecondDerivatives | None = None

    @property
    def name(self) -> str:
        """NAME@VERSION."""
        return self.card.identity

    @property
    def session(self) -> Session | NativeSession:
        """The file ready to run, loaded when first needed."""
        if self._session is None:
            from lhnets._running.static import require_harmless

            if self.source != "bundled":
                require_harmless(self.file.content)
            self._session = open_session(self.file, self.engine)
        return self._session

    def predict(
        self, array: ArrayLike | Mapping[str, NDArray[np.generic]], *, threads: int = 1
    ) -> Arrays:
        """The bare fast path: arrays in, arrays out, no check but that of the shape.

        Parameters
        ----------
        array
            Shape (N, n), columns in card order and units. For an event network a mapping of its
            named inputs.
        threads
            How many evaluate at once; the answers are the same to the last bit. Events take one.

        Returns
        -------
        Arrays
            ``value`` (N, k), ``uncertainty`` (N, k), ``reach`` (N,); what lies outside the region
            has a reach above 1.
        """
        if isinstance(array, Mapping):
            return self.session.run({k: np.asarray(v) for k, v in array.items()})
        rows, session = self._as_rows(array), self.session
        if threads == 1 and type(threads) is int:
            return session.run({"parameters": rows})
        if type(threads) is not int or threads < 1:
            raise ParameterError(f"threads must be a whole number from 1 on, got {threads!r}")
        from lhnets._running.threads import run_in_threads

        return run_in_threads(lambda part: session.run({"parameters": part}), rows, threads)

    def differentiate(self, array: ArrayLike) -> NDArray[np.float64]:
        """The bare fast path to derivatives: an array (N, n) in card order and units, no check of
        the region.

        Returns
        -------
        array
            Shape (n, N, k): by which input, at which point, of which output.

        Raises
        ------
        ParameterError
            If the network takes events.
        """
        rows = self._as_rows(array)
        if self.engine == "native" and (by_session := self.session.differentiate) is not None:
            return by_session(rows)
        if self._derivatives is None:
            from lhnets._running.derivatives import Derivatives

            self._derivatives = Derivatives(self.file.content, self.card)
        return self._derivatives(rows)

    def differentiate_twice(self, array: ArrayLike) -> NDArray[np.float64]:
        """As `differentiate`, the second derivatives: shape (n, n, N, k), by which two inputs."""
        rows = self._as_rows(array)
        if self._second_derivatives is None:
            from lhnets._running.derivatives import SecondDerivatives

            self._second_derivatives = SecondDerivatives(self.file.content, self.card)
        return self._second_derivatives(rows)

    def _as_rows(self, array: ArrayLike) -> NDArray[np.float64]:
        rows = np.ascontiguousarray(array, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self._columns):
            raise ParameterError(
                f"{self.name} takes an array of shape (N, {len(self._columns)}), columns "
                f"{', '.join(self._columns)}; got {rows.shape}"
            )
        return rows
