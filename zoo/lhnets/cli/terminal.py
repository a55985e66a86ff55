"""How the commands speak: tables, errors and progress."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
import msgspec
from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.segment import Segment
from rich.table import Table

from lhnets.errors import Error, NetworkWarning, is_visible, printable

_WIDTH_OF_A_PIPE = 200

_Command = TypeVar("_Command", bound=Callable[..., Any])


class FilteredConsole(Console):
    """A console that styles text, and shows nothing of a text that would steer the terminal."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """The segments of ``renderable``, their texts made printable; rich makes the controls."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else printable(text), style, control)


def _console() -> Console:
    """As wide as the terminal; into a pipe or file wide enough that a row stays one line."""
    made = FilteredConsole()
    return made if made.is_terminal else FilteredConsole(width=_WIDTH_OF_A_PIPE)


console = _console()
errors = FilteredConsole(stderr=True, soft_wrap=True)


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print ``text`` as it is, without styles, made printable; options as those of `click.echo`."""
    click.echo(printable(str(text)), err=err, nl=nl)


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table in the house's style."""
    made = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for k, column in enumerate(columns):
        name, _, justify = column.partition("|")
        made.add_column(
            name, justify="right" if justify == "right" else "left", overflow="fold", no_wrap=k == 0
        )
    return made


def json_option(command: _Command) -> _Command:
    """Give a command that prints results the option ``--json``, its argument ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="print the result as JSON")(command)


def print_json(result: Any) -> None:
    """Print a result as JSON, for programs: indented, numbers in full, NaN as null.

    Parameters
    ----------
    result : mapping, sequence or Struct
        Of plain values.
    """
    text = msgspec.json.format(msgspec.json.encode(result), indent=2).decode()
    click.echo("".join(c if c == "\n" or is_visible(c) else _escape(c) for c in text))


def _escape(character: str) -> str:
    """A character in a JSON text, as its escape: U+202E is written as that number."""
    return json.dumps(character)[1:-1]


def fail(error: Error) -> None:
    """Print an error: its name and its message."""
    errors.print(f"[bold red]{type(error).__name__}[/]: {escape(str(error))}")


def tell_warnings() -> None:
    """Print the warnings of lhnets as its errors: their name and their message."""
    show = warnings.showwarning

    def tell(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
        if issubclass(category, NetworkWarning):
            errors.print(f"[bold yellow]{category.__name__}[/]: {escape(str(message))}")
        else:
            show(message, category, *place, **options)

    warnings.showwarning = tell


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
