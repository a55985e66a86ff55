"""What a scan does with every block of rows: each question settled once, networks evaluated at
columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.theory import find_components
from lhnets._asking.energy import ENERGY_INPUT
from lhnets._finding import zoo as _zoo
from lhnets._running.call import Call
from lhnets._running.loaded import LoadedNetwork
from lhnets._running.outside import REACH_TOLERANCE
from lhnets._scanning.answers import Columns, FloatName, ResultColumn, ScanAnswers
from lhnets._scanning.asked import Asked
from lhnets._scanning.matching import fill_columns, list_columns, match_columns, require_units
from lhnets._scanning.reasons import Reasons, count_reasons
from lhnets.errors import ParameterError
from lhnets.format import Output

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class PlannedAnswer:
    """A question with the network that answers it.

    Attributes
    ----------
    asked : Asked
        The question.
    network : LoadedNetwork
        That answers.
    output : Output
        The column of it that is asked for.
    inputs : tuple
        In card order: the column that gives an input, or its value.
    """

    asked: Asked
    network: LoadedNetwork
    output: Output
    inputs: tuple[str | float, ...]

    @property
    def sources(self) -> list[str]:
        """The sources of uncertainty of the truth whose columns are wanted."""
        if not self.asked.components:
            return []
        card, name = self.network.card, self.output.name
        stated = [p.source for p in card.physics_uncertainty if p.of == name]
        return list(dict.fromkeys([*stated, *(v.source for v in card.variations_of(name))]))

    @property
    def names(self) -> list[str]:
        """The columns of its results."""
        name = self.asked.name
        shifts = [n for source in self.sources for n in _names_of_shift(name, source)]
        return [name, f"{name}_uncertainty", *shifts, f"{name}_reach"]

    def unit_of(self, column: str) -> str:
        """The unit of one of its columns."""
        return "1" if column == f"{self.asked.name}_reach" else self.output.unit

    def tell(self) -> dict[str, Any]:
        """Which network answers, ready for JSON."""
        network, output = self.network, self.output
        given = zip(network.card.columns, self.inputs, strict=True)
        return {
            "name": self.asked.name,
            "question": self.asked.text,
            "network": network.name,
            "sha256": network.file.sha256,
            "engine": network.engine,
            "output": output.name,
            "unit": output.unit,
            "inputs": {i.name: source for i, source in given},
        }


@dataclass(frozen=True)
class ScanPlan:
    """All questions of a scan, settled. It pickles: a worker elsewhere evaluates the same files.

    Attributes
    ----------
    answers : tuple of PlannedAnswer
        In the order of the questions.
    dtype : {"float64", "float32"}
        Of the columns of results.
    """

    answers: tuple[PlannedAnswer, ...]
    dtype: FloatName = "float64"

    @property
    def names(self) -> list[str]:
        """The columns of results."""
        return [name for answer in self.answers for name in answer.names]

    @property
    def fields(self) -> list[ResultColumn]:
        """The columns of results, with their units."""
        return [ResultColumn(n, self.dtype, a.unit_of(n)) for a in self.answers for n in a.names]

    @property
    def needed(self) -> list[str]:
        """The columns that networks take."""
        given = (i for answer in self.answers for i in answer.inputs if isinstance(i, str))
        return list(dict.fromkeys(given))

    def evaluate(self, columns: Columns, count: int) -> ScanAnswers:
        """The results for ``count`` rows, of which ``columns`` holds the `needed` ones as float64,
        NaN where a number is absent."""
        found: dict[str, NDArray[Any]] = {}
        reasons: dict[str, Reasons] = {}
        for network, inputs, answers in self._evaluations():
            rows = _stack(inputs, columns, count)
            value, uncertainty, reach, beyond = _predict(network, rows)
            why = count_reasons(network.card, rows, beyond)
            for answer in answers:
                reasons[answer.asked.name] = why
                results = _pick(answer, rows, value, uncertainty, reach, beyond)
                found |= zip(answer.names, results, strict=True)
        return ScanAnswers(
            {n: found[n].astype(self.dtype, copy=False) for n in self.names}, reasons
        )

    def tell(self) -> list[dict[str, Any]]:
        """For each question its name, its text and the network that answers."""
        return [answer.tell() for answer in self.answers]

    def _evaluations(
        self,
    ) -> Iterator[tuple[LoadedNetwork, tuple[str | float, ...], list[PlannedAnswer]]]:
        """Each network at each choice of inputs once, with the questions that it answers."""
        groups: dict[tuple[str, tuple[str | float, ...]], list[PlannedAnswer]] = {}
        for answer in self.answers:
            key = (answer.network.file.sha256, answer.inputs)
            groups.setdefault(key, []).append(answer)
        for (_, inputs), answers in groups.items():
            yield answers[0].network, inputs, answers


def make_plan(
    questions: Iterable[Asked],
    columns: Sequence[str],
    dtype: FloatName = "float64",
    units: Mapping[str, str] | None = None,
) -> ScanPlan:
    """Settle questions about a table.

    Parameters
    ----------
    questions : iterable of Asked
        What is asked.
    columns : sequence of str
        Of the table.
    dtype : {"float64", "float32"}
        Of the columns of results.
    units : mapping, optional
        Column -> unit, as the schema of the table says it.

    Raises
    ------
    ParameterError
        If columns are missing, look like inputs under other names or units, or have the names of
        results.
    NetworkNotFoundError, AmbiguousNetworkError
        As of the question functions.
    """
    plan = ScanPlan(tuple(_settle(asked, columns, units or {}) for asked in questions), dtype)
    names = plan.names
    taken = sorted({n for n in names if n in columns or names.count(n) > 1})
    if taken:
        raise ParameterError(
            f"the results would be called {', '.join(taken)}, as other columns are already: give "
            "the questions other names"
        )
    return plan


def _settle(asked: Asked, columns: Sequence[str], units: Mapping[str, str]) -> PlannedAnswer:
    known = {i.name for entry in _zoo.default().find_related(asked.question) for i in entry.inputs}
    if asked.question.energy is not None and ENERGY_INPUT not in columns:
        known.discard(ENERGY_INPUT)
    matched = match_columns(asked, known, columns)
    try:
        call = _zoo.default().ask(asked.question, dict.fromkeys(matched, 0.0))
    except ParameterError as error:
        raise ParameterError(f"{asked.name}: {error}. {list_columns(columns)}") from error
    if not isinstance(call, Call):
        raise ParameterError(
            f"{asked.text}: its network takes events, a scan asks networks of parameters. "
            "Call the network itself"
        )
    card = call.network.card
    require_units(card, asked.question.subject, matched, units)
    return PlannedAnswer(asked, call.network, call.output, fill_columns(card, matched, call.fills))


def _stack(inputs: Sequence[str | float], columns: Columns, count: int) -> Array:
    rows = np.empty((count, len(inputs)))
    for k, source in enumerate(inputs):
        rows[:, k] = columns[source] if isinstance(source, str) else source
    return rows


def _predict(network: LoadedNetwork, rows: Array) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Value and uncertainty of all outputs, reach, and which rows have no answer."""
    finite = np.isfinite(rows).all(axis=1)
    if len(rows) and finite.all():
        value, uncertainty, reach = network.predict(rows)
        return value, uncertainty, reach, ~(reach <= 1.0 + REACH_TOLERANCE)
    outputs = len(network.card.outputs)
    value, uncertainty = (np.full((len(rows), outputs), np.nan) for _ in range(2))
    reach = np.full(len(rows), np.nan)
    if finite.any():
        value[finite], uncertainty[finite], reach[finite] = network.predict(rows[finite])
    return value, uncertainty, reach, ~(reach <= 1.0 + REACH_TOLERANCE)


def _pick(
    answer: PlannedAnswer,
    rows: Array,
    value: Array,
    uncertainty: Array,
    reach: Array,
    beyond: NDArray[np.bool_],
) -> list[Array]:
    """The columns of one question, NaN where it has no answer; the reach is kept."""
    network, output = answer.network, answer.output
    column = network.card.output_index(output.name)
    picked = [value[:, column].copy(), uncertainty[:, column].copy()]
    if answer.sources:
        shifts = find_components(network.card, output, picked[0], value, rows, network.predict)
        picked += [
            np.array(np.broadcast_to(way, reach.shape))
            for source in answer.sources
            for way in shifts[source]
        ]
    if beyond.any():
        for array in picked:
            array[beyond] = np.nan
    return [*picked, reach]


def _names_of_shift(name: str, source: str) -> tuple[str, str]:
    spelt = re.sub(r"\W+", "_", source).strip("_")
    return f"{name}_{spelt}_up", f"{name}_{spelt}_down"
