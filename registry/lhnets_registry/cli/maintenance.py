"""`lhnets registry` and `lhnets token`: what the keeper of a registry does."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import structs
from rich.markup import escape

from lhnets.cli.terminal import console, json_option, print_json, table
from lhnets_registry.cli.git import init, matrix
from lhnets_registry.cli.registry import in_store, tracked
from lhnets_registry.cli.tables import coloured
from lhnets_registry.errors import StoreError
from lhnets_registry.location import Location

if TYPE_CHECKING:
    from lhnets_registry.ledger.tokens import Token
    from lhnets_registry.maintenance.backup import Backup

_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "y": 365.0}


class _Span(click.ParamType[float]):
    """A time such as 90d, in days; infinite for ``never``."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Number and unit."""
        if value == "never":
            return math.inf
        match = re.fullmatch(r"(\d{1,5})([hdwy])", str(value))
        if match is None or int(match[1]) == 0:
            self.fail(
                f"{value!r} is not a time; expected a number with h, d, w or y, such as 90d, or "
                "never",
                param,
                ctx,
            )
        return int(match[1]) * _DAYS[match[2]]


@click.group()
def registry() -> None:
    """Keep a registry: back it up, restore, check and migrate it; or begin one in git."""


registry.add_command(init)
registry.add_command(matrix)


@registry.command()
@click.argument("target", type=click.Path(path_type=Path), metavar="FILE.zip|DIR")
@json_option
@in_store
def backup(target: Path, as_json: bool, location: Location) -> None:
    """Save networks, reports, statuses, tokens (hashed) and the audit log."""
    from lhnets_registry.maintenance.backup import backup as save

    made = save(target, location, track=lambda items: tracked(items, "Saving"))
    if as_json:
        print_json({"backup": str(target), **_describe_backup(made, location)})
        return
    console.print(
        f"{len(made.versions)} versions, {len(made.tokens)} tokens and {len(made.audit)} entries "
        f"of the audit log of {escape(location.shown)} in {escape(str(target))}"
    )


@registry.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True), metavar="FILE.zip|DIR")
@json_option
@in_store
def restore(source: Path, as_json: bool, location: Location) -> None:
    """Bring a backup back, to an empty store of either kind."""
    from lhnets_registry.maintenance.backup import restore as bring_back

    made = bring_back(source, location, track=lambda items: tracked(items, "Restoring"))
    if as_json:
        print_json({"backup": str(source), **_describe_backup(made, location)})
        return
    console.print(
        f"{len(made.versions)} versions, {len(made.tokens)} tokens and {len(made.audit)} entries "
        f"of the audit log in {escape(location.shown)}"
    )


@registry.command()
@click.option("--mirror", metavar="DIR|URL", help="compare a mirror of this store too")
@click.option("--repair", is_flag=True, help="fix what interrupted publications and reviews left")
@json_option
@in_store
def check(mirror: str | None, repair: bool, as_json: bool, location: Location) -> None:
    """Whether every file is as published, statuses and aliases agree, and nothing is left over."""
    from lhnets_registry.maintenance.check import check as look_through

    done = look_through(
        location, mirror=mirror, repair=repair, track=lambda items: tracked(items, "Checking")
    )
    if as_json:
        print_json({"store": location.shown, **structs.asdict(done)})
    else:
        for line in done.repaired:
            console.print(f"repaired: {escape(line)}")
    if done.faults:
        raise StoreError(
            f"the store {location.shown} has {len(done.faults)} faults"
            + "".join(f"\n  - {f}" for f in done.faults)
        )
    if not as_json:
        console.print(
            f"{done.versions} versions in {escape(location.shown)}, all as published, nothing left "
            "over"
        )


