"""`lhnets registry init` and `matrix`: a registry that is a git repository."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.markup import escape

from lhnets.cli.terminal import console, json_option, print_json, table


@click.command()
@click.option(
    "--git",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="an empty folder or a fresh clone",
)
@json_option
def init(folder: Path, as_json: bool) -> None:
    """Write the template of a registry in git: publishing is a merge request, and the pipelines of
    GitLab or GitHub check, export, sign and serve."""
    from lhnets_registry.maintenance.git_registry import write_template

    written = write_template(folder)
    if as_json:
        print_json({"folder": str(folder), "files": [str(p.relative_to(folder)) for p in written]})
        return
    console.print(f"{len(written)} files in {escape(str(folder))}; README.md says what to set up")


@click.command()
@click.argument(
    "results",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="RELEASE.json…",
)
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="write a page too",
)
@json_option
def matrix(results: Sequence[Path], page: Path | None, as_json: bool) -> None:
    """Show which networks verify under which release of ONNX Runtime.

    Each file is the output of `lhnets verify --json` under one release, which its name states.
    It exits with 1 if a network fails.
    """
    from lhnets_registry.maintenance.matrix import read_matrix, write_page

    made = read_matrix(results)
    if page is not None:
        write_page(made, page)
    if as_json:
        print_json({"releases": made.releases, "networks": made.networks})
    else:
        rows = table("network", *made.releases)
        for name, row in made.networks.items():
            cells = ["not tried" if r not in row else row[r] or "pass" for r in made.releases]
            rows.add_row(escape(name), *map(escape, cells))
        console.print(rows)
    if made.failures:
        sys.exit(1)
