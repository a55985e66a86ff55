"""What a network answers: a value with its uncertainty, and where it comes from."""

from __future__ import annotations

import html
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.arithmetic import Arithmetic
from lhnets._asking.energy import speak_energy
from lhnets.format import Card, Output

Values = float | NDArray[np.float64]


class Shift(NamedTuple):
    """An uncertainty of the truth: ``up`` and ``down``, both positive, in the unit of the value."""

    up: Values
    down: Values


class Prediction(Arithmetic):
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
    """

    __slots__ = ("_row", "card", "energy", "output", "reach", "uncertainty", "value")

    def __init__(
        self,
        value: Values,
        uncertainty: Values,
        reach: Values,
        card: Card,
        output: Output,
        energy: float | None = None,
        row: Any = None,
    ) -> None:
        self.value = value
        self.uncertainty = uncertainty
        self.reach = reach
        self.card = card
        self.output = output
        self.energy = energy
        self._row = row

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

    def interval(self, level: float = 0.68) -> tuple[Values, Values]:
        """Lower and upper end of the interval that holds the truth with probability ``level``.

        The factor beside the standard deviation is the card's conformal calibration, interpolated between its levels.

        Raises
        ------
        ValueError
            for a level beyond the calibrated ones: the card knows nothing of them.
        """
        calibration = self.card.calibration
        if not 0 < level <= calibration.levels[-1]:
            raise ValueError(
                f"{self.network} is calibrated up to the level {calibration.levels[-1]:g}, got {level!r}: "
                "expected a probability between 0 and that"
            )
        factors = calibration.factors[self.output.name]
        half = float(np.interp(level, (0.0, *calibration.levels), (0.0, *factors))) * self.uncertainty
        return self.value - half, self.value + half

    @property
    def components(self) -> dict[str, Shift]:
        """Uncertainties of the truth itself (scale, PDF …), by their source; empty where the truth has none."""
        return {
            p.source: Shift(self._column(p.up), self._column(p.down))
            for p in self.card.physics_uncertainty
            if p.of == self.output.name
        }

    def cite(self) -> str:
        """BibTeX of the network, its data, its generator and its PDF set."""
        from lhnets._answers.cite import bibtex

        return bibtex([self.card])

    def _column(self, name: str) -> Values:
        index = self.card.output_index(name)
        return self._row[index] if isinstance(self.value, float) else self._row[..., index]  # type: ignore[no-any-return]

    def __float__(self) -> float:
        return float(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.value, dtype=dtype) if copy else np.asarray(self.value, dtype=dtype)

    def __len__(self) -> int:
        if isinstance(self.value, float):
            raise TypeError("a prediction for scalar parameters has no length")
        return len(self.value)

    def __getitem__(self, index: SupportsIndex | slice | NDArray[Any]) -> Prediction:
        """The prediction of some of the points."""
        if isinstance(self.value, float):
            raise TypeError("a prediction for scalar parameters has no items")
        value, uncertainty, reach = (_plain(a[index]) for a in (self.value, self.uncertainty, self.reach))  # type: ignore[index]
        row = None if self._row is None else self._row[index]
        return Prediction(value, uncertainty, reach, self.card, self.output, self.energy, row)

    @property
    def conditions(self) -> str:
        """What was computed, in words: order and energy, the defaults of the card among them."""
        energy = self.energy or self.output.energy or self.card.conditions.energy
        parts = [self.order, speak_energy(energy) if energy else None, self.card.conditions.pdf]
        return ", ".join(p for p in parts if p)

    def __repr__(self) -> str:
        return f"<Prediction {self}>"

    def __str__(self) -> str:
        source = f"{self.network}: {self.conditions}" if self.conditions else self.network
        unit = "" if self.unit == "1" else f" {self.unit}"
        if isinstance(self.value, float):
            return f"{plus_minus(self.value, float(self.uncertainty))}{unit} [{source}]"
        return f"{_summary(self.value)} ±{unit} {_summary(self.uncertainty)} [{source}]"

    def _repr_html_(self) -> str:
        if isinstance(self.value, float):
            return f"<span title='{html.escape(self.title)}'>{html.escape(str(self))}</span>"
        rows = zip(np.ravel(self.value)[:10], np.ravel(self.uncertainty)[:10], np.ravel(self.reach)[:10], strict=True)
        body = "".join(f"<tr><td>{v:.6g}</td><td>{u:.2g}</td><td>{r:.3g}</td></tr>" for v, u, r in rows)
        more = "" if np.size(self.value) <= 10 else f"<p>and {np.size(self.value) - 10} more</p>"
        head = f"<tr><th>value [{html.escape(self.unit)}]</th><th>uncertainty</th><th>reach</th></tr>"
        caption = f"<caption>{html.escape(f'{self.network}: {self.conditions}')}</caption>"
        return f"<table>{caption}{head}{body}</table>{more}"


def plus_minus(value: float, uncertainty: float) -> str:
    """Value and uncertainty to two digits of the uncertainty, with one exponent.

    >>> plus_minus(6.285145e-4, 1.23e-7)
    '(6.28514 ± 0.00123)e-04'
    >>> plus_minus(491.234, 0.52)
    '491.23 ± 0.52'
    """
    if not (np.isfinite(value) and np.isfinite(uncertainty) and uncertainty > 0):
        return f"{value:.6g} ± {uncertainty:.2g}"
    magnitude = abs(value) if value else uncertainty
    exponent = int(np.floor(np.log10(magnitude)))
    if -3 <= exponent < 5:
        exponent = 0
    scale = 10.0**exponent
    digits = min(max(0, 1 - int(np.floor(np.log10(uncertainty / scale)))), 12)
    text = f"{value / scale:.{digits}f} ± {uncertainty / scale:.{digits}f}"
    return text if exponent == 0 else f"({text})e{exponent:+03d}"


def _plain(value: Any) -> Any:
    return float(value) if np.ndim(value) == 0 else value


def _summary(values: Values) -> str:
    return np.array2string(np.asarray(values), precision=4, threshold=6)
