"""A network: its card and its file, called with parameters."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhnets._answers.prediction import Prediction
from lhnets._asking.energy import ENERGY_INPUT, canonical_order, parse_energy
from lhnets._asking.parameters import Parameters, explain_points, to_rows
from lhnets._asking.slha import is_slha, unmet, values_from_slha
from lhnets._asking.taken import assumptions_of, inputs_of
from lhnets._running.engines import Engine, choose_engine, open_session
from lhnets._running.outside import REACH_TOLERANCE, Outside, require_known, treat_outside
from lhnets.errors import ParameterError
from lhnets.format import Card, Input, InputVariation, Output, read, require_understood

if TYPE_CHECKING:
    from lhnets._running.derivatives import Derivatives
    from lhnets._running.event_call import EventCall
    from lhnets._running.function import NetworkFunction
    from lhnets._running.namespaces import NamespaceName
    from lhnets._running.native.engine import NativeSession
    from lhnets._running.outputs import Arrays
    from lhnets._running.prior import Prior
    from lhnets._running.session import Session
    from lhnets._running.verify import Report

_CHOOSE_ANOTHER = (
    "Choose another network by network= or order= (`lhnets list` shows them), or pass "
    "outside='nan' or outside='warn' to go on"
)

MOST_BOUND = 1024
"""Calls kept bound; a scan that names a new energy at every point must not fill the memory."""

_SCALARS = frozenset({float, int, np.float64})


class Network:
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
        self.file = read(content)
        self.card: Card = self.file.card
        require_understood(self.card.identity, self.card.requires)
        self.path = path
        self.source = source
        self.engine: Engine = choose_engine(engine)
        self._columns = tuple(i.name for i in self.card.columns)
        self._session: Session | NativeSession | None = None
        self._twin: Network | None = None
        self._derivatives: Derivatives | None = None
        self._calls: dict[tuple[Any, ...], Call | EventCall] = {}

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
        chosen = self._output(order, output, None if takes_energy else gev)
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
        if self.card.tensors:
            self.differentiate(np.empty((0, len(self._columns))))
        prediction = self(params, outside=outside)
        rows = prediction.points.reshape(-1, len(self._columns))
        found = self.differentiate(rows)[:, :, self._indices(outputs)]
        if outside == "nan":
            found = np.where(np.isnan(np.ravel(prediction.value))[:, None], np.nan, found)
        return dict(zip(self._columns, found, strict=True))

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

    def _as_rows(self, array: ArrayLike) -> NDArray[np.float64]:
        rows = np.ascontiguousarray(array, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self._columns):
            raise ParameterError(
                f"{self.name} takes an array of shape (N, {len(self._columns)}), columns "
                f"{', '.join(self._columns)}; got {rows.shape}"
            )
        return rows

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

    def verify(self) -> Report:
        """Check the file against its digest and re-run its reference points; see `lhnets
        verify`."""
        from lhnets._running.verify import verify

        return verify(self.file)

    def _output(self, order: str | None, name: str | None, energy: float | None) -> Output:
        if name is not None:
            return self.card.output(name)
        card, default = self.card, self.card.output(self.card.default_output)
        orders = (
            {canonical_order(order)}
            if order
            else {canonical_order(o) for o in [default.order] if o}
        )
        matching = [
            o
            for o in sorted(card.central_outputs, key=lambda o: o.name != default.name)
            if (o.subject == default.subject)
            and (not orders or canonical_order(o.order or card.conditions.order or "") in orders)
            and (
                energy is None
                or math.isclose(o.energy or card.conditions.energy or 0.0, energy, rel_tol=1e-6)
            )
        ]
        if not matching:
            have = sorted(
                {
                    (
                        f"{o.order or card.conditions.order} at "
                        f"{o.energy or card.conditions.energy} GeV"
                    )
                    for o in card.central_outputs
                }
            )
            raise ParameterError(
                f"{self.name} has no output of order {order!r} at energy {energy!r} GeV; it has "
                f"{'; '.join(have)}"
            )
        return matching[0]

    def __reduce__(self) -> tuple[Any, ...]:
        return Network, (self.file.content, self.path, self.source, self.engine)

    def _repr_html_(self) -> str:
        return self.card._repr_html_()

    def __repr__(self) -> str:
        return f"<Network {self.name}: {self.card.title}>"


class Call:
    """A network with its output, energy and treatment of the outside settled: parameters in,
    prediction out."""

    __slots__ = (
        "_card",
        "_column",
        "_defaults",
        "_differentiate",
        "_energy",
        "_fills",
        "_in_order",
        "_network",
        "_notes",
        "_output",
        "_outside",
        "_pack",
        "_predict",
        "_subject",
        "_with_row",
    )

    def __init__(
        self,
        network: Network,
        output: Output,
        fills: dict[str, float],
        outside: Outside,
        subject: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        card = network.card
        self._subject = subject or output.subject or card.subject
        self._notes = notes
        self._network = network
        self._card = card
        self._output = output
        self._fills = fills
        self._outside = outside
        self._energy = fills.get(ENERGY_INPUT)
        self._column = card.output_index(output.name)
        variations = card.variations_of(output.name)
        self._with_row = bool(variations) or any(
            p.of == output.name for p in card.physics_uncertainty
        )
        varies_inputs = any(isinstance(v, InputVariation) for v in variations)
        self._predict = network.predict if varies_inputs else None
        self._differentiate = network.differentiate
        names = [i.name for i in card.columns]
        self._defaults = {
            i.name: fills.get(i.name, i.default)
            for i in card.columns
            if i.name in fills or i.default is not None
        }
        self._in_order = _pick_in_order(names)
        self._pack = struct.Struct(f"={len(names)}d").pack

    @property
    def network(self) -> Network:
        """The network that is called."""
        return self._network

    @property
    def output(self) -> Output:
        """The output that is asked for."""
        return self._output

    @property
    def fills(self) -> dict[str, float]:
        """Inputs that the energy fills."""
        return self._fills

    def find_broken(self, params: Parameters) -> list[str]:
        """What the network takes for granted and SLHA parameters contradict, in words."""
        return unmet(params, assumptions_of(self._card, self._subject), self._inputs())

    def find_outside(self, params: Parameters) -> list[str]:
        """Which bounds of the region SLHA parameters break, in words. Nothing if they cannot be
        read: the call itself tells that."""
        try:
            rows, _ = to_rows(values_from_slha(params, self._inputs()), self._card, self._fills)
        except ParameterError:
            return []
        reach = self._network.session.run({"parameters": rows})[2]
        beyond = ~(reach <= 1.0 + REACH_TOLERANCE)
        return [explain_points(beyond, rows, reach, self._card)] if beyond.any() else []

    def _inputs(self) -> Sequence[Input]:
        return inputs_of(self._card, self._subject)

    def __call__(self, params: Parameters) -> Prediction:
        """One point by the short path where everything is plain and inside; the thorough one
        otherwise."""
        if type(params) is dict:
            prediction = self._point(params)
            if prediction is not None:
                return prediction
        return self._rows(params)

    def _point(self, params: dict[str, Any]) -> Prediction | None:
        fills = self._fills
        if fills and not fills.keys().isdisjoint(params):
            return None
        merged = {**self._defaults, **params}
        try:
            values = self._in_order(merged)
            packed = self._pack(*values)
        except (KeyError, struct.error, OverflowError):
            return None
        total = sum(values)
        if (
            len(merged) != len(values)
            or total - total != 0.0
            or not _SCALARS.issuperset(map(type, values))
        ):
            return None
        point = self._network.session.point
        point.inputs[:] = packed
        point.run()
        reach = point.reach[0]
        if not reach <= 1.0 + REACH_TOLERANCE:
            return None
        column = self._column
        row = point.value.tolist() if self._with_row else None
        return Prediction(
            point.value[column],
            point.uncertainty[column],
            reach,
            self._card,
            self._output,
            packed,
            self._energy,
            row,
            self._notes,
            self._predict,
            self._differentiate,
        )

    def _rows(self, params: Parameters) -> Prediction:
        spectra = is_slha(params)
        broken = self.find_broken(params) if spectra else []
        named = values_from_slha(params, self._inputs()) if spectra else params
        rows, shape = to_rows(named, self._card, self._fills)
        value, uncertainty, reach = self._network.session.run({"parameters": rows})
        value, uncertainty = treat_outside(
            self._outside,
            np.full(len(rows), bool(broken)),
            value,
            uncertainty,
            lambda: f"{self._card.identity} is not for this spectrum: {'; '.join(broken)}",
            _CHOOSE_ANOTHER,
        )
        beyond = ~(reach <= 1.0 + REACH_TOLERANCE)
        value, uncertainty = treat_outside(
            self._outside,
            beyond,
            value,
            uncertainty,
            lambda: explain_points(beyond, rows, reach, self._card),
        )
        column, k = self._column, len(self._card.outputs)
        row = value.reshape(*shape, k) if self._with_row else None
        parts = [_shaped(a, shape) for a in (value[:, column], uncertainty[:, column], reach)]
        points = rows.reshape(*shape, rows.shape[1])
        return Prediction(
            parts[0],
            parts[1],
            parts[2],
            self._card,
            self._output,
            points,
            self._energy,
            row,
            self._notes,
            self._predict,
            self._differentiate,
        )


def _pick_in_order(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """What takes the values of these names out of a mapping, as a tuple."""
    if len(names) == 1:
        return lambda mapping: (mapping[names[0]],)
    return itemgetter(*names)


def _shaped(array: NDArray[np.float64], shape: tuple[int, ...]) -> Any:
    return float(array[0]) if shape == () else np.ascontiguousarray(array).reshape(shape)
