"""Networks of parameters: columns of the data set are what the file takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.data.sample import uniform
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.pipeline.exported import PARAMETERS, Arrays
from lhnets_training.pipeline.labelled import ExportedFile
from lhnets_training.pipeline.reach import reach_of_points
from lhnets_training.recipe import Fitted, Recipe, Rows

Array = NDArray[np.float64]

REFERENCE_POINTS = 64
PARITY_POINTS = 10_000


@dataclass(frozen=True)
class ParameterFeed:
    """The steps of a training that are those of parameters; see `labelled.Feed`."""

    recipe: Recipe

    def read(self, rows: Rows) -> tuple[Array, Array]:
        """As `read_columns`."""
        return read_columns(self.recipe, rows)

    def arrays(self, given: Any) -> Arrays:
        """Points (N, n) under the name that graphs take them by."""
        return {PARAMETERS: np.ascontiguousarray(given)}

    def choose_parity_rows(self, x: Array, seed: int) -> tuple[str, Array]:
        """Random points of the region, or rows of the data set."""
        if self.recipe.rows_fill_region:
            return "rows of the data set", x[:PARITY_POINTS]
        points = uniform(self.recipe.inputs, PARITY_POINTS, seed + 1, self.recipe.surfaces)
        return "random points of the region", points

    def compute_reach(self, x: Array, fitted: Fitted) -> Array:
        """That of the declared box and half-spaces, or of the fit's own rows if it is larger."""
        declared = reach_of_points(x, self.recipe.inputs, self.recipe.surfaces)
        return declared if fitted.reach is None else np.maximum(declared, fitted.reach(x))

    def tell_point(self, x: Array, row: int) -> str:
        """The values of the inputs."""
        return ", ".join(
            f"{i.name} = {v:.6g}" for i, v in zip(self.recipe.inputs, x[row], strict=True)
        )

    def choose_reference(self, file: ExportedFile, unseen: Array, seed: int) -> Arrays:
        """Random points of the region, or rows of the data set."""
        if self.recipe.rows_fill_region:
            return self.arrays(unseen[:REFERENCE_POINTS])
        return self.arrays(
            uniform(self.recipe.inputs, REFERENCE_POINTS, seed + 2, self.recipe.surfaces)
        )


def read_columns(recipe: Recipe, rows: Rows) -> tuple[Array, Array]:
    """Inputs (N, n) and outputs (N, k) in the order of the card, from the columns of the same
    names.

    Raises
    ------
    TrainingError
        if a number is not finite, or a logarithmic output is not of one sign.
    """
    x = np.stack([np.asarray(rows[i.name], dtype=np.float64) for i in recipe.inputs], axis=1)
    y = np.stack([np.asarray(rows[o.name], dtype=np.float64) for o in recipe.outputs], axis=1)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise TrainingError(
            f"the data set {recipe.dataset.name} has numbers that are not finite; repair its labels"
        )
    for k, output in enumerate(recipe.outputs):
        unlike = min(int((y[:, k] <= 0).sum()), int((y[:, k] >= 0).sum()))
        if output.scale == "log" and unlike:
            raise TrainingError(
                f"the output {output.name!r} is logarithmic, expected labels of one sign, but "
                f"{unlike} are zero or of another"
            )
    return x, y
