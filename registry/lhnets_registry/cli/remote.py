"""How the commands of publication and review speak to a registry elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from msgspec import structs
from rich.markup import escape

from lhnets.cli.terminal import console, fail, print_json, table
from lhnets.errors import Error
from lhnets_registry.admission.envelope import read_at_most
from lhnets_registry.admission.limits import Limits
from lhnets_registry.cli import tables
from lhnets_registry.errors import AdmissionError
from lhnets_registry.location import Location
from lhnets_registry.publishing.remote import TOKEN_VARIABLE, Remote, RemotePublication, token_from
from lhnets_registry.review import decisions as review


def elsewhere(option: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``option`` with an address and --token-file, and hand the command a `Remote` or None."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option(
            option, "address", metavar="https://…", help="a registry elsewhere, instead of --store"
        )
        @click.option(
            "--token-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help=f"holds the token for it; else {TOKEN_VARIABLE}",
        )
        @functools.wraps(command)
        def wrapped(*args: Any, address: str | None, token_file: Path | None, **kwargs: Any) -> Any:
            remote = None if address is None else Remote(address, token_from(token_file))
            return command(*args, remote=remote, **kwargs)

        return wrapped

    return decorate


def publish_elsewhere(
    remote: Remote, files: Iterable[Path], limits: Limits, *, as_json: bool
) -> None:
    """Publish ``files`` there, print what came of each, and exit with 1 if one was refused."""
    published: list[RemotePublication] = []
    refused = 0
    for path in files:
        try:
            done = remote.publish(read_at_most(path, limits.largest_file))
        except AdmissionError as error:
            refused += 1
            fail(AdmissionError(path.name, error.report))
            continue
        except Error as error:
            refused += 1
            fail(error)
            continue
        published.append(done)
    if as_json:
        print_json([{"network": p.identity, **structs.asdict(p)} for p in published])
    elif published:
        _print_published(published, remote)
    if refused:
        raise SystemExit(1)


def _print_published(published: Iterable[RemotePublication], remote: Remote) -> None:
    rows = table("network", "status", "", "admission|right")
    for done in published:
        what = "new" if done.created else "these bytes were published before; nothing changed"
        rows.add_row(
            done.identity, tables.coloured(done.status), what, f"{done.report.seconds:.2f} s"
        )
    console.print(rows)
    console.print(f"at {escape(remote.address)}")


def show_elsewhere(remote: Remote, identity: str, *, as_json: bool) -> None:
    """Print the state of a version there and the report of its admission."""
    version, report = remote.shown(identity)
    if as_json:
        print_json({**tables.describe_version(version), "report": report})
        return
    console.print(
        f"[bold]{version.identity}[/]  {escape(version.title)}  {tables.coloured(version.status)}"
    )
    if version.reason:
        console.print(f"reason: {escape(version.reason)}")
    console.print(f"{version.kind}: {escape(version.subject)}\nSHA-256 {version.sha256}\n")
    console.print(tables.findings_table(report.findings))


class Here:
    """The store at a location, with the steps that a `Remote` has."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.address = location.shown

    def versions(self, status: str | None = None) -> Sequence[Any]:
        """The versions, of one status or all."""
        return review.listed(self.location, status)

    def approve(self, identity: str) -> Any:
        """Make a candidate verified."""
        return review.approve(identity, self.location)

    def reject(self, identity: str, reason: str) -> Any:
        """Turn a candidate down."""
        return review.reject(identity, reason, self.location)

    def retract(self, identity: str, reason: str) -> Any:
        """Withdraw a verified version."""
        return review.retract(identity, reason, self.location)
