"""The page of a task, in Markdown: everything that its file says, and its table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lhnets.statistics import plus_minus
from lhnets_datasets.bench.result import BenchFigure, Result
from lhnets_datasets.bench.table import Table, make_table
from lhnets_datasets.bench.task import DIRECTIONS, Metric, Task


def write_page(task: Task, results: Mapping[str, Result]) -> str:
    """The page of a task with the results of its entries."""
    made = make_table(task, results)
    parts = [
        f"# {task.title}",
        f"Task `{task.name}`: {task.question}",
        _write_facts(task),
        "## Metrics",
        "\n".join(f"- {_describe(m)}" for m in task.metrics),
        f"Networks are ranked by `{task.metrics[0].name}`: a rank is one more than the number of "
        "entries that are better beyond chance, by a paired bootstrap at 95 %. Errors come from "
        f"{task.replicates} resamples, which are the same for every entry.",
        "## Table",
        _write_table(task, made),
        "An entry in italics is a baseline, fitted to the rows that are not for the test. In "
        "brackets stands what a flawless network would show on so many rows.",
    ]
    if task.published:
        parts += [
            "## Published figures",
            "They were measured on other samples: do not compare them digit by digit.",
            _write_published(task),
        ]
    return "\n\n".join(parts) + "\n"


def _write_facts(task: Task) -> str:
    facts = {
        "data set": f"`{task.data.set}`, SHA-256 `{task.data.sha256}`",
        "a network is given": task.input.meaning,
        "its answer": f"output `{task.signal}` of a {task.kind.replace('_', ' ')}",
        "it may be trained with": task.may_be_seen,
        "run it": f"`lhnets bench run {task.name} NETWORK`",
    }
    return _rows(("", ""), ((name, " ".join(text.split())) for name, text in facts.items()))


def _describe(metric: Metric) -> str:
    meaning = " ".join((type(metric).__doc__ or "").replace("``", "`").split())
    better = DIRECTIONS[type(metric)]
    plain = {
        k: getattr(metric, k)
        for k in metric.__struct_fields__
        if k != "name" and getattr(metric, k) is not None
    }
    given = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in plain.items())
    return f"`{metric.name}` ({better} is better{f'; {given}' if given else ''}): {meaning}"


def _write_table(task: Task, made: Table) -> str:
    names = [m.name for m in task.metrics]
    rows = (
        (
            f"*{row.entry}*" if row.is_baseline else f"`{row.entry}`",
            str(row.rank),
            *(write_figure(row.result.figures[n]) for n in names),
        )
        for row in made.rows
    )
    return _rows(("entry", "rank", *names), rows)


def _write_published(task: Task) -> str:
    names = [m.name for m in task.metrics if any(m.name in p.figures for p in task.published)]
    rows = (
        (
            p.method,
            *(
                (f"{p.figures[n]:g}" if n in p.figures else "")
                + (f" ± {p.errors[n]:g}" if n in p.errors else "")
                for n in names
            ),
            " ".join(p.sample.split()),
            p.reference,
        )
        for p in task.published
    )
    return _rows(("method", *names, "sample", "reference"), rows)


def _rows(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(head), *map(tuple, rows)]
    lines.insert(1, tuple("---" for _ in lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_figure(figure: BenchFigure) -> str:
    """A figure with its error, and in brackets its floor."""
    if figure.value is None or figure.error is None:
        return "infinite"
    text = plus_minus(figure.value, figure.error)
    return text if figure.floor is None else f"{text} ({figure.floor:.3g})"
