"""Whether a likelihood can be learned in a reasonable time, told before any label is made."""

from __future__ import annotations

import os
import time
from collections import Counter

import numpy as np

from lhnets_training.labels.likelihoods.pyhf_profile import DATA_NAMES, Profile
from lhnets_training.labels.likelihoods.workspace_file import WorkspaceError

MOST_REGIONS = {True: 150, False: 60}
"""Regions that a graph has room for, if the profile is exact and if it is not."""
MOST_SECONDS = 3600.0
"""Time of the labels that is reasonable."""
TRIED = 2


def require_feasible(fits: Profile, rows: int, *, exact: bool) -> None:
    """Refuse a workspace with too many regions or too long fits, and say what to merge.

    Raises
    ------
    WorkspaceError
        If ``rows`` labels take too long, or the graph would be too large.
    """
    count, most = len(fits.regions), MOST_REGIONS[exact]
    if count > most:
        raise WorkspaceError(
            f"the workspace has {count} regions, expected at most {most}: {_tell_what_to_do(fits)}"
        )
    seconds = _time_label(fits) * rows / len(os.sched_getaffinity(0))
    if seconds > MOST_SECONDS:
        raise WorkspaceError(
            f"{rows} labels of {count} regions and {len(fits.moving_parameters())} nuisance "
            f"parameters would take {seconds / 3600:.1f} hours, expected at most "
            f"{MOST_SECONDS / 3600:g}: {_tell_what_to_do(fits)}, or give fewer --rows"
        )


def _time_label(fits: Profile) -> float:
    """Processor seconds of one label, by a few of them."""
    size = np.sqrt(fits.expected_background + 1)
    start = time.process_time()
    for number in range(TRIED):
        for name in DATA_NAMES:
            fits.settled_ln_l((number + 0.5) * size / np.sqrt(len(size)), name)
    return (time.process_time() - start) / TRIED


def _tell_what_to_do(fits: Profile) -> str:
    bins = Counter(region.channel for region in fits.regions)
    largest = ", ".join(
        f"{channel} ({count} bins)" for channel, count in bins.most_common(3) if count > 1
    )
    merge = f"merge bins of {largest}" if largest else "merge channels with similar backgrounds"
    return (
        f"{merge}, choose the regions that matter by --region, or take the simplified form of the "
        "workspace, whose one nuisance parameter needs no training (the program `simplify`)"
    )
