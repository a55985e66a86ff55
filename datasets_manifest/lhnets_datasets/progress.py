"""A progress bar for downloads: on a terminal, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from lhnets._transfer import Progress

BarFor: TypeAlias = Callable[[str, int | None], Progress]


@contextmanager
def bars() -> Iterator[BarFor]:
    """Gives a function from the name and size (bytes) of a file to what a download calls with its progress."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console, disable=not console.is_terminal, transient=True) as shown:

        def bar(name: str, size: int | None) -> Progress:
            task = shown.add_task(escape(name), total=size)

            def advance(done: int, total: int | None) -> None:
                shown.update(task, completed=done, total=total or size)

            return advance

        yield bar
