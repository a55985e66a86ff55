"""A submitted file on the rows of a blind task: shuffled, evaluated in a child process, judged,
rounded."""

from __future__ import annotations

import io
import secrets
from math import floor, log10

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from lhnets.format import NetworkFile
from lhnets.networks import EVENT_REACH_TOLERANCE
from lhnets_datasets.bench.inputs import make_inputs, require_fitting
from lhnets_datasets.bench.judge import judge
from lhnets_datasets.bench.result import Result
from lhnets_datasets.bench.rows import TestRows
from lhnets_datasets.bench.task import Task
from lhnets_registry.admission.limits import Limits
from lhnets_registry.blind import child
from lhnets_registry.errors import SubmissionError
from lhnets_registry.isolation import sandbox

_SECONDS = 300
"""Processor time of a submission."""
_HEAD = 4096


class RoundedFigure(Struct, frozen=True):
    """A figure to one digit of its error: so many submissions cannot be tuned on it."""

    value: float | None
    error: float | None


def judge_submission(task: Task, rows: TestRows, network: NetworkFile) -> Result:
    """The result of an admitted file.

    The rows are in an order that is drawn for this submission alone and kept nowhere, so that what
    a network learnt of orders is worth nothing.

    Raises
    ------
    TaskError
        If the network does not fit the task.
    SubmissionError
        If it does not come to an end.
    """
    require_fitting(task, network.card)
    order = np.random.default_rng(secrets.randbits(128)).permutation(len(rows))
    found = _evaluate(task, rows.take(order), network)
    answers = np.empty_like(found)
    answers[order] = found
    return judge(
        task,
        rows,
        answers[:, 0],
        outside=int((~(answers[:, 1] <= 1 + EVENT_REACH_TOLERANCE)).sum()),
        network=network.card.identity,
        sha256=network.sha256,
    )


def _evaluate(task: Task, rows: TestRows, network: NetworkFile) -> NDArray[np.float64]:
    """Score and reach (N, 2) by a child process that has the events and no labels."""
    events = io.BytesIO()
    np.savez(events, allow_pickle=False, **make_inputs(task, network.card, rows))
    size = 16 * len(rows) + _HEAD
    limits = Limits(cpu_seconds=_SECONDS, output_bytes=size)
    ended = sandbox.run(
        [
            "-m",
            child.__name__,
            msgspec.json.encode(limits).decode(),
            str(len(network.content)),
            task.signal,
        ],
        network.content + events.getvalue(),
        deadline=limits.wall_seconds,
        output_bytes=size,
    )
    try:
        found = np.load(io.BytesIO(ended.output), allow_pickle=False)
    except (ValueError, EOFError):
        found = None
    if ended.code != 0 or found is None or found.shape != (len(rows), 2):
        raise SubmissionError(
            f"{network.card.identity} could not be evaluated on the rows of {task.name}: the "
            f"process {ended.cause}. Try it on events of your own, and make it smaller or faster"
        )
    return np.asarray(found, dtype=np.float64)


def round_figures(result: Result) -> dict[str, RoundedFigure]:
    """The figures as they are given out."""
    return {name: _round(f.value, f.error) for name, f in result.figures.items()}


def _round(value: float | None, error: float | None) -> RoundedFigure:
    if value is None or not error:
        return RoundedFigure(None, None)
    decimals = -floor(log10(error))
    return RoundedFigure(round(value, decimals), float(f"{error:.1g}"))
