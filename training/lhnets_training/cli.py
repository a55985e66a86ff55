"""`lhnets train`: make a published network again, from its data set or from its labels."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from lhnets._errors import Error
from lhnets_training import recipe as recipes


@click.command()
@click.argument("name", required=False)
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Folder to write to; build/NAME by default.")
@click.option("--labels-only", is_flag=True, help="Make the labels, write the data set and stop.")
@click.option("--relabel", is_flag=True, help="Make the labels afresh, though the data set ships with lhnets.")
@click.option(
    "--from-data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Train on this Parquet file.",
)
@click.option("--rows", type=click.IntRange(min=200), help="Label this many rows instead of the recipe's own number.")
@click.option(
    "--effort",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Share of the optimiser steps.",
)
@click.option("--seed", type=int, default=None, help="Another seed than the recipe's own.")
@click.option("--dask", default=None, metavar="ADDRESS", help="Dask scheduler for the labels, such as tcp://host:8786.")
@click.option(
    "--bundle",
    type=click.Path(file_okay=False, path_type=Path),
    help="Copy the data sets and their manifests into this folder.",
)
def train(
    name: str | None,
    out: Path | None,
    labels_only: bool,
    relabel: bool,
    from_data: Path | None,
    rows: int | None,
    effort: float,
    seed: int | None,
    dask: str | None,
    bundle: Path | None,
) -> None:
    """Train the network NAME by its recipe and write OUT/NAME.onnx. Without NAME, list the recipes."""
    from lhnets_training import report, run, table

    if name is None:
        click.echo("\n".join(recipes.names()))
        return
    try:
        recipe = recipes.find(name)
        folder = out or Path("build") / name
        folder.mkdir(parents=True, exist_ok=True)
        job = recipes.Run(out=folder, seed=recipe.seed if seed is None else seed, rows=rows, effort=effort, dask=dask)
        data = run.labels(recipe, job, source=from_data, relabel=relabel)
        if bundle is not None:
            for dataset, path in [(recipe.dataset, data), *run.companions(recipe, job, relabel=relabel)]:
                table.bundle(bundle, path, dataset, recipe.authors)
        if labels_only:
            return
        trained = run.train(recipe, job, data)
    except Error as error:
        raise click.ClickException(str(error)) from error
    Console().print(report.figures(trained.card))
    click.echo(f"{trained.path} ({trained.path.stat().st_size / 1000:.0f} kB)")
