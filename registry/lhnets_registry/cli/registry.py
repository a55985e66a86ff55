"""`lhnets publish`, `lhnets review` and `lhnets mirror`."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.markup import escape
from rich.progress import track

from lhnets.cli.terminal import console, errors, fail, json_option, print_json, table
from lhnets.errors import Error, MirrorError
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.admission.limits import Limits
from lhnets_registry.cli import tables
from lhnets_registry.cli.keys import keys
from lhnets_registry.cli.remote import Here, elsewhere, publish_elsewhere, show_elsewhere
from lhnets_registry.location import Location
from lhnets_registry.mirror import export as mirrors
from lhnets_registry.publishing.publication import PublishedVersion
from lhnets_registry.publishing.publication import publish as publish_file
from lhnets_registry.publishing.remote import Remote, RemoteVersion
from lhnets_registry.review import decisions as reviews
from lhnets_registry.review.checking import reviewed
from lhnets_registry.review.checklist import Checklist

if TYPE_CHECKING:
    from lhnets_registry.store import Version

_T = TypeVar("_T")
_STATUSES = ("candidate", "verified", "rejected", "retracted")


def in_store(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --store and --artifacts, and hand the command a location."""

    @click.option(
        "--store",
        metavar="DIR|URI",
        help="a folder or postgresql://…; else LHNETS_STORE, else the user's data folder",
    )
    @click.option(
        "--artifacts",
        metavar="DIR|URI",
        help="where the files of a new PostgreSQL store go; else LHNETS_ARTIFACTS",
    )
    @functools.wraps(command)
    def wrapped(*args: Any, store: str | None, artifacts: str | None, **kwargs: Any) -> Any:
        return command(*args, location=Location.of(store, artifacts), **kwargs)

    return wrapped


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--approve", is_flag=True, help="make them verified at once, where author and reviewer are one"
)
@click.option(
    "--max-size",
    type=click.FloatRange(min=0),
    help="largest file in MB; without it 1, and 16 of networks on events",
)
@click.option(
    "--table",
    "truth",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="T.parquet",
    help="inputs and true outputs, on which the coverage of the uncertainty is measured",
)
@click.option(
    "--no-bundled",
    is_flag=True,
    help="take another file for a version that comes with lhnets: for a store that is exported "
    "with --no-bundled too",
)
@json_option
@elsewhere("--to")
@in_store
def publish(
    files: Sequence[Path],
    approve: bool,
    max_size: float | None,
    truth: Path | None,
    no_bundled: bool,
    as_json: bool,
    location: Location,
    remote: Remote | None,
) -> None:
    """Admit sealed network files, register them as candidates, and print what their reviewer will
    see."""
    limits = Limits.of_megabytes(max_size)
    if remote is not None:
        if approve or no_bundled or truth is not None:
            raise click.UsageError(
                "--approve, --table and --no-bundled are for a store here; --to publishes a "
                "candidate elsewhere"
            )
        publish_elsewhere(remote, tracked(files, "Publishing"), limits, as_json=as_json)
        return
    published = []
    with Admitter(limits) as admitter:
        for path in tracked(files, "Publishing"):
            try:
                done = publish_file(
                    path,
                    location,
                    approve=approve,
                    limits=limits,
                    table=truth,
                    admitter=admitter,
                    bundled=not no_bundled,
                )
            except Error as error:
                fail(error)
                continue
            published.append((done, reviewed(done.card, done.report, location)))
    if as_json:
        print_json([_describe_published(*one) for one in published])
    elif published:
        _print_published(published, location, whole=len(files) == 1)
    if len(published) < len(files):
        raise SystemExit(1)


def _describe_published(done: PublishedVersion, checklist: Checklist) -> dict[str, Any]:
    return {
        "network": done.identity,
        "status": done.status,
        "created": done.created,
        "sha256": done.sha256,
        "store": done.store,
        "checklist": checklist,
    }


def _print_published(
    published: Sequence[tuple[PublishedVersion, Checklist]], location: Location, *, whole: bool
) -> None:
    """One line a network; before it the whole checklist, if ``whole``."""
    rows = table("network", "status", "", "admission|right", "checklist")
    rows.columns[0].no_wrap = True
    for done, checklist in published:
        what = "new" if done.created else "these bytes were published before; nothing changed"
        fails = [f.item for f in checklist.failures]
        said = f"fails {', '.join(fails)}" if fails else "nothing fails"
        rows.add_row(
            done.identity, tables.coloured(done.status), what, f"{done.report.seconds:.2f} s", said
        )
        if whole:
            tables.show(checklist)
    console.print(rows)
    console.print(f"in {escape(location.shown)}")


@click.group()
def review() -> None:
    """Decide what becomes of published networks."""


@review.command("list")
@click.option("--status", type=click.Choice(_STATUSES), help="only these")
@json_option
@elsewhere("--at")
@in_store
def list_(status: str | None, as_json: bool, location: Location, remote: Remote | None) -> None:
    """The versions in the store."""
    where = remote or Here(location)
    versions = where.versions(status)
    by = {v.identity: v.published_by for v in versions} if remote else reviews.publishers(location)
    if as_json:
        print_json(
            [
                tables.describe_version(v) | {"published_by": by.get(v.identity, "")}
                for v in versions
            ]
        )
        return
    rows = table("network", "status", "published", "by", "title", "reason")
    rows.columns[0].no_wrap = True
    for v in versions:
        rows.add_row(
            v.identity,
            tables.coloured(v.status),
            _day(v),
            *(escape(t) for t in (by.get(v.identity, ""), v.title, v.reason)),
        )
    console.print(rows)
    console.print(f"{len(versions)} in {escape(where.address)}")


