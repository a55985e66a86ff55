"""`lhnets bench submit` and `withdraw`: blind tasks of a registry elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from msgspec import structs
from rich.markup import escape

from lhnets.cli.terminal import console, json_option, print_json, table
from lhnets_registry.admission.envelope import read_at_most
from lhnets_registry.admission.limits import Limits
from lhnets_registry.cli.remote import elsewhere
from lhnets_registry.errors import TokenError
from lhnets_registry.publishing.remote import Remote, RemoteSubmission


@click.command()
@click.argument("task")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@elsewhere("--to")
@json_option
def submit(task: str, file: Path, remote: Remote | None, as_json: bool) -> None:
    """Submit the network FILE to the blind TASK of a registry, which judges it on rows that nobody
    outside has."""
    content = read_at_most(file, Limits().largest_file)
    _give(_require(remote, "--to").submit(task, content), as_json)


@click.command()
@click.argument("task")
@click.argument("sha256")
@click.option("--reason", required=True, help="why; everyone can read it")
@elsewhere("--at")
@json_option
def withdraw(task: str, sha256: str, reason: str, remote: Remote | None, as_json: bool) -> None:
    """Withdraw the file with this SHA256 from the blind TASK of a registry. It stays in the list,
    with its figures and the reason."""
    _give(_require(remote, "--at").withdraw(task, sha256, reason), as_json)


def _require(remote: Remote | None, option: str) -> Remote:
    if remote is None:
        raise TokenError(f"a blind task is at a registry: name its address with {option}")
    return remote


def _give(done: RemoteSubmission, as_json: bool) -> None:
    if as_json:
        print_json(_to_dict(done))
        return
    rows = table("", "|right")
    for name, figure in done.figures.items():
        cell = "infinite" if figure.value is None else f"{figure.value:g} ± {figure.error:g}"
        rows.add_row(escape(name.replace("_", " ")), cell)
    console.print(f"{escape(done.network)}  SHA-256 {done.sha256}", rows)
    if done.withdrawn is not None:
        console.print(f"withdrawn: {escape(done.withdrawn)}")


def _to_dict(done: RemoteSubmission) -> dict[str, Any]:
    return structs.asdict(done)
