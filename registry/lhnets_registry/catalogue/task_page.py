"""The tasks of a mirror: tables with errors and ranks, and curves of rejection."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from msgspec import Struct

from lhnets.format import Index, RankedTask
from lhnets_datasets.bench import collection
from lhnets_datasets.bench.page import write_figure
from lhnets_datasets.bench.result import Result
from lhnets_datasets.bench.table import make_table
from lhnets_datasets.bench.task import Task
from lhnets_registry.catalogue.axes import Scale, SvgFigure


class TableLine(Struct, frozen=True):
    """An entry of a table; ``network`` is empty for a baseline."""

    entry: str
    network: str
    rank: int
    figures: tuple[str, ...]


class TaskView(Struct, frozen=True):
    """What the template is given of a task."""

    task: Task
    metrics: tuple[str, ...]
    lines: tuple[TableLine, ...]
    curves: Markup


def list_tasks(index: Index) -> list[TaskView]:
    """The tasks that networks of the mirror were judged in, with their results and baselines."""
    known = collection.tasks()
    return [_view(known[t.name], t) for t in index.tasks if t.name in known]


def _view(task: Task, ranked: RankedTask) -> TaskView:
    judged = {(n.identity, n.sha256) for n in ranked.networks}
    shown = {
        name: result
        for name, result in collection.results(task).items()
        if result.baseline or (result.network or "", result.sha256 or "") in judged
    }
    names = tuple(m.name for m in task.metrics)
    table = make_table(task, shown)
    lines = tuple(
        TableLine(
            row.entry,
            (row.result.network or "").partition("@")[0],
            row.rank,
            tuple(write_figure(row.result.figures[n]) for n in names),
        )
        for row in table.rows
    )
    return TaskView(task, names, lines, _draw_curves([row.result for row in table.rows]))


def _draw_curves(results: list[Result]) -> Markup:
    """1/eps_B against eps_S of every entry; baselines dashed."""
    curves = []
    for result in results:
        x, y = np.array(result.roc.signal), np.array(result.roc.background)
        seen = y > 0
        curves.append((x[seen], 1 / y[seen], "line baseline" if result.baseline else "line"))
    if not curves:
        return Markup("")
    figure = SvgFigure(
        Scale(0.0, 1.0),
        Scale.around(np.concatenate([y for _, y, _ in curves]), log=True),
        "Background rejection against signal efficiency",
        "signal efficiency",
        "1 / background efficiency",
        (560, 300),
    )
    for x, y, name in curves:
        figure.line(x, y, name)
    return figure.svg()
