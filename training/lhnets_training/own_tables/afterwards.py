"""What the author of a table is told once the network is made: figures, rows that stand out, what
inputs leave open."""

from __future__ import annotations

from collections.abc import Iterator

import click
import numpy as np
from numpy.typing import NDArray

from lhnets.format import Output
from lhnets_training.fit.kernels import ROUGH
from lhnets_training.judging import report
from lhnets_training.own_tables.cells import read_numbers
from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.own_tables.recipe import TableRecipe
from lhnets_training.pipeline.figures import Unseen
from lhnets_training.pipeline.labelled import Labelled
from lhnets_training.pipeline.train import Trained
from lhnets_training.recipe import Array

LISTED = 5
"""Rows that the others predict worst."""
OPEN = 0.1
"""Error of rows not seen, relative or over the spread, above which the inputs are doubted."""
RELATED = 0.5
"""Rank correlation of what is left with another column, above which the column is named."""


def announce(recipe: TableRecipe, trained: Trained) -> None:
    """Print the figures and what they give reason to look at."""
    report.announce(trained.card, trained.path)
    if trained.labelled is not None and trained.unseen is not None:
        rows = trained.labelled, trained.unseen
        for line in (*list_worst_rows(recipe, *rows), *doubt_inputs(recipe, *rows)):
            click.echo(line)
    errors = trained.card.errors
    if errors.baseline is not None and errors.mean > errors.baseline.mean:
        click.echo(
            "The baseline has the smaller mean error: give more rows, a smaller region, another "
            "--method, or name kinks by --kink."
        )
    if ROUGH.name in trained.card.training.method:
        click.echo(
            "The rough kernel predicts these rows best, as where an output or its slope breaks: "
            "name the surface by --kink if you know it, and the smooth kernel may serve."
        )


def list_worst_rows(recipe: TableRecipe, labelled: Labelled, found: Unseen) -> Iterator[str]:
    """The rows that the others predict worst, by their places in the file."""
    errors = _errors(recipe, labelled, found)[:, : len(recipe.values)]
    medians = np.maximum(np.median(errors, axis=0), 1e-300)
    worst = (errors / medians).argmax(axis=1)
    order = np.argsort(-(errors / medians).max(axis=1))[:LISTED]
    yield (
        f"The {len(order)} rows that the others predict worst (a wrong number in the table "
        "stands out here):"
    )
    for k in order:
        row, j = int(found.rows[k]), int(worst[k])
        output = recipe.outputs[j]
        point = ", ".join(
            f"{i.name} = {v:.6g}" for i, v in zip(recipe.inputs, labelled.x[row], strict=True)
        )
        unit = "%" if output.scale == "log" else "% of the spread"
        yield (
            f"  {recipe.numbers.place(row)}: {point}: {output.name} "
            f"{labelled.y[row, j]:.6g}, predicted {found.value[k, j]:.6g}, off by "
            f"{100 * errors[k, j]:.2g} {unit} ({errors[k, j] / medians[j]:.0f} times the median)"
        )


def doubt_inputs(recipe: TableRecipe, labelled: Labelled, found: Unseen) -> Iterator[str]:
    """Outputs of which rows not seen leave much open, two neighbours that show it, and columns that
    go with what is left."""
    if recipe.label_errors is not None:
        return
    for j, output in enumerate(recipe.values):
        t, value = _on_scale(output, labelled.y[:, j]), _on_scale(output, found.value[:, j])
        left = t[found.rows] - value
        rms, spread = float(np.sqrt(np.mean(left**2))), float(t.std()) or 1.0
        share = rms if output.scale == "log" else rms / spread
        if share > OPEN or rms / spread > OPEN:
            unit = "" if output.scale == "log" else " of the spread"
            yield (
                f"The inputs leave {output.name} open by {100 * share:.3g} %{unit} (rms of rows "
                "not seen): they do not determine it, or there are too few rows. "
                f"{_name_neighbours(recipe, labelled, j, t)}"
            )
        for name, correlation in _related(recipe, found.rows, left):
            yield (
                f"What the network leaves of {output.name} goes with the column {name!r} (rank "
                f"correlation {correlation:.2f}): an input that is missing?"
            )


def _on_scale(output: Output, values: Array) -> Array:
    """Logarithms of an output that has them."""
    return np.log(np.maximum(values, 1e-300)) if output.scale == "log" else values


def _errors(recipe: TableRecipe, labelled: Labelled, found: Unseen) -> Array:
    """Errors (M, k) of the unseen rows, relative or over the spread."""
    truth, y = labelled.y[found.rows], labelled.y
    return np.stack(
        [
            report.errors(
                truth[:, j],
                found.value[:, j],
                log=output.scale == "log",
                spread=float(y[:, j].std()) or 1.0,
            )
            for j, output in enumerate(recipe.outputs)
        ],
        axis=1,
    )


def _name_neighbours(recipe: TableRecipe, labelled: Labelled, output: int, t: Array) -> str:
    """Two rows next to each other whose outputs are far apart."""
    from scipy.spatial import cKDTree

    x, y = labelled.x, labelled.y[:, output]
    distance, near = cKDTree((x - x.mean(axis=0)) / x.std(axis=0)).query(
        x=(x - x.mean(axis=0)) / x.std(axis=0), k=2
    )
    close = np.flatnonzero(distance[:, 1] <= np.quantile(distance[:, 1], 0.1))
    apart = np.abs(t[close] - t[near[close, 1]])
    first = int(close[apart.argmax()])
    second = int(near[first, 1])
    name = recipe.outputs[output].name
    told = (
        f"{recipe.numbers.place(row)} ({_tell_point(recipe, x[row])}) with {name} {y[row]:.5g}"
        for row in (first, second)
    )
    return "Neighbours: " + " and ".join(told)


def _tell_point(recipe: TableRecipe, point: Array) -> str:
    return ", ".join(f"{i.name} = {v:.6g}" for i, v in zip(recipe.inputs, point, strict=True))


def _related(
    recipe: TableRecipe, rows: NDArray[np.int64], left: Array
) -> Iterator[tuple[str, float]]:
    """Columns that the network does not take and that go with what it leaves, strongest first."""
    from scipy.stats import spearmanr

    sheet, used = recipe.numbers.sheet, set(recipe.numbers.columns)
    found = []
    for column in sheet.columns:
        if column.name in used or not column.name:
            continue
        try:
            numbers = read_numbers(sheet, [column.heading], skip=True)
        except TableDataError:
            continue
        values = np.full(len(sheet.rows), np.nan)
        values[numbers.rows] = numbers.columns[column.heading]
        values = values[recipe.numbers.rows[rows]]
        if not np.isfinite(values).all() or not np.ptp(values) > 0:
            continue
        correlation = float(spearmanr(values, left).statistic)
        if abs(correlation) > RELATED:
            found.append((column.name, correlation))
    yield from sorted(found, key=lambda pair: -abs(pair[1]))
