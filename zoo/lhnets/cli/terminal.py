"""How the commands speak: tables, errors and progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from lhnets._errors import Error

console = Console(soft_wrap=False)
errors = Console(stderr=True, soft_wrap=True)


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table in the house's style."""
    made = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        name, _, justify = column.partition("|")
        made.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    return made


def fail(error: Error) -> None:
    """Print an error: its name and its message."""
    errors.print(f"[bold red]{type(error).__name__}[/]: {escape(str(error))}")


@contextmanager
def download_bar() -> Iterator[Progress]:
    """A progress bar for bytes, on a terminal only."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=errors,
        disable=not errors.is_terminal,
    ) as progress:
        yield progress
