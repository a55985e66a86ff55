"""`lhnets export` and `compile`: networks as code for other languages and for this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lhnets._finding import zoo as _zoo
from lhnets.cli.terminal import echo, json_option, print_json

if TYPE_CHECKING:
    from lhnets._running.native.export import Language


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
    from lhnets._running.native.export import save_sources

    network = _zoo.default().load(name)
    paths = save_sources(network.file, language, folder)
    if as_json:
        print_json({"network": network.name, "paths": [str(p) for p in paths]})
        return
    for path in paths:
        echo(path)


@click.command("compile")
@click.argument("names", nargs=-1, required=True)
@json_option
def compile_(names: tuple[str, ...], as_json: bool) -> None:
    """Compile the networks NAMES for this machine, check them against their reference points, and
    keep them for engine="native" and LHNETS_ENGINE=native; prints the paths."""
    from lhnets._running.native.engine import compile_network, open_native

    files = [_zoo.default().load(name).file for name in names]
    paths = []
    for file in files:
        paths.append(compile_network(file))
        open_native(file)
        if not as_json:
            echo(f"{file.card.identity}  {paths[-1]}")
    if as_json:
        print_json(
            [
                {"network": file.card.identity, "path": str(path)}
                for file, path in zip(files, paths, strict=True)
            ]
        )
