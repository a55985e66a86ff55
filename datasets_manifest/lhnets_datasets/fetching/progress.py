"""A progress bar for each file of a download: on a terminal, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.markup import escape

from lhnets.cli.terminal import download_bar
from lhnets.mirrors import Progress

BarFor: TypeAlias = Callable[[str, int | None], Progress]


@contextmanager
def bars() -> Iterator[BarFor]:
    """Gives a function from the name and size (bytes) of a file to what a download calls with its
    progress."""
    with download_bar() as shown:

        def bar(name: str, size: int | None) -> Progress:
            task = shown.add_task(escape(name), total=size)

            def advance(done: int, total: int | None) -> None:
                shown.update(task, completed=done, total=total or size)

            return advance

        yield bar