@review.command()
@click.argument("identity", metavar="NAME@VERSION")
@json_option
@elsewhere("--at")
@in_store
def show(identity: str, as_json: bool, location: Location, remote: Remote | None) -> None:
    """The state of a version, and the checklist that `lhnets check` prints."""
    if remote is not None:
        show_elsewhere(remote, identity, as_json=as_json)
        return
    version, checklist = reviews.checked(identity, location)
    if as_json:
        print_json(checklist)
        return
    console.print(
        f"[bold]{version.identity}[/]  {escape(version.title)}  {tables.coloured(version.status)}"
    )
    if version.reason:
        console.print(f"reason: {escape(version.reason)}")
    console.print(
        f"{version.kind}: {escape(version.subject)}\nSHA-256 {version.sha256}\npublished "
        f"{_day(version)}\n"
    )
    tables.show(checklist)


@review.command()
@click.argument("identities", nargs=-1, required=True, metavar="NAME@VERSION…")
@json_option
@elsewhere("--at")
@in_store
def approve(
    identities: Sequence[str], as_json: bool, location: Location, remote: Remote | None
) -> None:
    """Make candidates verified: they are exported and resolved from now on."""
    _say((remote or Here(location)).approve, identities, as_json)


@review.command()
@click.argument("identity", metavar="NAME@VERSION")
@click.option("--reason", required=True, help="what the author should fix")
@json_option
@elsewhere("--at")
@in_store
def reject(
    identity: str, reason: str, as_json: bool, location: Location, remote: Remote | None
) -> None:
    """Turn a candidate down. Its number is used up."""
    step = (remote or Here(location)).reject
    _say(lambda name: step(name, reason), [identity], as_json)


@review.command()
@click.argument("identity", metavar="NAME@VERSION")
@click.option(
    "--reason", required=True, help="what was found wrong; every later user of the version reads it"
)
@json_option
@elsewhere("--at")
@in_store
def retract(
    identity: str, reason: str, as_json: bool, location: Location, remote: Remote | None
) -> None:
    """Withdraw a verified version: reachable by pin, with a warning, and never chosen again."""
    step = (remote or Here(location)).retract
    _say(lambda name: step(name, reason), [identity], as_json)


@click.group()
def mirror() -> None:
    """Write and check mirrors: static files that any web server can hold."""


mirror.add_command(keys)


@mirror.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--candidates", is_flag=True, help="export candidates too, marked as such")
@click.option(
    "--bundled/--no-bundled",
    default=True,
    show_default=True,
    help="export the networks that come with lhnets too",
)
@click.option(
    "--sign",
    type=click.Path(path_type=Path),
    metavar="KEYS",
    help=f"folder of keys to sign everything with; else {mirrors.KEYS_VARIABLE}",
)
@click.option(
    "--days",
    type=click.FloatRange(min=0, min_open=True),
    default=mirrors.MIRROR_DAYS,
    show_default=True,
    help="life of a signed mirror, after which clients refuse it until it is exported again",
)
@click.option(
    "--pages/--no-pages",
    default=True,
    show_default=True,
    help="write the catalogue too, for browsers",
)
@json_option
@in_store
def export(
    folder: Path,
    candidates: bool,
    bundled: bool,
    sign: Path | None,
    days: float,
    pages: bool,
    as_json: bool,
    location: Location,
) -> None:
    """Write the verified and retracted networks of the store, with those that come with lhnets, to
    DIR."""
    done = mirrors.export(
        folder,
        location,
        candidates=candidates,
        bundled=bundled,
        keys=mirrors.keys_in(sign) if sign else mirrors.keys_from_environment(),
        days=days,
        pages=pages,
        track=lambda items: tracked(items, "Exporting"),
        track_pages=lambda names: tracked(names, "Making pages"),
    )
    if as_json:
        networks = [e.identity for e in done.index.networks]
        print_json(
            {
                "folder": str(done.folder),
                "networks": networks,
                "written": done.written,
                "kept": done.kept,
            }
        )
        return
    console.print(
        f"{len(done.index.networks)} networks in {escape(str(done.folder))}: {done.written} files "
        f"written, {done.kept} kept"
    )


@mirror.command()
@click.argument("source", metavar="DIR|URL[#root=SHA256]")
@click.option(
    "--log",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="an earlier log.jsonl of the mirror: nothing in it may have changed",
)
@json_option
def check(source: str, log: Path | None, as_json: bool) -> None:
    """Compare every file of a mirror with its index, and all of it with what was signed under its
    root of trust and with its log."""
    index, problems = mirrors.check(source, log.read_bytes() if log else b"")
    if as_json:
        networks = [e.identity for e in index.networks]
        print_json({"mirror": source, "networks": networks, "faults": problems})
    if problems:
        raise MirrorError(f"the mirror {source} has {len(problems)} faults: " + "; ".join(problems))
    if not as_json:
        console.print(f"{len(index.networks)} networks in {escape(source)}, all as the index says")


def tracked(items: Sequence[_T], what: str) -> Iterable[_T]:
    """The items, with a progress bar on a terminal."""
    return track(items, what, console=errors, transient=True, disable=not errors.is_terminal)


def _day(version: Version | RemoteVersion) -> str:
    return datetime.datetime.fromtimestamp(version.published / 1000, datetime.UTC).strftime(
        "%Y-%m-%d"
    )


def _say(
    step: Callable[[str], Version | RemoteVersion], identities: Sequence[str], as_json: bool
) -> None:
    """Take a step of the review with each version, and print what became of it."""
    decided = []
    try:
        for identity in identities:
            version = step(identity)
            decided.append(tables.describe_version(version))
            reason = f": {escape(version.reason)}" if version.reason else ""
            if not as_json:
                console.print(f"{version.identity} is {tables.coloured(version.status)}{reason}")
    finally:
        if as_json:
            print_json(decided)
