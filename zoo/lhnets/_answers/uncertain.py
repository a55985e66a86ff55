"""What a value with uncertainties says of itself: its components, their sum, text and tables."""

from __future__ import annotations

import html
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from lhnets._answers.composition import Sources
from lhnets._answers.display import shift_in_percent, write_table, write_text
from lhnets._answers.number import Number, Values
from lhnets._answers.shifts import Moves, Shift, gather, quadrature
from lhnets.extras import import_optional

ONE_SIGMA = 0.68
"""The probability that a card's components are given for."""


class Uncertain(Number):
    """A number with uncertainty, reach and unit: what it says of itself.

    Attributes
    ----------
    value : float or array
        In ``unit``; a float for scalar parameters, else of the broadcast shape of the parameters.
    uncertainty : float or array
        One standard deviation (68 %) of the networks against their own truths, in ``unit``.
    reach : float or array
        At most 1 inside the training region, above 1 outside.
    unit : str
        Such as ``"pb"``; ``"1"`` for a pure number.
    components : dict
        Uncertainties of the truth itself by their source, each a `Shift`.
    notes : tuple of str
        What is worth knowing about how it was obtained.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def uncertainty(self) -> Values:
        """One standard deviation (68 %) of the networks against their own truths, in ``unit``."""

    @property
    @abstractmethod
    def reach(self) -> Values:
        """At most 1 inside the training region, above 1 outside."""

    @property
    @abstractmethod
    def network(self) -> str:
        """NAME@VERSION of what answered."""

    @property
    @abstractmethod
    def title(self) -> str:
        """Title of what answered."""

    @property
    @abstractmethod
    def order(self) -> str | None:
        """Perturbative order of the value."""

    @property
    @abstractmethod
    def conditions(self) -> str:
        """What was computed, in words."""

    @property
    @abstractmethod
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing about how it was obtained."""

    @property
    @abstractmethod
    def moves(self) -> Moves:
        """Changes of the value, with signs, in the variations of each source and part."""

    @property
    def components(self) -> dict[str, Shift]:
        """Uncertainties of the truth itself (scale, PDF ...), by their source.

        Empty if the card gives none: ``card.truth.no_uncertainty`` then says why.
        """
        return gather(self.moves)

    @abstractmethod
    def interval(self, level: float = ONE_SIGMA) -> tuple[Values, Values]:
        """Lower and upper end of the interval that holds the truth with probability ``level``."""

    @abstractmethod
    def cite(self) -> str:
        """BibTeX of the networks, their data, generators and PDF sets."""

    @abstractmethod
    def _sources(self) -> Sources:
        """What it is made of; a prediction is made of itself."""

    def total(self, level: float = ONE_SIGMA) -> Shift:
        """All uncertainties together, added in quadrature, up and down apart.

        The network enters by its calibrated interval at ``level``. Components are given for 68 %
        and read as normal: at another level each is scaled by the ratio of the normal quantiles.
        Different sources are independent, so they add in quadrature, as J. Butterworth et al.,
        arXiv:1510.03865, recommend for PDF and alpha_s. The variation of the scale has no
        probability; to treat it in the same way is a convention. The LHC Higgs working group,
        arXiv:1101.0593, adds scale and PDF linearly instead: sum the ``components`` for that.

        Returns
        -------
        Shift
            ``up`` and ``down``, both positive, in the unit of the value.

        Raises
        ------
        ValueError
            If the level is above the highest calibrated one.
        """
        return self._sum(self.components, level)

    def _sum(self, components: Mapping[str, Shift], level: float = ONE_SIGMA) -> Shift:
        low, high = self.interval(level)
        factor = _normal_quantile(level) / _normal_quantile(ONE_SIGMA)
        return Shift(
            quadrature([high - self.value, *(factor * s.up for s in components.values())]),
            quadrature([self.value - low, *(factor * s.down for s in components.values())]),
        )

    def to_text(self, *, percent: bool = False) -> str:
        """Value, unit and each uncertainty by its source, as physicists write them.

        Several points are written with the range of each uncertainty.

        Parameters
        ----------
        percent
            Write the uncertainties in per cent of the value.
        """
        return write_text(self.value, self.uncertainty, self.components, self.unit, percent)

    def to_dict(self) -> dict[str, Any]:
        """Everything about it as numbers, lists and strings, ready for JSON."""
        return {
            "value": listed(self.value),
            "uncertainty": listed(self.uncertainty),
            "reach": listed(self.reach),
            "unit": self.unit,
            "components": {
                name: {"up": listed(s.up), "down": listed(s.down)}
                for name, s in self.components.items()
            },
            "network": self.network,
            "order": self.order,
            "conditions": self.conditions,
            "notes": list(self.notes),
        }

    def to_pandas(self) -> Any:
        """A pandas table, a row for each point.

        Columns ``value``, ``uncertainty``, ``reach``, and ``NAME up`` and ``NAME down`` for each
        component.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        pandas = import_optional("pandas", "to_pandas")
        shifts = {
            f"{name} {way}": getattr(shift, way)
            for name, shift in self.components.items()
            for way in Shift._fields
        }
        columns = {
            "value": self.value,
            "uncertainty": self.uncertainty,
            "reach": self.reach,
            **shifts,
        }
        shape = np.shape(self.value)
        return pandas.DataFrame(
            {n: np.ravel(np.broadcast_to(c, shape)) for n, c in columns.items()}
        )

    @property
    def _origin(self) -> str:
        """Where it comes from: the network, what was computed, and the notes."""
        origin = f"{self.network}: {self.conditions}" if self.conditions else self.network
        return "; ".join((origin, *self.notes))

    def __str__(self) -> str:
        return f"{self.to_text()} [{self._origin}]"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def _repr_html_(self) -> str:
        components = self.components
        if not isinstance(self.value, float):
            terms = {**components, "all sources": self._sum(components)} if components else {}
            return write_table(
                self.value,
                self.uncertainty,
                self.reach,
                terms,
                self.unit,
                self._origin,
                self._inputs_shown,
            )
        lines = [f"{self._symbol}{self}"]
        if components:
            lines.append(f"{shift_in_percent(self._sum(components), self.value)} all sources")
        given = ", ".join(f"{n} = {float(v):.6g}" for n, v in self._inputs_shown.items())
        lines += [f"at {given}"] if given else []
        lines += self._statements
        text = "<br>".join(map(html.escape, lines))
        return f"<span title='{html.escape(self.title)}'>{text}</span>"

    @property
    def _symbol(self) -> str:
        """What stands before the value, such as ``ln L = ``."""
        return ""

    @property
    def _inputs_shown(self) -> Mapping[str, Values]:
        """The inputs that are shown beside the value."""
        return {}

    @property
    def _statements(self) -> list[str]:
        """What else is shown of a single point, a line each."""
        return []


def _normal_quantile(level: float) -> float:
    """Half the width of the central interval of a normal distribution, in standard deviations."""
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + level) / 2)


def listed(values: Values) -> Any:
    """Numbers and lists of them, for JSON."""
    return values.tolist() if isinstance(values, np.ndarray) else values
