"""What a network answers: a value with its uncertainty, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.cite import bibtex
from lhnets._answers.composition import Contribution, Sources, key
from lhnets._answers.number import Values, plain
from lhnets._answers.quantity import Quantity
from lhnets._answers.reproducing import write_line
from lhnets._answers.shifts import Moves
from lhnets._answers.theory import Evaluated, Predicts
from lhnets._answers.uncertain import ONE_SIGMA
from lhnets._asking.energy import speak_energy
from lhnets.errors import ParameterError
from lhnets.format import Card, NetworkFile, Output

Differentiates: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Prediction(Quantity):
    """The answer of a network.

    Attributes
    ----------
    value : float or array
        In ``unit``; a float for scalar parameters, else of the broadcast shape of the parameters.
    uncertainty : float or array
        One standard deviation (68 %) of the network against its own truth, in ``unit``.
    reach : float or array
        At most 1 inside the training region, above 1 outside.
    card : Card
        The card of the network.
    output : Output
        The column of the network that was asked for: its unit, order, energy and subject.
    energy : float or None
        In GeV, if ``energy=`` filled an input.
    notes : tuple of str
        What is worth knowing about how it was obtained.

    Parameters
    ----------
    point : bytes or array
        The evaluated inputs in the order of the card, defaults and energy included: the bytes of n
        float64 for one point, else an array of the shape of the value with one axis more.
        For an event network a function that gives fingerprints of the events.
    row : list or array, optional
        All outputs, with one axis more than the value, from which the components are taken.
    predict : callable, optional
        What the network gives at rows (N, n), for components that follow from other inputs.
    differentiate : callable, optional
        The derivatives of all outputs by the inputs at rows (N, n), shape (n, N, k).
    file : NetworkFile, optional
        What answered.
    """

    __slots__ = (
        "_differentiate", "_file", "_point", "_predict", "_row", "card", "energy", "notes",
        "output", "reach", "uncertainty", "value",
    )  # fmt: skip
    uncertainty: Values
    reach: Values
    notes: tuple[str, ...]

    def __init__(
        self,
        value: Values,
        uncertainty: Values,
        reach: Values,
        card: Card,
        output: Output,
        point: bytes | NDArray[Any] | Callable[[], NDArray[Any]],
        energy: float | None = None,
        row: Any = None,
        notes: tuple[str, ...] = (),
        predict: Predicts | None = None,
        differentiate: Differentiates | None = None,
        file: NetworkFile | None = None,
    ) -> None:
        self.value = value
        self.uncertainty = uncertainty
        self.reach = reach
        self.card = card
        self.output = output
        self.energy = energy
        self.notes = notes
        self._point = point
        self._row = row
        self._predict = predict
        self._differentiate = differentiate
        self._file = file

    @property
    def unit(self) -> str:
        """Unit of value and uncertainty."""
        return self.output.unit

    @property
    def network(self) -> str:
        """NAME@VERSION of the network that answered."""
        return self.card.identity

    @property
    def title(self) -> str:
        """Title of the network."""
        return self.card.title

    @property
    def order(self) -> str | None:
        """Perturbative order of the value."""
        return self.output.order or self.card.conditions.order

    @property
    def conditions(self) -> str:
        """What was computed, in words: order, energy and PDF, also those that the card settles."""
        energy = self.energy or self.output.energy or self.card.conditions.energy
        parts = [self.order, speak_energy(energy) if energy else None, self.card.conditions.pdf]
        return ", ".join(p for p in parts if p)

    @property
    def points(self) -> NDArray[Any]:
        """What was evaluated, shape (*shape of the value, n): it identifies the answer."""
        given = self._point() if callable(self._point) else self._point
        found = np.frombuffer(given, dtype=np.float64) if isinstance(given, bytes) else given
        return found + 0  # -0 is the same point as 0

    @property
    def params(self) -> dict[str, Values]:
        """The inputs of the network by name, in the units of the card.

        Defaults and what ``energy=`` filled are included. A float for one point, else an array of
        the shape of ``value``. Empty for event networks: the events are not kept.
        """
        if self.card.tensors:
            return {}
        points = self.points
        return {i.name: plain(points[..., k]) for k, i in enumerate(self.card.columns)}

    def interval(self, level: float = ONE_SIGMA) -> tuple[Values, Values]:
        """Lower and upper end of the interval that holds the truth with probability ``level``.

        The factor beside the standard deviation is the card's conformal calibration, interpolated
        between its levels.

        Raises
        ------
        ValueError
            If the level is above the highest calibrated one: the card knows nothing of it. If the
            output has no uncertainty, as the events of a generator.
        """
        calibration = self.card.calibration
        if not self.output.has_uncertainty:
            raise ValueError(
                f"{self.output.name} of {self.network} has no uncertainty, so there is no interval"
            )
        if not 0 < level <= calibration.levels[-1]:
            raise ValueError(
                f"{self.network} is calibrated up to the level {calibration.levels[-1]:g}, got "
                f"{level!r}: expected a probability between 0 and that"
            )
        factors = calibration.factors[self._calibrated_as]
        factor = float(np.interp(level, (0.0, *calibration.levels), (0.0, *factors)))
        half = factor * self.uncertainty
        return self.value - half, self.value + half

    @property
    def _calibrated_as(self) -> str:
        """The output whose calibration holds."""
        return self.output.name

    @property
    def moves(self) -> Moves:
        """Changes of the value, with signs, in the variations of the truth that the card states."""
        return Evaluated(
            self.card, self.output, self.value, self._row, self.points, self._predict
        ).moves

    @property
    def gradient(self) -> dict[str, Values]:
        """Exact derivatives of the value by the inputs, computed when asked for.

        Input name -> derivatives in the shape of the value, in its unit over that of the input. NaN
        where the value is NaN.

        Raises
        ------
        ParameterError
            If the answer is not that of a network of parameters itself, such as a CLs.
        """
        if self._differentiate is None or self.card.tensors:
            raise ParameterError(
                f"{self.output.name} of {self.network} has no gradient: expected the answer of a "
                "network of parameters. net.function('torch') with autograd differentiates others"
            )
        points = self.points
        found = self._differentiate(points.reshape(-1, points.shape[-1]))
        slopes = found[:, :, self.card.output_index(self.output.name)]
        shaped = np.where(np.isnan(np.ravel(self.value)), np.nan, slopes)
        shape = np.shape(self.value)
        return {i.name: plain(shaped[k].reshape(shape)) for k, i in enumerate(self.card.columns)}

    def plot(self, over: str | None = None) -> Any:
        """Draw the value over the input that varies, with all its uncertainties.

        Above the value with the band of all sources (68 %, see `total`), below the size of each
        source over the value. Points outside the region are left out if they are NaN.

        Parameters
        ----------
        over
            The input on the axis; needed if several vary.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ParameterError
            If there is a single point, no such input, or several inputs vary and none is named.
        MissingExtraError
            If matplotlib is not installed.
        """
        from lhnets._answers.drawing import FigureLabels, draw, find_axis, label_input

        axis = find_axis(self.params, over, {i.name: i.unit for i in self.card.columns})
        value = label_input(self.output.name, self.unit)
        labels = FigureLabels(self.network, value, self.output.scale == "log")
        return draw(self, axis, labels)

    def cite(self) -> str:
        """BibTeX of the network, its data, its generator and its PDF set."""
        return bibtex([self.card])

    def reproduce(self) -> str:
        """One line that says how to get the very same numbers again, for the notes of a paper.

        It names NAME@VERSION, the SHA-256 of the network file, the version of lhnets and the
        parameters, as JSON. ``lhnets verify-paper FILE`` runs all such lines of a file again.

        Raises
        ------
        ParameterError
            If the answer is not that of a network of parameters itself, such as a sum, a CLs or a
            score of events.
        """
        return write_line(self._file, self.output, self.params, self.value, self.uncertainty)

    def to_dict(self) -> dict[str, Any]:
        """Everything about it, with ``params``, ready for JSON."""
        params = {name: np.asarray(values).tolist() for name, values in self.params.items()}
        return {**super().to_dict(), "params": params}

    def spread(self, shape: tuple[int, ...]) -> Prediction:
        """The same with its arrays broadcast to ``shape``."""
        return self._map(
            lambda values: np.broadcast_to(values, shape),
            lambda rows: np.broadcast_to(rows, (*shape, rows.shape[-1])),
        )

    def __getitem__(self, index: Any) -> Prediction:
        """The prediction of some of the points."""
        if isinstance(self.value, float):
            raise TypeError("a prediction for scalar parameters has no items")
        of_row = (*index, slice(None)) if isinstance(index, tuple) else (index, slice(None))
        return self._map(lambda values: values[index], lambda rows: rows[of_row])

    def _map(
        self, change: Callable[[Any], Any], change_rows: Callable[[NDArray[Any]], NDArray[Any]]
    ) -> Prediction:
        """A plain prediction with changed arrays: ``change_rows`` for those with one axis more."""
        return Prediction(
            plain(change(self.value)),
            plain(change(self.uncertainty)),
            plain(change(self.reach)),
            self.card,
            self.output,
            change_rows(self.points),
            self.energy,
            None if self._row is None else change_rows(np.asarray(self._row)),
            self.notes,
            self._predict,
            self._differentiate,
            self._file,
        )

    @property
    def _inputs_shown(self) -> dict[str, Values]:
        return self.params

    def _sources(self) -> Sources:
        return {key(self): Contribution(self, 1.0)}
