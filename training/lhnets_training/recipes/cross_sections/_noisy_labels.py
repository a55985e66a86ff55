"""What recipes share whose labels are samples of events: their errors, and what is left of a
network's error beyond them.

The labels are columns ``LO`` and ``LO_error`` of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check
from lhnets_training.judging import checks
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.recipe import Array, Companion, Rows, Run
from lhnets_training.split import Split, split

Values = Callable[[Array], Array]


def split_rows(rows: int, seed: int) -> Split:
    """A tenth to choose the best fit, a fifth to judge fold by fold."""
    return split(rows, validation=0.1, calibration=0.0, test=0.2, seed=seed)


def points_of(rows: Rows, names: Sequence[str]) -> Array:
    """The inputs (N, n) of a table."""
    return np.stack([np.asarray(rows[n]) for n in names], axis=1)


def known_errors(data: Companion, names: Sequence[str], x: Array, run: Run) -> Array:
    """Statistical errors (N,) of the rows ``x`` that are trained on.

    Raises
    ------
    TrainingError
        If ``x`` are other rows than those of the data set.
    """
    rows = read_companion(data, run)
    if not np.array_equal(points_of(rows, names), x):
        raise TrainingError(
            f"the rows to train on are not those of {data.dataset.name}, which holds their errors: "
            "use that data set"
        )
    return np.asarray(rows["LO_error"])


def beside_noise(
    lo: Values,
    data: Companion,
    better: Companion,
    names: Sequence[str],
    run: Run,
    *,
    called: str,
    pulls_within: float,
) -> tuple[Check, ...]:
    """The network at the points of better labels, ``called`` so, and the pulls of the labels that
    it has not seen."""
    known, rows = (read_companion(c, run) for c in (better, data))
    off = lo(points_of(known, names)) / known["LO"] - 1
    noise = float(np.sqrt(np.mean((known["LO_error"] / known["LO"]) ** 2)))
    beyond = float(np.sqrt(np.maximum(np.mean(off**2) - noise**2, 0.0)))
    unseen = split_rows(len(rows["LO"]), run.seed).test
    pull = (rows["LO"][unseen] - lo(points_of(rows, names)[unseen])) / rows["LO_error"][unseen]
    return (
        checks.measured(
            f"{called}, beyond their noise",
            beyond,
            0.001,
            criterion=f"root mean square at {len(off)} points, less that of the noise, "
            f"{100 * noise:.2g} %: below 0.1 %",
            reference="Bierlich:2022pfr",
        ),
        checks.measured(
            "the same, the mean over the points",
            float(abs(off.mean())),
            0.001,
            criterion="no common shift above 0.1 %",
        ),
        checks.measured(
            "the same, the worst point",
            float(np.abs(off).max()),
            0.01,
            criterion="below 1 %, their noise included",
        ),
        checks.measured(
            "pull of unseen labels",
            float(abs(np.sqrt(np.mean(pull**2)) - 1)),
            pulls_within,
            criterion=f"root mean square of (label - network)/error within {pulls_within:g} of 1, "
            f"{len(pull)} rows: "
            "little but noise is left",
        ),
    )
