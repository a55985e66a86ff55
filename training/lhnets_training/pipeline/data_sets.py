"""The data sets of a recipe: given, bundled with lhnets, or labelled afresh below the run's
folder."""

from __future__ import annotations

from pathlib import Path

from lhnets_training.data import table
from lhnets_training.recipe import Companion, Recipe, RecipeDataSet, Rows, Run


def label_data(
    recipe: Recipe, run: Run, *, source: Path | None = None, relabel: bool = False
) -> Path:
    """The Parquet file of the recipe's data set: ``source``, the bundled one, or made afresh under
    the run's folder."""
    if source is not None:
        return source
    return _find_or_label(
        Companion(recipe.dataset, recipe.label), run, afresh=relabel or run.rows is not None
    )


def label_companions(
    recipe: Recipe, run: Run, *, relabel: bool = False
) -> list[tuple[RecipeDataSet, Path]]:
    """The Parquet files of the further data sets of a recipe, bundled or made afresh."""
    return [(c.dataset, _find_or_label(c, run, afresh=relabel)) for c in recipe.companions]


def read_companion(companion: Companion, run: Run) -> Rows:
    """The rows of a further data set, as the run made it afresh, as bundled, or made now."""
    own = _path_in_run(companion.dataset, run)
    return table.read(
        own if own.exists() else _find_or_label(companion, run, afresh=False), companion.dataset
    )


def _find_or_label(companion: Companion, run: Run, *, afresh: bool) -> Path:
    shipped = table.bundled(companion.dataset)
    if shipped is not None and not afresh:
        return shipped
    rows = companion.label(run)
    path = _path_in_run(companion.dataset, run)
    table.write(path, companion.dataset, rows)
    run.console.print(f"{len(next(iter(rows.values())))} rows in {path}", soft_wrap=True)
    return path


def _path_in_run(dataset: RecipeDataSet, run: Run) -> Path:
    return run.out / f"{dataset.name}.parquet"
