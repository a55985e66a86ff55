"""`lhnets bench`: networks judged in tasks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.markup import escape

import lhnets
from lhnets.cli import CommandGroup
from lhnets.cli.terminal import console, echo, json_option, print_json, table
from lhnets_datasets.bench import collection, speeds
from lhnets_datasets.bench.page import write_figure
from lhnets_datasets.bench.result import Result
from lhnets_datasets.bench.run import Bench
from lhnets_datasets.bench.table import Table, TableRow, make_table
from lhnets_datasets.bench.task import Task, json_schema

OWN_RESULTS = Path("build") / "bench"

_folder = click.option(
    "--results",
    "folders",
    multiple=True,
    type=click.Path(file_okay=False, path_type=Path),
    help=f"folder with results of your own, besides {OWN_RESULTS}; may be given several times",
)


class _Group(CommandGroup):
    """The commands of tasks; those of blind tasks come with the registry."""

    adds_from = "lhnets.bench"


@click.group(cls=_Group)
def bench() -> None:
    """Tasks: networks judged on the same rows by the same code, with errors and ranks."""


@bench.command("list")
@json_option
def list_(as_json: bool) -> None:
    """The tasks there are."""
    found = collection.tasks().values()
    if as_json:
        print_json([_describe(task) for task in found])
        return
    rows = table("task", "question", "data set", "ranked by", "results|right")
    for task in found:
        rows.add_row(
            task.name,
            escape(task.title),
            task.data.set,
            task.metrics[0].name,
            str(len(collection.results(task))),
        )
    console.print(rows)


@bench.command()
@click.argument("task")
@click.argument("networks", nargs=-1)
@click.option("--baselines", is_flag=True, help="judge the baselines of the task too")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=OWN_RESULTS,
    show_default=True,
    help="folder for the results",
)
@json_option
def run(task: str, networks: tuple[str, ...], baselines: bool, out: Path, as_json: bool) -> None:
    """Judge NETWORKS, names or network files, in TASK, and write a result for each.

    The same file gives the same bytes. How fast it was is told apart from them.
    """
    asked = collection.get(task)
    judge = Bench(asked)
    found: dict[str, Result] = {}
    for name in networks:
        network = lhnets.load(name)
        result, microseconds = judge.run(network)
        entry = Path(name).stem if name.endswith(".onnx") else network.name
        found[entry] = result
        speeds.note(out, asked.name, network.file.sha256, microseconds)
    for baseline in asked.baselines if baselines else ():
        found[baseline.name] = judge.run_baseline(baseline)
    paths = [result.write(out, entry) for entry, result in found.items()]
    made = make_table(asked, found)
    if as_json:
        print_json({**_table_to_dict(asked, made, [out]), "paths": [str(p) for p in paths]})
        return
    _print(asked, made, [out])
    for path in paths:
        echo(f"wrote {path}")


@bench.command("table")
@click.argument("task")
@_folder
@json_option
def table_(task: str, folders: tuple[Path, ...], as_json: bool) -> None:
    """The entries of TASK by rank: those that ship with lhnets, and your own.

    Entries that differ by less than chance share a rank: a paired bootstrap at 95 %.
    """
    asked = collection.get(task)
    places = [OWN_RESULTS, *folders]
    made = make_table(asked, collection.results(asked, places))
    if as_json:
        print_json(_table_to_dict(asked, made, places))
    else:
        _print(asked, made, places)
        _print_published(asked)


@bench.command()
@click.argument("task", required=False)
@json_option
def show(task: str | None, as_json: bool) -> None:
    """The definition of TASK."""
    asked = collection.get(task) if task else None
    if asked is None or as_json:
        print_json(json_schema() if asked is None else msgspec.to_builtins(asked))
        return
    console.print(f"[bold]{asked.name}[/]  {escape(asked.title)}\n")
    console.print(escape(asked.question) + "\n")
    facts = table("", "")
    for name, fact in _list_facts(asked).items():
        facts.add_row(name, escape(fact))
    console.print(facts)


def _list_facts(task: Task) -> dict[str, str]:
    return {
        "kind": f"{task.kind}, signal {task.signal}",
        "data set": f"{task.data.set} (SHA-256 {task.data.sha256})",
        "a network is given": task.input.meaning,
        "it may be trained with": task.may_be_seen,
        **{m.name: " ".join((type(m).__doc__ or "").split()) for m in task.metrics},
        **{f"baseline {b.name}": b.method for b in task.baselines},
    }


def _describe(task: Task) -> dict[str, Any]:
    return {
        "name": task.name,
        "title": task.title,
        "question": task.question,
        "kind": task.kind,
        "data": task.data.set,
        "metrics": [m.name for m in task.metrics],
        "results": len(collection.results(task)),
    }


def _table_to_dict(task: Task, made: Table, places: Sequence[Path]) -> dict[str, Any]:
    known = speeds.read(task.name, places)
    rows = [_row_to_dict(task, row, known) for row in made.rows]
    return {
        "task": task.name,
        "sha256": task.sha256,
        "ranked_by": task.metrics[0].name,
        "rows": [r for r in rows if r["network"] is not None],
        "baselines": [r for r in rows if r["network"] is None],
        "differences": [
            {**msgspec.structs.asdict(d), "significant": d.significant} for d in made.differences
        ],
        "stale": made.stale,
        "published": task.published,
    }


def _row_to_dict(task: Task, row: TableRow, known: dict[str, float]) -> dict[str, Any]:
    result = row.result
    return {
        "entry": row.entry,
        "rank": row.rank,
        "network": result.network,
        "sha256": result.sha256,
        "rows": result.rows,
        "outside": result.outside,
        "unanswered": result.unanswered,
        **{m.name: result.figures[m.name] for m in task.metrics},
        "microseconds": known.get(result.sha256 or ""),
    }


def _print(task: Task, made: Table, places: Sequence[Path]) -> None:
    known = speeds.read(task.name, places)
    names = [m.name for m in task.metrics]
    shown = table(
        "entry", "rank|right", *(f"{n}|right" for n in names), "outside|right", "us|right"
    )
    for row in made.rows:
        figures = [write_figure(row.result.figures[n]) for n in names]
        speed = known.get(row.result.sha256 or "")
        shown.add_row(
            f"[italic]{escape(row.entry)}[/]" if row.is_baseline else escape(row.entry),
            str(row.rank),
            *figures,
            f"{row.result.outside / row.result.rows:.2%}" if not row.is_baseline else "",
            f"{speed:.0f}" if speed else "",
        )
    console.print(shown)
    if made.rows:
        first = made.rows[0].result
        console.print(
            f"{first.rows:,} test rows, {first.signal:,} of them signal; errors of the bootstrap; "
            "in brackets what a flawless network would show; baselines in italics"
        )
    for entry in made.stale:
        console.print(f"{escape(entry)} was judged in another version of the task: run it again")


def _print_published(task: Task) -> None:
    if not task.published:
        return
    console.print("\nPublished figures, of other samples: not to be compared digit by digit")
    names = [m.name for m in task.metrics if any(m.name in p.figures for p in task.published)]
    shown = table("method", *(f"{n}|right" for n in names), "sample", "reference")
    for p in task.published:
        cells = [
            (f"{p.figures[n]:g}" if n in p.figures else "")
            + (f" ± {p.errors[n]:g}" if n in p.errors else "")
            for n in names
        ]
        shown.add_row(escape(p.method), *cells, escape(p.sample), escape(p.reference))
    console.print(shown)
