"""What evaluates the rows of a scan, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from numpy.typing import NDArray

from lhnets._scanning.reasons import Reasons

Columns: TypeAlias = Mapping[str, NDArray[Any]]
FloatName: TypeAlias = Literal["float64", "float32"]


class ResultColumn(NamedTuple):
    """A column of results: ``unit`` is empty for text."""

    name: str
    kind: Literal["float64", "float32", "string"]
    unit: str = ""


class ScanAnswers(NamedTuple):
    """Columns of results by name, and by question why points have no answer."""

    columns: dict[str, NDArray[Any]]
    reasons: dict[str, Reasons]


class Answering(Protocol):
    """Questions that are settled. It pickles, so that a worker elsewhere can evaluate."""

    @property
    def needed(self) -> list[str]:
        """The columns of the table that are needed."""
        ...

    @property
    def fields(self) -> list[ResultColumn]:
        """The columns of results."""
        ...

    def evaluate(self, columns: Columns, count: int) -> ScanAnswers:
        """The results for ``count`` rows of the `needed` columns: numbers as float64, NaN where one
        is absent, text as objects."""
        ...

    def tell(self) -> Sequence[Mapping[str, Any]]:
        """For each question its name, its text and the network that answers, ready for JSON."""
        ...
