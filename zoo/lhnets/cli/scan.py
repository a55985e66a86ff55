"""`lhnets scan`: questions about every row of a table in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lhnets.cli.terminal import console, errors, json_option, print_json, table

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("source", metavar="IN", type=_FILE)
@click.argument("out", metavar="OUT", type=_FILE)
@click.option(
    "--ask",
    "questions",
    multiple=True,
    required=True,
    metavar="'NAME = CS(...)'",
    help="a question, as in Python; give it several times for several questions",
)
@click.option("--float32", is_flag=True, help="write the results in single precision")
@click.option("--part-rows", type=int, help="write a folder of parts with so many rows each")
@click.option("--workers", type=click.IntRange(1), help="threads; all cores unless given")
@click.option("--dask", metavar="ADDRESS", help="Dask scheduler whose workers evaluate")
@click.option("--overwrite", is_flag=True, help="replace OUT if it exists")
@json_option
def scan(
    source: Path,
    out: Path,
    questions: tuple[str, ...],
    float32: bool,
    part_rows: int | None,
    workers: int | None,
    dask: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Ask questions about every row of the table IN, and write it with the answers to OUT.

    IN is a file of Parquet or CSV, or a folder of them or of SLHA files. OUT is one file if its
    name ends in .parquet, else a folder of parts. Outside the region of a network the answer is
    NaN. A scan that was interrupted goes on where it was if the command is repeated.
    """
    from lhnets._scanning.asked import read_questions
    from lhnets._scanning.running import ScanSettings, Summary, scan_files
    from lhnets._scanning.sources import open_source

    asked = read_questions(questions)
    opened = open_source(source)
    dtype: Literal["float64", "float32"] = "float32" if float32 else "float64"
    settings = ScanSettings(dtype, part_rows, workers, dask, overwrite)
    with _rows_bar(opened.rows) as advance:
        summary: Summary = scan_files(asked, opened, out, settings, advance)
    if as_json:
        print_json(_describe(summary))
        return
    shown = table("column", "question", "network", "unit")
    for told in summary.plan.tell():
        by = (told.get("network", "see the column of networks"), told.get("unit", ""))
        shown.add_row(*(escape(text) for text in (told["name"], told["question"], *by)))
    console.print(shown)
    before = f", {summary.resumed:,} of them by an earlier run" if summary.resumed else ""
    console.print(f"{summary.rows:,} points in {escape(str(summary.out))}{before}", highlight=False)
    for sentence in summary.tell():
        errors.print(escape(sentence), highlight=False)


def _describe(summary: Any) -> dict[str, Any]:
    return {
        "out": str(summary.out),
        "rows": summary.rows,
        "resumed": summary.resumed,
        "questions": list(summary.plan.tell()),
        "outside": summary.reasons,
    }


@contextmanager
def _rows_bar(total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar for points, on a terminal only."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
        disable=not errors.is_terminal,
    ) as progress:
        task = progress.add_task("points", total=total)
        yield lambda rows: progress.advance(task, rows)
