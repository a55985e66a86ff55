"""`lhnets export`: networks as code for other languages."""

from __future__ import annotations

from pathlib import Path

import click

from lhnets._finding import zoo as _zoo
from lhnets._running.native.export import Language, save_sources
from lhnets.cli.terminal import echo, json_option, print_json


@click.command()
@click.argument("name")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--to",
    "language",
    type=click.Choice(["c", "c++", "fortran"]),
    required=True,
    help="the language of the program that shall call it",
)
@json_option
def export(name: str, folder: Path, language: Language, as_json: bool) -> None:
    """Write the network NAME as C99 that needs nothing but libm into FOLDER, with what C++ or
    Fortran need to call it; prints the paths."""
    network = _zoo.default().load(name)
    paths = save_sources(network.file, language, folder)
    if as_json:
        print_json({"network": network.name, "paths": [str(p) for p in paths]})
        return
    for path in paths:
        echo(path)
