"""`lhnets serve`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click
import platformdirs
from rich.markup import escape

from lhnets.cli.terminal import console
from lhnets_registry.location import Location
from lhnets_registry.service.settings import Settings

_DEFAULT = Settings(mirror="")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen on")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 takes a free one",
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="processes"
)
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
@click.option(
    "--mirror",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="folder that is served and kept up to date from the store; else one beside the store",
)
@click.option(
    "--bundled/--no-bundled",
    default=True,
    show_default=True,
    help="serve the networks that come with lhnets too",
)
@click.option(
    "--rows",
    default=_DEFAULT.rows,
    show_default=True,
    type=click.IntRange(1),
    help="most points of a prediction",
)
@click.option(
    "--body-bytes",
    default=_DEFAULT.body_bytes,
    show_default=True,
    type=click.IntRange(1),
    help="largest request body",
)
@click.option(
    "--body-seconds",
    default=_DEFAULT.body_seconds,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="time in which a request body must arrive",
)
@click.option(
    "--idle-seconds",
    default=_DEFAULT.idle_seconds,
    show_default=True,
    type=click.IntRange(1),
    help="how long a connection may stay open without a request",
)
@click.option(
    "--seconds",
    default=_DEFAULT.seconds,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="time for one prediction",
)
@click.option(
    "--concurrency",
    default=_DEFAULT.concurrency,
    show_default=True,
    type=click.IntRange(1),
    help="predictions at work or waiting, for each worker",
)
@click.option(
    "--admissions",
    default=_DEFAULT.admissions,
    show_default=True,
    type=click.IntRange(1),
    help="published files that are tried at a time, for each worker",
)
@click.option(
    "--max-size",
    type=click.IntRange(1),
    help="bytes of the largest network file that is taken in; without it 1 MB, and 16 MB of "
    "networks on events",
)
@click.option(
    "--quota",
    default=_DEFAULT.quota,
    show_default=True,
    type=click.IntRange(1),
    help="network files that one token may send in a day",
)
@click.option(
    "--blind",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="folder of blind tasks, NAME.yaml with NAME.parquet: files are judged, labels stay here",
)
@click.option(
    "--submissions",
    default=_DEFAULT.submissions,
    show_default=True,
    type=click.IntRange(1),
    help="files that a token may submit to a blind task within 24 hours",
)
@click.option(
    "--log-level",
    default="info",
    show_default=True,
    type=click.Choice(["debug", "info", "warning", "error"]),
)
def serve(
    host: str,
    port: int,
    workers: int,
    store: str | None,
    artifacts: str | None,
    mirror: Path | None,
    bundled: bool,
    rows: int,
    body_bytes: int,
    body_seconds: float,
    idle_seconds: int,
    seconds: float,
    concurrency: int,
    admissions: int,
    max_size: int | None,
    quota: int,
    blind: Path | None,
    submissions: int,
    log_level: str,
) -> None:
    """Serve the registry over HTTP: the mirror with its catalogue, predictions, search, publication
    and review.

    Needs nothing: without a store it serves the networks that come with lhnets.
    """
    from lhnets_registry.maintenance.check import recover
    from lhnets_registry.service import server
    from lhnets_registry.service.state import refresh

    location = Location.of(store, artifacts)
    settings = Settings(
        mirror=str((mirror or mirror_beside(location)).expanduser().resolve()),
        store=store,
        artifacts=artifacts,
        bundled=bundled,
        rows=rows,
        body_bytes=body_bytes,
        body_seconds=body_seconds,
        idle_seconds=idle_seconds,
        seconds=seconds,
        concurrency=concurrency,
        admissions=admissions,
        file_bytes=max_size,
        quota=quota,
        blind=str(blind.resolve()) if blind else None,
        submissions=submissions,
    )
    listener = server.listen(host, port)
    with console.status("Bringing the mirror up to date"):
        recover(location)
        done = refresh(settings, pages=False)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listener.getsockname()[1]}"
    console.print(
        f"[bold]lhnets[/] serves {len(done.index.networks)} networks at [bold]{address}[/]"
    )
    console.print(
        f"  catalogue  {address}/\n  interface  {address}/openapi.json\n  metrics    "
        f"{address}/metrics"
    )
    console.print(f"  mirror     {escape(settings.mirror)}\n  store      {_store(location)}")
    console.print(f"  processes  {workers}\nStop with Ctrl-C.")
    server.run(settings, listener, workers, log_level)


def mirror_beside(location: Location) -> Path:
    """The folder of the mirror that belongs to a store: in its folder, or in the user's data folder
    for a database."""
    if location.folder is not None:
        return location.folder / "mirror"
    return (
        platformdirs.user_data_path("lhnets")
        / "mirrors"
        / hashlib.sha256(location.shown.encode()).hexdigest()[:16]
    )


def _store(location: Location) -> str:
    return escape(location.shown) + (
        "" if location.exists else " (none yet: it is made by the first publication)"
    )
