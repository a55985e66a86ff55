"""A network: its card and its file, called with parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhnets._answers.prediction import Prediction
from lhnets._asking.energy import ENERGY_INPUT, parse_energy
from lhnets._asking.parameters import Parameters
from lhnets._running.call import Call
from lhnets._running.engines import Engine, choose_engine
from lhnets._running.loaded import LoadedNetwork
from lhnets._running.output_choice import choose_output
from lhnets._running.outside import Outside, require_known
from lhnets.errors import ParameterError

if TYPE_CHECKING:
    from lhnets._running.event_call import EventCall
    from lhnets._running.function import NetworkFunction
    from lhnets._running.namespaces import NamespaceName
    from lhnets._running.prior import Prior
    from lhnets._running.verify import Verification

MOST_BOUND = 1024
"""Calls kept bound; a scan that names a new energy at every point must not fill the memory."""


class Network(LoadedNetwork):
    """One version of a network, ready to be called.

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

    Attributes
    ----------
    card : Card
        Everything about it.
    path : Path
        The verified file.
    source : str
        The mirror that gave it: its address or folder, ``bundled``, or ``file`` where the file
        itself was named.
    engine : str
        What was asked to run it.
    """

    def __init__(
        self, content: bytes, path: Path, source: str = "file", engine: Engine | None = None
    ) -> None:
        super().__init__(content, path, source, engine)
        self._twin: Network | None = None
        self._calls: dict[tuple[Any, ...], Call | EventCall] = {}

    def with_engine(self, engine: Engine) -> Network:
        """The same network, run by another engine."""
        if choose_engine(engine) == self.engine:
            return self
        if self._twin is None:
            self._twin = Network(self.file.content, self.path, self.source, engine)
        return self._twin

    def __call__(
        self,
        params: Parameters,
        *,
        energy: str | float | None = None,
        order: str | None = None,
        output: str | None = None,
        outside: Outside | None = None,
    ) -> Prediction:
        """The prediction for parameters by name, an array in card order, a table or an SLHA file.

        Parameters
        ----------
        params
            Mapping of scalars or broadcastable arrays in the card's units; array of shape (N, n) in
            card order; table with named columns; path of an SLHA file or a document parsed by
            pyslha. For an event network its named inputs, or particles of any form; see `Classify`.
        energy
            Fills ``sqrt_s`` where the network takes it, else selects an output: ``"13 TeV"`` or a
            number in GeV.
        order
            Selects an output by its perturbative order.
        output
            Selects an output by its name.
        outside
            What to do with points outside the training region: ``"raise"``, ``"nan"`` or
            ``"warn"``. By default an error for parameters, and NaN with a warning for events.
        """
        key = (energy, order, output, outside)
        call = self._calls.get(key)
        if call is None:
            call = self.bind(energy=energy, order=order, output=output, outside=outside)
            if len(self._calls) >= MOST_BOUND:
                self._calls.clear()
            self._calls[key] = call
        return call(params)

    def bind(
        self,
        *,
        energy: str | float | None = None,
        order: str | None = None,
        output: str | None = None,
        outside: Outside | None = None,
        subject: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> Call | EventCall:
        """A call with everything but the parameters settled.

        Parameters
        ----------
        subject
            The alias of the output that was asked for: SLHA entries are looked up for it.
        notes
            What the predictions shall tell.
        """
        require_known(outside)
        if self.card.tensors:
            return self._bind_events(energy, order, output, outside, notes)
        gev = parse_energy(energy)
        takes_energy = any(i.name == ENERGY_INPUT for i in self.card.columns)
        fills = {ENERGY_INPUT: gev} if gev is not None and takes_energy else {}
        chosen = choose_output(
            self.card, order=order, name=output, energy=None if takes_energy else gev
        )
        return Call(self, chosen, fills, outside or "raise", subject, notes)

    def _bind_events(
        self,
        energy: str | float | None,
        order: str | None,
        output: str | None,
        outside: Outside | None,
        notes: tuple[str, ...],
    ) -> EventCall:
        if energy is not None or order is not None:
            raise ParameterError(
                f"{self.name} takes events: energy= and order= select nothing of it, output= does"
            )
        from lhnets._running.event_call import EventCall

        return EventCall(self, output, outside, notes)

    @property
    def takes(self) -> dict[str, tuple[float, float]]:
        """What it takes besides noise and tensors without a range: name -> (low, high), in the
        units of the card."""
        from lhnets._running.generating import find_conditions

        return find_conditions(self.card)

    def generate(
        self,
        events: int,
        conditions: Mapping[str, Any] | None = None,
        *,
        seed: int | None = None,
        outside: Outside = "raise",
    ) -> Prediction:
        """Events drawn by a generator; see `lhnets.Generate`."""
        from lhnets._running.generating import generate

        return generate(self, events, seed, dict(conditions or {}), outside)

    def density(
        self,
        events: ArrayLike,
        conditions: Mapping[str, Any] | None = None,
        *,
        outside: Outside = "raise",
    ) -> NDArray[np.float64]:
        """The density from which a generator draws its events.

        Parameters
        ----------
        events
            Shape (N, k): the coordinates of the card's tensor whose density it gives, in the order
            and units of its features.
        conditions
            The inputs that are not noise, by name: one value for all events, or one for each.
        outside
            What to do with conditions outside the training region.

        Returns
        -------
        array
            Shape (N,): per unit of each coordinate, so that its integral over all of them is 1.
            Zero outside the ranges of the coordinates, where no event is drawn.

        Raises
        ------
        ParameterError
            If the network gives no density, or the events do not fit the card.
        OutsideRegionError
            For conditions outside the training region.
        """
        from lhnets._running.generating import find_density

        return find_density(self, events, dict(conditions or {}), outside)

    def plot(
        self,
        name: str,
        *,
        output: str | None = None,
        points: int = 200,
        truth: bool = False,
        **params: float,
    ) -> Any:
        """Draw the network over the range of one input, the others fixed.

        Above the value with the band of all uncertainties (68 %, see `Prediction.total`), below the
        size of each source over the value. What is outside the region is left out.

        Parameters
        ----------
        name
            The input on the axis.
        output
            Name of an output; the default output otherwise.
        points
            How many are evaluated.
        truth
            Show rows of the data set too: above those on the curve; below how far the network is
            from those whose other inputs lie within 2 % of their ranges of the fixed ones. The
            data set is fetched if it is not at hand.
        **params
            The other inputs, in the card's units.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ParameterError
            If the input is unknown or has no range, or another one is missing.
        MissingExtraError
            If matplotlib, or for ``truth`` the extra [datasets], is not installed.
        """
        from lhnets._running.plotting import plot_over

        ask = self.bind(output=output, outside="nan")
        return plot_over(self.card, name, params, points, ask, truth)

    def function(self, namespace: NamespaceName = "numpy") -> NetworkFunction:
        """A pure function that evaluates the network with the arrays of a library, without ONNX
        Runtime.

        Nothing is checked but shapes: look at ``reach``. Real numbers keep the precision that the
        file states. The numbers agree with those of `predict` to 1e-12 relative, or to the
        rounding of the graph if that is larger.

        Parameters
        ----------
        namespace
            ``"numpy"``, ``"torch"`` (differentiable by autograd) or ``"jax"`` (for ``jit``,
            ``grad`` and ``vmap``; turn on ``jax_enable_x64`` first).

        Returns
        -------
        callable
            Takes an array of shape (N, n), columns in card order and units, or for an event network
            a mapping of its named inputs, and gives a named tuple ``value`` (N, k), ``uncertainty``
            (N, k), ``reach`` (N,).

        Raises
        ------
        MissingExtraError
            If the library is not installed.
        NetworkFileError
            If the graph has an operator that the interpreter does not know.
        """
        from lhnets._running.function import make_function

        return make_function(self.file.content, len(self.card.columns), namespace)

    def jacobian(
        self,
        params: Parameters,
        outputs: str | Sequence[str] | None = None,
        *,
        outside: Outside = "raise",
    ) -> dict[str, NDArray[np.float64]]:
        """Exact derivatives of the values by the inputs, in double precision even if the graph is
        in single.

        The rules of differentiation are applied to each operator: there is no step, and no noise of
        a step. At a kink the derivative is that of one side: 0 for Relu at 0, the inside for Clip
        at a limit, the first operand for Max and Min, the first of equal elements for ReduceMax and
        ReduceMin.

        Parameters
        ----------
        params
            As for a call: a mapping, an array (N, n) in card order, a table or an SLHA file.
        outputs
            Name or names of outputs; all in card order unless given.
        outside
            What to do with points outside the training region: ``"raise"``, ``"nan"`` or
            ``"warn"``.

        Returns
        -------
        dict
            Input name -> derivatives of shape (N, k), in the unit of the output over that of the
            input.

        Raises
        ------
        OutsideRegionError
            If a point lies outside the region.
        ParameterError
            If the network takes events.
        """
        found = self._differentiated(self.differentiate, params, outputs, outside)
        return dict(zip(self._columns, found, strict=True))

    def hessian(
        self,
        params: Parameters,
        outputs: str | Sequence[str] | None = None,
        *,
        outside: Outside = "raise",
    ) -> dict[str, dict[str, NDArray[np.float64]]]:
        """Exact second derivatives of the values by pairs of inputs, in double precision.

        By the rules of `jacobian`, applied twice. At a kink, and where a network is linear in
        pieces, they are those of one side.

        Parameters
        ----------
        params, outputs, outside
            As for `jacobian`.

        Returns
        -------
        dict
            Input name -> input name -> second derivatives of shape (N, k), in the unit of the
            output over those of both inputs.

        Raises
        ------
        OutsideRegionError
            If a point lies outside the region.
        ParameterError
            If the network takes events.
        """
        found = self._differentiated(self.differentiate_twice, params, outputs, outside)
        return {
            name: dict(zip(self._columns, row, strict=True))
            for name, row in zip(self._columns, found, strict=True)
        }

    def _differentiated(
        self,
        differentiate: Callable[[NDArray[np.float64]], NDArray[np.float64]],
        params: Parameters,
        outputs: str | Sequence[str] | None,
        outside: Outside,
    ) -> NDArray[np.float64]:
        """Derivatives (..., N, k) at checked points, of some outputs."""
        if self.card.tensors:
            differentiate(np.empty((0, len(self._columns))))
        prediction = self(params, outside=outside)
        rows = prediction.points.reshape(-1, len(self._columns))
        found = differentiate(rows)[..., self._indices(outputs)]
        if outside == "nan":
            found = np.where(np.isnan(np.ravel(prediction.value))[:, None], np.nan, found)
        return found

    def _indices(self, outputs: str | Sequence[str] | None) -> list[int] | slice:
        if outputs is None:
            return slice(None)
        wanted = [outputs] if isinstance(outputs, str) else list(outputs)
        return [self.card.output_index(self.card.output(name).name) for name in wanted]

    def prior(self) -> Prior:
        """The region as the prior of a sampler: flat in the inputs, nothing outside.

        Raises
        ------
        ParameterError
            If the network takes events.
        """
        from lhnets._running.prior import Prior

        return Prior(self.card, self.predict)

    def verify(self) -> Verification:
        """Check the file against its digest and re-run its reference points; see `lhnets
        verify`."""
        from lhnets._running.verify import verify

        return verify(self.file)

    def __reduce__(self) -> tuple[Any, ...]:
        return Network, (self.file.content, self.path, self.source, self.engine)

    def _repr_html_(self) -> str:
        return self.card._repr_html_()

    def __repr__(self) -> str:
        return f"<Network {self.name}: {self.card.title}>"
