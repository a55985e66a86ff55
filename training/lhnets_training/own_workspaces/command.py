"""`lhnets train likelihood`: a network from a workspace of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from lhnets.errors import Error
from lhnets_training.recipe import Run


@click.command("likelihood")
@click.argument(
    "workspace",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="WORKSPACE.json",
)
@click.option(
    "--name",
    default=None,
    help="Name of the network; likelihood- and the name of the file by default.",
)
@click.option(
    "--subject",
    default=None,
    help="What users ask for, such as atlas-susy-2018-04; the name of the file by default.",
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="NAME=CHANNEL[:BIN]",
    help="A bin that takes signal and the name of its yield; by default all bins of the channels "
    "that begin with SR.",
)
@click.option(
    "--measurement",
    default=None,
    help="Which measurement of the workspace is meant; needed if it has several.",
)
@click.option(
    "--poi",
    default=None,
    help="The parameter that scales the signal, if the measurement names none or another.",
)
@click.option("--title", default=None, help="Title for the card.")
@click.option(
    "--origin",
    default="a workspace of the user",
    show_default=True,
    help="Where the workspace is from.",
)
@click.option("--rows", type=click.IntRange(min=40), default=None, help="Points to label.")
@click.option(
    "--checks",
    type=click.IntRange(min=4),
    default=20,
    show_default=True,
    help="Points to compare with pyhf.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder to write to; build/NAME by default.",
)
@click.option("--dask", default=None, metavar="ADDRESS", help="Dask scheduler for the labels.")
def from_workspace(
    workspace: Path,
    name: str | None,
    subject: str | None,
    regions: tuple[str, ...],
    measurement: str | None,
    poi: str | None,
    title: str | None,
    origin: str,
    rows: int | None,
    checks: int,
    out: Path | None,
    dask: str | None,
) -> None:
    """Train a network for the profile likelihood of a HistFactory workspace over the signal yields
    of its regions."""
    from lhnets_training.judging import report
    from lhnets_training.labels.likelihoods.workspace import WorkspaceChoice
    from lhnets_training.own_workspaces.analyse import analyse
    from lhnets_training.pipeline.data_sets import label_companions, label_data
    from lhnets_training.pipeline.train import train
    from lhnets_training.recipes.likelihoods._histfactory import likelihood

    try:
        analysis = analyse(
            WorkspaceChoice(workspace, measurement, poi),
            name=name,
            subject=subject,
            regions=regions,
            title=title,
            origin=origin,
            rows=rows,
            checks=checks,
        )
        click.echo(analysis.reading_told)
        recipe = likelihood(analysis)
        folder = out or Path("build") / recipe.name
        folder.mkdir(parents=True, exist_ok=True)
        job = Run(out=folder, seed=recipe.seed, dask=dask, source=workspace)
        data = label_data(recipe, job, relabel=True)
        label_companions(recipe, job, relabel=True)
        trained = train(recipe, job, data)
    except Error as error:
        raise click.ClickException(str(error)) from error
    report.announce(trained.card, trained.path)
