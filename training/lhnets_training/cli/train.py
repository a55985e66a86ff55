"""`lhnets train`: make a published network again, from its data set or from its labels, or one from
a file of one's own."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from lhnets.errors import Error
from lhnets_training import recipes
from lhnets_training.own_tables.command import from_table
from lhnets_training.own_workspaces.command import from_workspace
from lhnets_training.recipe import Run

NETWORK = "network"


class ByName(click.Group):
    """A group whose command `NETWORK` may be left out: `train NAME` is `train network NAME`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in where the first argument is none."""
        if not args or not {args[0]} & {*self.commands, *ctx.help_option_names}:
            args = [NETWORK, *args]
        return super().parse_args(ctx, args)


@click.group(cls=ByName)
def train() -> None:
    """Train networks: `lhnets train NAME` by the recipe of that name, the other commands from a
    file of your own.

    The word `network` may be left out; without NAME it lists the recipes. `lhnets train network
    --help` tells more.
    """


train.add_command(from_table)
train.add_command(from_workspace)


@train.command(NETWORK)
@click.argument("name", required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder to write to; build/NAME by default.",
)
@click.option("--labels-only", is_flag=True, help="Make the labels, write the data set and stop.")
@click.option(
    "--relabel", is_flag=True, help="Make the labels afresh, though the data set ships with lhnets."
)
@click.option(
    "--from-data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Train on this Parquet file.",
)
@click.option(
    "--refine",
    type=click.IntRange(min=1),
    metavar="ROUNDS",
    help="Choose half of the rows to train on in so many rounds, where the uncertainty of the "
    "network is largest.",
)
@click.option(
    "--gain",
    is_flag=True,
    help="With --refine: make the plain labels, too, and show the errors of both networks.",
)
@click.option(
    "--refresh",
    is_flag=True,
    help="Make the next version of the published file without training: the same values, a card "
    "from today's recipe and figures measured anew.",
)
@click.option(
    "--rows",
    type=click.IntRange(min=200),
    help="Label this many rows instead of the recipe's own number.",
)
@click.option(
    "--effort",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Share of the optimiser steps.",
)
@click.option("--seed", type=int, default=None, help="Another seed than the recipe's own.")
@click.option(
    "--dask",
    default=None,
    metavar="ADDRESS",
    help="Dask scheduler for the labels, such as tcp://host:8786.",
)
@click.option(
    "--source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file that the labels are computed from, where it does not ship with lhnets, such as "
    "a workspace.",
)
@click.option(
    "--bundle",
    type=click.Path(file_okay=False, path_type=Path),
    help="Copy the data sets and their manifests into this folder.",
)
def network(
    name: str | None,
    out: Path | None,
    labels_only: bool,
    relabel: bool,
    from_data: Path | None,
    refine: int | None,
    gain: bool,
    refresh: bool,
    rows: int | None,
    effort: float,
    seed: int | None,
    dask: str | None,
    source: Path | None,
    bundle: Path | None,
) -> None:
    """Train the network NAME by its recipe and write OUT/NAME.onnx. Without NAME, list the recipes.

    A recipe of your own is given as the path of its file: `lhnets train my_network.py`.
    """
    from lhnets_training.data import table
    from lhnets_training.judging import report
    from lhnets_training.pipeline import refine as refinement
    from lhnets_training.pipeline import refresh as refreshing
    from lhnets_training.pipeline.data_sets import label_companions, label_data

    if refresh and (refine is not None or relabel or rows is not None):
        raise click.UsageError(
            "--refresh keeps the published values and data set: leave out --refine, --relabel and "
            "--rows"
        )
    if refine is not None and from_data is not None:
        raise click.UsageError(
            "--refine chooses and labels its rows, --from-data gives them; leave out one of the two"
        )
    if gain and refine is None:
        raise click.UsageError(
            "--gain compares a refined network with the plain one: expected --refine ROUNDS, too"
        )
    if name is None:
        click.echo("\n".join(recipes.names()))
        return
    try:
        plain = recipe = recipes.find(name)
        folder = out or Path("build") / recipe.name
        folder.mkdir(parents=True, exist_ok=True)
        job = Run(
            out=folder,
            seed=recipe.seed if seed is None else seed,
            rows=rows,
            effort=effort,
            dask=dask,
            source=source,
        )
        if refine is None:
            data = label_data(recipe, job, source=from_data, relabel=relabel)
        else:
            recipe, data = refinement.refine(recipe, job, refine)
        if bundle is not None:
            for dataset, path in [
                (recipe.dataset, data),
                *label_companions(recipe, job, relabel=relabel),
            ]:
                table.bundle(bundle, path, dataset, recipe.authors)
        if labels_only:
            return
        if refresh:
            trained = refreshing.refresh(recipe, job, data, refreshing.find_earlier(recipe))
        else:
            trained = refreshing.train_as_published(recipe, job, data)
        found = refinement.compare(plain, recipe, data, job) if gain else None
    except Error as error:
        raise click.ClickException(str(error)) from error
    report.announce(trained.card, trained.path)
    if found is not None:
        Console().print(refinement.figures(plain, *found))
