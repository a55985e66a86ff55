"""Networks of events: rows of the data set become the named arrays that the file takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.data import table
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.pipeline.exported import Arrays
from lhnets_training.pipeline.labelled import ExportedFile
from lhnets_training.pipeline.parameters import REFERENCE_POINTS
from lhnets_training.pipeline.reach import reach_of_events
from lhnets_training.recipe import Fitted, Recipe, Rows

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EventFeed:
    """The steps of a training that are those of events; see `labelled.Feed`."""

    recipe: Recipe

    def read(self, rows: Rows) -> tuple[Array, Array]:
        """The columns of role input, and the truth of the outputs from those of role target."""
        dataset = self.recipe.dataset
        x, y = (table.columns(rows, dataset, role) for role in ("input", "target"))
        return x, y if self.recipe.measure is not None else read_targets(self.recipe, y)

    def arrays(self, given: Any) -> Arrays:
        """The events of rows (N, n); those of a check are arrays already."""
        if isinstance(given, dict):
            return given
        if self.recipe.events is None:
            raise TrainingError(
                f"the recipe {self.recipe.name} does not say how rows become events: give it "
                "`events`"
            )
        return self.recipe.events(given)

    def choose_parity_rows(self, x: Array, seed: int) -> tuple[str, Array]:
        """All rows of the data set."""
        return "rows", x

    def compute_reach(self, x: Array, fitted: Fitted) -> Array:
        """That of the fit if it has one of its own, else of the ranges that the card declares."""
        if fitted.reach is not None:
            return fitted.reach(x)
        return reach_of_events(self.arrays(x), self.recipe.inputs)

    def tell_point(self, x: Array, row: int) -> str:
        """The number of the row."""
        return f"row {row}"

    def choose_reference(self, file: ExportedFile, unseen: Array, seed: int) -> Arrays:
        """Unseen events inside the region."""
        few = unseen[: 4 * REFERENCE_POINTS]
        inside = np.flatnonzero(file.answer(few).reach <= 1)[:REFERENCE_POINTS]
        return {name: array[inside] for name, array in self.arrays(few).items()}


def read_targets(recipe: Recipe, given: Array) -> Array:
    """The truth (N, k) of the outputs; of two classes the second is what the first is not.

    Raises
    ------
    TrainingError
        if columns and outputs do not fit.
    """
    if recipe.kind == "classifier" and given.shape[1] == 1 and len(recipe.outputs) == 2:
        given = np.concatenate([given, 1 - given], axis=1)
    if given.shape[1] != len(recipe.outputs) or not np.isfinite(given).all():
        raise TrainingError(
            f"the data set {recipe.dataset.name} has {given.shape[1]} columns of role target for "
            f"{len(recipe.outputs)} outputs, or numbers that are not finite: declare one finite "
            "column for each output"
        )
    return given
