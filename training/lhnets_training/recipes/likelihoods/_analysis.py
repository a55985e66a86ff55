"""What a likelihood network shall be: its workspace, regions and ranges."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from lhnets.format import Input
from lhnets_training.labels.likelihoods.pyhf_profile import Region
from lhnets_training.labels.likelihoods.workspace import WorkspaceChoice
from lhnets_training.labels.likelihoods.workspace_file import WorkspaceError
from lhnets_training.recipe import Run

Method: TypeAlias = Literal["exact", "difference", "process"]


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """One workspace and what its network shall be."""

    name: str
    subject: str
    title: str
    source: str
    """Where the workspace was published, in words, with its DOI."""
    file: str
    sha256: str
    """Of the workspace's file."""
    measurement: str | None = None
    poi: str | None = None
    """As in `WorkspaceChoice`."""
    left_out: tuple[str, ...] = ()
    """Samples of the file that are signal."""
    regions: tuple[Region, ...]
    meanings: tuple[str, ...]
    high: tuple[float, ...]
    """Largest yield of each region."""
    offset: tuple[float, ...]
    """Of the coordinates sqrt(yield + offset)."""
    rows: int
    checks: int
    method: Method = "process"
    """How the likelihood is represented: by a profile that is exact, by a network for the
    difference to a profile, or by a Gaussian process in a box."""
    in_a_box: bool = False
    """Of an exact one: whether the rows and signals that judge it fill the box of yields, as those
    of a process do."""
    version: int = 2
    raises_uncertainty: bool = False
    references: tuple[str, ...] = ()
    rays: tuple[tuple[float, ...], ...] = field(default=())
    """Yields among the check points besides random ones."""
    seconds: float | None = None
    """Time of the fits behind one row, measured on one core."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The yields."""
        return tuple(
            Input(
                name=r.name,
                unit="1",
                low=0.0,
                high=high,
                meaning=f"expected signal events in {meaning}",
            )
            for r, high, meaning in zip(self.regions, self.high, self.meanings, strict=True)
        )

    @property
    def reading_told(self) -> str:
        """How the workspace was read, for the author and the card."""
        left_out = "; ".join(self.left_out) or "none"
        return (
            f"measurement {self.measurement or 'the only one'}, signal left out of the file: "
            f"{left_out}"
        )

    @property
    def settings(self) -> str:
        """All that labels depend on besides the yields."""
        places = "; ".join(f"{r.channel}:{r.bin}" for r in self.regions)
        return f"{self.sha256} {self.measurement} {self.poi} {places}"

    @property
    def module(self) -> str:
        """The recipe's module, for a published network."""
        return self.name.replace("-", "_")


def find_workspace(analysis: Analysis, run: Run) -> WorkspaceChoice:
    """The workspace that the run was given, and how it is read.

    Raises
    ------
    WorkspaceError
        If it was given none, or another file than the recipe's.
    """
    wanted = f"{analysis.file} (SHA-256 {analysis.sha256}; {analysis.source})"
    if run.source is None:
        raise WorkspaceError(
            f"the labels of {analysis.name} are computed from the workspace {wanted}, which does "
            "not ship with lhnets: give its path with --source FILE"
        )
    found = digest(run.source)
    if found != analysis.sha256:
        raise WorkspaceError(
            f"{run.source} has the SHA-256 {found}, but {analysis.name} is made from {wanted}"
        )
    return WorkspaceChoice(run.source, analysis.measurement, analysis.poi)


def digest(path: Path) -> str:
    """SHA-256 of a file.

    Raises
    ------
    WorkspaceError
        If it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WorkspaceError(f"cannot read a workspace from {path}: {error}") from error
