"""The result of a task: figures with errors, and what comparisons with others need.

Nothing in it depends on when, where or how fast it was computed: the same file gives the same
bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from lhnets.format import Name, Sha256
from lhnets_datasets.errors import TaskError

FORMAT = 1


class BenchFigure(Struct, frozen=True, kw_only=True):
    """A figure with the standard error of the bootstrap.

    Attributes
    ----------
    value : float or None
        None if it is infinite: no background row passes.
    error : float or None
        Standard error; None if the value is infinite.
    floor : float or None
        Of a flawless network on as many rows, for metrics that have one.
    """

    value: float | None
    error: float | None
    floor: float | None = None


class Roc(Struct, frozen=True, kw_only=True):
    """Background efficiency by signal efficiency."""

    signal: tuple[float, ...]
    background: tuple[float, ...]
    error: Annotated[tuple[float, ...], Meta(description="binomial, of the background")]


class Resampled(Struct, frozen=True, kw_only=True):
    """The statistic behind a figure, and its deviations in the resamples in units of the error.

    Resample k takes the same rows for every network of the task, so that the deviations of two
    networks can be subtracted.
    """

    statistic: float
    error: float
    deviations: tuple[float, ...]


class Result(Struct, frozen=True, kw_only=True):
    """What a network, or a baseline, reaches in a task.

    Attributes
    ----------
    task, task_sha256 : str
        Name of the task, and the hash of all that figures depend on.
    network : str or None
        NAME@VERSION; None for a baseline.
    sha256 : str or None
        Of the network file; None for a baseline.
    baseline : str or None
        Name of a baseline.
    rows, signal : int
        Test rows, and how many of them are signal.
    outside, unanswered : int
        Rows outside the region of the network, which count all the same, and rows without a finite
        answer, which count as wrong.
    """

    task: Name
    task_sha256: Sha256
    rows: int
    signal: int
    outside: int
    unanswered: int
    figures: dict[str, BenchFigure]
    roc: Roc
    resampled: dict[str, Resampled]
    network: str | None = None
    sha256: Sha256 | None = None
    baseline: Name | None = None
    format: int = FORMAT

    def to_json(self) -> bytes:
        """The bytes of its file, a line for each field: the same result gives the same bytes."""
        lines = (
            b'"%s":%s' % (name.encode(), msgspec.json.encode(getattr(self, name)))
            for name in self.__struct_fields__
        )
        return b"{" + b",\n".join(lines) + b"}\n"

    @classmethod
    def from_json(cls, data: bytes, source: str) -> Result:
        """The result in ``data``, which was read from ``source``.

        Raises
        ------
        TaskError
            if it cannot be read.
        """
        try:
            result = msgspec.json.decode(data, type=cls)
        except msgspec.MsgspecError as error:
            raise TaskError(
                f"{source} is not the result of a task: {error}. `lhnets bench run` writes one"
            ) from error
        if result.format > FORMAT:
            raise TaskError(
                f"{source} has format {result.format}, this lhnets reads up to {FORMAT}: update "
                "lhnets"
            )
        return result

    def write(self, folder: Path, entry: str) -> Path:
        """Write it as ``folder``/TASK/ENTRY.json, whole or not at all."""
        path = folder / self.task / f"{entry}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        partial.write_bytes(self.to_json())
        return partial.replace(path)