@registry.command()
@json_option
@in_store
def migrate(as_json: bool, location: Location) -> None:
    """Bring the tables of a store up to date, and say with --artifacts where its files were moved.

    Back the store up first. The service must not run.
    """
    from lhnets_registry.ledger import tables
    from lhnets_registry.store import migrate as migrate_store
    from lhnets_registry.store import relocated

    if not location.exists:
        raise StoreError(
            f"there is no store at {location.shown}: nothing was published yet. Name another with "
            "--store"
        )
    with location.lock():
        steps = {
            "MLflow's tables": migrate_store(location),
            "tokens and audit log": tables.migrate(location),
        }
        moved = relocated(location)
    if moved is not None:
        steps["files"] = (moved, location.artifacts or "")
    if as_json:
        print_json(
            {what: {"before": before, "after": after} for what, (before, after) in steps.items()}
        )
        return
    for what, (before, after) in steps.items():
        since = "" if before == after else f" (before: {escape(before or 'none')})"
        console.print(f"{what}: {escape(after)}{since}")


@registry.command()
@click.option(
    "--newest", type=click.IntRange(1), default=50, show_default=True, help="how many entries"
)
@json_option
@in_store
def audit(newest: int, as_json: bool, location: Location) -> None:
    """Who did what, and what became of it."""
    from lhnets_registry.ledger.audit import listed

    if as_json:
        print_json(listed(location, newest))
        return
    rows = table("time (UTC)", "who", "action", "subject", "result", "from", "detail")
    for e in listed(location, newest):
        rows.add_row(
            _moment(e.time),
            *(escape(t) for t in (e.who, e.action, e.subject, e.result, e.client, e.detail)),
        )
    console.print(rows)


@click.group()
def token() -> None:
    """Make and revoke the tokens with which others publish and review over HTTP."""


@token.command()
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    metavar="publish|publish:PREFIX|review",
    help="what it allows; may be repeated. With a PREFIX: only names that begin with it, and no "
    "other token may publish those",
)
@click.option(
    "--name", default="", help="whom it is for: one person, or a group that counts as one"
)
@click.option(
    "--expires",
    type=_Span(),
    default="1y",
    show_default=True,
    metavar="TIME",
    help="90d, 12h, 4w, 1y or never",
)
@json_option
@in_store
def create(
    scopes: Sequence[str], name: str, expires: float, as_json: bool, location: Location
) -> None:
    """Make a token. It is shown once, and only its hash is kept."""
    from lhnets_registry.ledger import tokens

    made, text = tokens.create(location, scopes, name, None if expires == math.inf else expires)
    if as_json:
        print_json({**_describe_token(made), "token": text})
        return
    until = "never expires" if made.expires is None else f"expires {_moment(made.expires)} UTC"
    click.echo(text)
    click.echo(
        f"token {made.id}: {', '.join(made.scopes)}; {until}. It is not shown again.", err=True
    )


@token.command("list")
@json_option
@in_store
def list_(as_json: bool, location: Location) -> None:
    """The tokens, without their secrets."""
    from lhnets_registry.ledger import tokens

    if as_json:
        print_json([_describe_token(t) for t in tokens.listed(location)])
        return
    rows = table("id", "name", "scopes", "created (UTC)", "expires (UTC)", "")
    for t in tokens.listed(location):
        expires = "never" if t.expires is None else _moment(t.expires)
        rows.add_row(
            t.id, escape(t.name), " ".join(t.scopes), _moment(t.created), expires, coloured(t.state)
        )
    console.print(rows)


@token.command()
@click.argument("identity", metavar="ID")
@json_option
@in_store
def revoke(identity: str, as_json: bool, location: Location) -> None:
    """Make a token worthless, at once and for good."""
    from lhnets_registry.ledger import tokens

    done = tokens.revoke(location, identity)
    if as_json:
        print_json(_describe_token(done))
    else:
        console.print(f"token {done.id} ({escape(done.name)}) is {coloured(done.state)}")


def _describe_backup(made: Backup, location: Location) -> dict[str, Any]:
    counts = {"versions": len(made.versions), "tokens": len(made.tokens), "audit": len(made.audit)}
    return {"store": location.shown, **counts}


def _describe_token(token: Token) -> dict[str, Any]:
    """All but the hash of its secret."""
    kept = {k: v for k, v in structs.asdict(token).items() if k != "digest"}
    return {**kept, "state": token.state}


def _moment(milliseconds: int) -> str:
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC).strftime(
        "%Y-%m-%d %H:%M:%S"
    )
