"""`lhnets new` and `lhnets check`: what an author does before anything is published."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.markup import escape

from lhnets.cli.terminal import console, errors, json_option, print_json
from lhnets_registry.admission.limits import Limits
from lhnets_registry.cards.new import KINDS
from lhnets_registry.cards.new import new as write
from lhnets_registry.cli.tables import defects_list, show
from lhnets_registry.errors import CardFileError
from lhnets_registry.review.checking import check as check_file


@click.command()
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="cross_section",
    show_default=True,
    help="what it computes",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="where to write; a folder NAME by default",
)
@json_option
def new(name: str, kind: str, folder: Path | None, as_json: bool) -> None:
    """Write a commented card to fill in and, for networks of plain parameters, a recipe that runs.

    A model that is trained already becomes a network file with the card alone: `lhnets import MODEL
    --card card.yaml`.
    """
    made = write(name, kind, folder)
    if as_json:
        recipe = None if made.recipe is None else str(made.recipe)
        print_json({"card": str(made.card), "recipe": recipe})
        return
    shown = escape(str(made.card))
    console.print(f"{shown}: fill it in, then `lhnets check {shown}`")
    if made.recipe is not None:
        shown = escape(str(made.recipe))
        console.print(f"{shown}: put your labels in, then `lhnets train {shown}`")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--table",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="T.parquet",
    help="inputs and true outputs, on which the coverage of the uncertainty is measured",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="D.parquet",
    help="the data set, whose rows the region is compared with",
)
@click.option(
    "--store",
    metavar="DIR|URI",
    help="whose names are compared beside the bundled ones; as in publish",
)
@click.option(
    "--max-size",
    type=click.FloatRange(min=0),
    help="largest file in MB; without it 1, and 16 of networks on events",
)
@json_option
def check(
    file: Path,
    table: Path | None,
    data: Path | None,
    store: str | None,
    max_size: float | None,
    as_json: bool,
) -> None:
    """Run the whole admission on FILE here, and print what a reviewer will see.

    FILE is a sealed network file, or the author's card (.yaml) before there is one. Nothing is
    published. It exits with 1 where an item fails.
    """
    try:
        checklist = check_file(
            file, store, table=table, data=data, limits=Limits.of_megabytes(max_size)
        )
    except CardFileError as error:
        _say_defects(error, as_json)
        sys.exit(1)
    if as_json:
        print_json(checklist)
    else:
        show(checklist)
    if checklist.failures:
        sys.exit(1)


def _say_defects(error: CardFileError, as_json: bool) -> None:
    if as_json:
        print_json({"identity": error.file, "defects": error.defects})
        return
    console.print(defects_list(error.defects), soft_wrap=True)
    count = len(error.defects)
    errors.print(f"[red]{count} defect{'s' * (count != 1)}[/] in {escape(error.file)}")
