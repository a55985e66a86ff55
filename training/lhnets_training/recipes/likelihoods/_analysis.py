"""What a likelihood network shall be: its workspace, regions and ranges, spelt out or found in the
workspace itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lhnets.format import Input
from lhnets_training.labels.likelihoods import pyhf_profile, workspace_labels
from lhnets_training.labels.likelihoods.pyhf_profile import Region, WorkspaceError
from lhnets_training.recipe import Run

SMALLEST_OFFSET = 0.02
ROWS = {1: 200, 2: 600, 3: 1200, 4: 1600}
"""Rows for so many regions; more for more."""


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
    regions: tuple[Region, ...]
    meanings: tuple[str, ...]
    high: tuple[float, ...]
    """Largest yield of each region."""
    offset: tuple[float, ...]
    """Of the coordinates sqrt(yield + offset)."""
    rows: int
    checks: int
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
    def module(self) -> str:
        """The recipe's module, for a published network."""
        return self.name.replace("-", "_")


def analyse(
    path: Path,
    *,
    name: str | None = None,
    subject: str | None = None,
    regions: Sequence[str] = (),
    title: str | None = None,
    origin: str = "a workspace of the user",
    rows: int | None = None,
    checks: int = 20,
) -> Analysis:
    """What a network for the workspace at ``path`` shall be, with ranges from its own likelihood.

    ``regions`` are written NAME=CHANNEL or NAME=CHANNEL:BIN; without them all bins of the channels
    that begin with SR.

    Raises
    ------
    WorkspaceError
        If the workspace cannot be read or has no such regions.
    """
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")
    chosen = find_regions(pyhf_profile.read(path), regions)
    fits = workspace_labels.profile(path, chosen)
    return Analysis(
        name=name or f"likelihood-{stem}",
        subject=subject or stem,
        title=title or f"Likelihood of {path.stem}",
        source=origin,
        file=path.name,
        sha256=digest(path),
        regions=chosen,
        meanings=tuple(f"bin {r.bin} of {r.channel}" for r in chosen),
        high=tuple(workspace_labels.highest_yield(fits, k) for k in range(len(chosen))),
        offset=tuple(max(SMALLEST_OFFSET, min(b, 1.0), b / 8) for b in fits.expected_background),
        rows=rows or ROWS.get(len(chosen), 2500 * len(chosen)),
        checks=checks,
    )


def find_regions(workspace: Mapping[str, Any], wanted: Sequence[str]) -> tuple[Region, ...]:
    """The regions written NAME=CHANNEL[:BIN] in ``wanted``; without any, all bins of the channels
    that begin with SR."""
    bins = {c["name"]: len(c["samples"][0]["data"]) for c in workspace["channels"]}
    if not wanted:
        wanted = [
            f"{channel}{'' if count == 1 else f'_{number}'}={channel}:{number}"
            for channel, count in bins.items()
            for number in range(count)
            if channel.upper().startswith("SR")
        ]
    if not wanted:
        raise WorkspaceError(
            "no channel begins with SR: name the bins that take signal as NAME=CHANNEL:BIN; "
            f"channels and their bins: {bins}"
        )
    return tuple(_region(text, bins) for text in wanted)


def _region(text: str, bins: Mapping[str, int]) -> Region:
    name, _, place = text.partition("=")
    channel, _, number = place.partition(":")
    if not (
        name and channel in bins and (number or "0").isdigit() and int(number or 0) < bins[channel]
    ):
        raise WorkspaceError(
            f"cannot read the region {text!r}: expected NAME=CHANNEL or NAME=CHANNEL:BIN with a "
            f"channel and a bin below its number of bins in {bins}"
        )
    return Region(name, channel, int(number or 0))


def workspace(analysis: Analysis, run: Run) -> Path:
    """The path of the workspace that the run was given.

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
    return run.source


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
