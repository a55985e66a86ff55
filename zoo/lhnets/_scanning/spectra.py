"""Folders of SLHA files as the source of a scan: each file is a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from lhnets._answers.prediction import Prediction
from lhnets._asking.slha_file import Spectrum, read_file
from lhnets._finding import zoo as _zoo
from lhnets._scanning.answers import Columns, FloatName, ResultColumn, ScanAnswers
from lhnets._scanning.asked import Asked
from lhnets._scanning.files import TableFiles
from lhnets._scanning.reasons import POINTS, Reasons
from lhnets.errors import OutsideRegionError, ParameterError

SLHA = (".slha", ".slha1", ".slha2", ".lha", ".spc")
"""Ends of the names of spectrum files; ``SPheno.spc.MSSM`` counts too."""
FILE = "file"
"""The column of the names of the files."""
_WHY: Mapping[type[Exception], str] = {
    OutsideRegionError: "a spectrum outside the region or the assumptions of every network",
    ParameterError: "a file that cannot be read or lacks entries",
}


@dataclass(frozen=True)
class SpectrumPlan:
    """Questions about SLHA files. Which network answers depends on the file, as for ``ml.CS``.

    Attributes
    ----------
    asked : tuple of Asked
        The questions.
    folder : Path
        What the names of the files are relative to.
    dtype : {"float64", "float32"}
        Of the columns of results.
    """

    asked: tuple[Asked, ...]
    folder: Path
    dtype: FloatName = "float64"

    @property
    def needed(self) -> list[str]:
        """The names of the files."""
        return [FILE]

    @property
    def fields(self) -> list[ResultColumn]:
        """The columns of results; the unit is that of the network, which another column names."""
        return [
            field
            for a in self.asked
            for field in (
                ResultColumn(a.name, self.dtype),
                ResultColumn(f"{a.name}_uncertainty", self.dtype),
                ResultColumn(f"{a.name}_reach", self.dtype, "1"),
                ResultColumn(f"{a.name}_network", "string"),
                ResultColumn(f"{a.name}_reason", "string"),
            )
        ]

    def evaluate(self, columns: Columns, count: int) -> ScanAnswers:
        """The results for files, in the order of their names in the column `FILE`."""
        found: dict[str, list[Any]] = {field.name: [] for field in self.fields}
        reasons = {a.name: Reasons() for a in self.asked}
        for name in columns[FILE]:
            spectrum = _read(self.folder / name)
            for asked in self.asked:
                answer = _ask(asked, spectrum)
                for field, value in zip(_names(asked), _row(answer), strict=True):
                    found[field].append(value)
                if isinstance(answer, Exception):
                    reasons[asked.name].update([POINTS, _WHY[type(answer)]])
        return ScanAnswers({f.name: _column(f, found[f.name]) for f in self.fields}, reasons)

    def tell(self) -> list[dict[str, Any]]:
        """For each question its name and its text; a column names the networks."""
        return [{"name": a.name, "question": a.text} for a in self.asked]


class SpectrumSource(TableFiles):
    """SLHA files, each of them a row: a column of their names."""

    block_rows, slice_rows = 4096, 32

    def __init__(self, paths: Sequence[Path], folder: Path) -> None:
        super().__init__(paths)
        self.folder = folder

    @cached_property
    def schema(self) -> Any:
        """One column of text."""
        return self.arrow.schema([(FILE, self.arrow.string())])

    @property
    def rows(self) -> int:
        """How many files there are."""
        return len(self.paths)

    def plan(self, asked: Sequence[Asked], dtype: FloatName) -> SpectrumPlan:
        """The questions, of which networks must compute at least the subject."""
        for one in asked:
            _zoo.default().find_related(one.question)
            if one.params is not None or one.components:
                raise ParameterError(
                    f"{one.text}: parameters and components are for tables; an SLHA file says what "
                    "the inputs are"
                )
        return SpectrumPlan(tuple(asked), self.folder, dtype)

    def batches(self, skip: int, columns: Sequence[str]) -> Iterator[Any]:
        """The names of the files from ``skip`` on."""
        names = [path.relative_to(self.folder).as_posix() for path in self.paths[skip:]]
        yield self.arrow.record_batch({FILE: self.arrow.array(names, self.arrow.string())})


def _read(path: Path) -> Spectrum | ParameterError:
    try:
        return read_file(path)
    except ParameterError as error:
        return error


def _ask(
    asked: Asked, spectrum: Spectrum | ParameterError
) -> Prediction | OutsideRegionError | ParameterError:
    if isinstance(spectrum, ParameterError):
        return spectrum
    question = structs.replace(asked.question, outside="raise")
    try:
        answer = _zoo.default().ask(question, spectrum)(spectrum)
    except OutsideRegionError as error:
        return error
    except ParameterError as error:
        return ParameterError(str(error))
    return answer


def _names(asked: Asked) -> list[str]:
    return [
        asked.name,
        *(f"{asked.name}_{n}" for n in ("uncertainty", "reach", "network", "reason")),
    ]


def _row(answer: Prediction | Exception) -> tuple[float, float, float, str | None, str | None]:
    if isinstance(answer, Exception):
        return np.nan, np.nan, np.nan, None, str(answer)
    value, uncertainty, reach = map(float, (answer.value, answer.uncertainty, answer.reach))
    return value, uncertainty, reach, answer.network, None


def _column(field: ResultColumn, values: list[Any]) -> NDArray[Any]:
    return np.array(values, dtype=object if field.kind == "string" else field.kind)
