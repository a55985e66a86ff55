"""Completion of commands, networks, processes and parameters in the shell."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import click
from click.shell_completion import CompletionItem, get_completion_class

from lhnets._asking.process import spoken
from lhnets._finding import zoo as _zoo
from lhnets._finding.versions import newest_verified
from lhnets.cli.asked import find_asked
from lhnets.cli.terminal import echo
from lhnets.errors import Error
from lhnets.format import Entry, Kind

Complete: TypeAlias = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

_VARIABLE = "_LHNETS_COMPLETE"
_PLACES = {
    "bash": "bash-completion/completions/lhnets",
    "fish": "fish/vendor_completions.d/lhnets.fish",
    "zsh": "zsh/site-functions/_lhnets",
}
"""Where each shell looks, below the data folder of the user."""


def complete_networks(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of networks, with their titles."""
    entries = newest_verified(_entries())
    return [CompletionItem(e.name, help=e.title) for e in entries if e.name.startswith(incomplete)]


def complete_subjects(kind: Kind) -> Complete:
    """Completion of what the networks of one kind compute, in short names."""

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        found = {spoken(s) for e in _entries() if e.kind == kind for s in e.subjects}
        return [CompletionItem(s) for s in sorted(found) if s.startswith(incomplete)]

    return complete


def complete_assignments(kind: Kind | None) -> Complete:
    """Completion of NAME=VALUE: the parameters of the networks that the command line asks, or
    files."""

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        given = {text.partition("=")[0] for text in context.params.get("assignments") or ()}
        inputs = {i.name: i for e in _asked(kind, context.params) for i in e.inputs}
        found = [
            CompletionItem(f"{name}=", help=i.unit)
            for name, i in inputs.items()
            if name.startswith(incomplete) and name not in given and not i.tensor
        ]
        return found or [CompletionItem(incomplete, type="file")]

    return complete


def _asked(kind: Kind | None, params: dict[str, Any]) -> list[Entry]:
    name = params.get("name") or params.get("network")
    try:
        return find_asked(kind, params.get("subject"), name)
    except Error:
        return []


def install_completion(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    """Write the completion script of the user's shell where the shell finds it.

    Raises
    ------
    click.UsageError
        If the shell is not bash, fish or zsh.
    """
    if not wanted or context.resilient_parsing:
        return
    shell = Path(os.environ.get("SHELL", "")).name
    completion = get_completion_class(shell)
    if completion is None or shell not in _PLACES:
        raise click.UsageError(
            f"completion is there for bash, fish and zsh; SHELL names {shell or 'none'}. "
            "Set SHELL=/bin/bash or another of them"
        )
    share = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    path = share / _PLACES[shell]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(completion(context.command, {}, "lhnets", _VARIABLE).source())
    echo(f"{path} is written: start a new shell")
    if shell == "zsh":
        echo(f"zsh looks there if ~/.zshrc has, before compinit: fpath=({path.parent} $fpath)")
    context.exit()


def _entries() -> list[Entry]:
    """The networks within reach; none if the mirrors cannot be read, as a shell must go on."""
    try:
        return _zoo.default().entries
    except Error:
        return []
