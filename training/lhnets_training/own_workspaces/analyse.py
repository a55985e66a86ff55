"""What a network for a workspace of one's own shall be: its regions, and ranges from its own
likelihood."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from lhnets_training.fit.linear_profile import LinearProfile
from lhnets_training.labels.likelihoods import directions, workspace_labels
from lhnets_training.labels.likelihoods.pyhf_profile import Region
from lhnets_training.labels.likelihoods.workspace import WorkspaceChoice, open_workspace
from lhnets_training.labels.likelihoods.workspace_file import WorkspaceError
from lhnets_training.own_workspaces.feasible import require_feasible
from lhnets_training.recipes.likelihoods import _linear
from lhnets_training.recipes.likelihoods._analysis import Analysis, Method, digest

SMALLEST_OFFSET = 0.02
EXACT_ROWS = 1000
"""Fits that an exact profile is verified with."""
LEAST_OF_REGION = 6
"""Signals for each region that the baseline needs."""
FEWEST_ROWS, ROWS_OF_REGION, MOST_ROWS = 1000, 500, 12_000
TAKEN = frozenset({"ln_l", "ln_l_asimov", "mu_hat", "limit", "expected_limit", "pyhf"})
"""Other columns of the data sets."""
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def analyse(
    reading: WorkspaceChoice,
    *,
    name: str | None = None,
    subject: str | None = None,
    regions: Sequence[str] = (),
    title: str | None = None,
    origin: str = "a workspace of the user",
    rows: int | None = None,
    checks: int = 20,
) -> Analysis:
    """What a network for a workspace shall be, with ranges from its own likelihood.

    ``regions`` are written NAME=CHANNEL or NAME=CHANNEL:BIN; without them all bins of the channels
    that begin with SR.

    Raises
    ------
    WorkspaceError
        If the workspace cannot be read or has no such regions.
    """
    stem = re.sub(r"[^a-z0-9]+", "-", reading.path.stem.lower()).strip("-") or "workspace"
    name = name or f"likelihood-{stem}"
    if not _NAME.fullmatch(name):
        raise WorkspaceError(
            f"{name!r} cannot be the name of a network: expected lower-case words and numbers "
            "joined by hyphens"
        )
    workspace = open_workspace(reading)
    chosen = find_regions(workspace.bins, regions)
    fits = workspace_labels.profile(reading, chosen)
    exact = _linear.exact_profile(fits)
    profile, method = exact or _linear.linearised_profile(fits), _method(exact)
    rows = max(
        rows or (EXACT_ROWS if exact else _rows(len(chosen))),
        LEAST_OF_REGION * (len(chosen) + 1),
    )
    require_feasible(fits, rows, exact=exact is not None)
    return Analysis(
        name=name,
        subject=subject or stem,
        title=title or f"Likelihood of {reading.path.stem}",
        source=origin,
        file=reading.path.name,
        sha256=digest(reading.path),
        measurement=workspace.measurement,
        poi=reading.poi,
        left_out=workspace.left_out,
        regions=chosen,
        meanings=tuple(f"bin {r.bin} of {r.channel}" for r in chosen),
        high=_find_highest(profile, chosen),
        offset=tuple(max(SMALLEST_OFFSET, min(b, 1.0), b / 8) for b in fits.expected_background),
        rows=rows,
        checks=checks,
        method=method,
    )


def _rows(regions: int) -> int:
    """Signals to label, if a network learns them."""
    return min(FEWEST_ROWS + ROWS_OF_REGION * regions, MOST_ROWS)


def _method(exact: LinearProfile | None) -> Method:
    return "difference" if exact is None else "exact"


def _find_highest(profile: LinearProfile, regions: Sequence[Region]) -> tuple[float, ...]:
    found = directions.highest_yields(profile, len(regions))
    for region, high in zip(regions, found, strict=True):
        if not np.isfinite(high):
            raise WorkspaceError(
                f"no yield in the region {region.name} (bin {region.bin} of {region.channel}) up "
                f"to {directions.LADDER[-1]:g} is excluded: its background is free to follow the "
                "signal; add a constraint or a control region, or leave the region out"
            )
    return tuple(float(high) for high in found)


def find_regions(bins: Mapping[str, int], wanted: Sequence[str]) -> tuple[Region, ...]:
    """The regions written NAME=CHANNEL[:BIN] in ``wanted``, for the numbers of bins of the
    channels; without any, all bins of the channels that begin with SR.

    Raises
    ------
    WorkspaceError
        If there is no such bin, or two regions have the same name or bin.
    """
    found = tuple(_region(text, bins) for text in wanted) or tuple(
        Region(channel if count == 1 else f"{channel}_{number}", channel, number)
        for channel, count in bins.items()
        for number in range(count)
        if channel.upper().startswith("SR")
    )
    if not found:
        raise WorkspaceError(
            "no channel begins with SR: name the bins that take signal as NAME=CHANNEL:BIN; "
            f"channels and their bins: {dict(bins)}"
        )
    for what, keys in (
        ("name", [r.name for r in found]),
        ("bin", [f"{r.channel}:{r.bin}" for r in found]),
    ):
        twice = sorted({k for k in keys if keys.count(k) > 1})
        if twice:
            raise WorkspaceError(
                f"two regions have the {what} {', '.join(twice)}: give each bin once and a name of "
                "its own, by --region NAME=CHANNEL:BIN"
            )
    taken = sorted(TAKEN & {r.name for r in found})
    if taken:
        raise WorkspaceError(
            f"a region cannot be called {', '.join(taken)}, which is an output of the network: "
            "give another name by --region NAME=CHANNEL:BIN"
        )
    return found


def _region(text: str, bins: Mapping[str, int]) -> Region:
    name, _, place = text.partition("=")
    channel, number = place, "0"
    if channel not in bins:
        channel, _, number = place.rpartition(":")
    known = name.strip() and channel in bins and re.fullmatch("[0-9]+", number)
    if not (known and int(number) < bins[channel]):
        raise WorkspaceError(
            f"cannot read the region {text!r}: expected NAME=CHANNEL or NAME=CHANNEL:BIN with a "
            f"channel and a bin below its number of bins in {dict(bins)}"
        )
    return Region(name, channel, int(number))
