"""Generators: a row is its conditions, the coordinates of an event under them, and noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input
from lhnets.networks import draw_noise
from lhnets_training.data import table
from lhnets_training.pipeline.exported import PARAMETERS, Arrays
from lhnets_training.pipeline.labelled import ExportedFile
from lhnets_training.pipeline.parameters import REFERENCE_POINTS
from lhnets_training.pipeline.reach import reach_of_events, reach_of_points
from lhnets_training.recipe import Fitted, Recipe, Rows

Array = NDArray[np.float64]

PARITY_ROWS = 10_000


@dataclass(frozen=True)
class NoiseFeed:
    """The steps of a training that are those of generators; see `labelled.Feed`.

    The data set has the conditions as its columns of role input and the coordinates of the events
    as those of role target. Rows that are given to the file or its model have both, and then the
    noise of each tensor, flat.
    """

    recipe: Recipe

    def read(self, rows: Rows) -> tuple[Array, Array]:
        """Conditions and coordinates side by side, and the coordinates alone."""
        conditions, events = (
            table.columns(rows, self.recipe.dataset, role) for role in ("input", "target")
        )
        return np.concatenate([conditions, events], axis=1), events

    def arrays(self, given: Any) -> Arrays:
        """The named arrays of rows (N, conditions + coordinates + noise)."""
        if isinstance(given, dict):
            return given
        columns = [i for i in self.recipe.inputs if i.shape is None]
        made: Arrays = {PARAMETERS: np.ascontiguousarray(given[:, : len(columns)])}
        start = len(columns)
        for tensor in (*self._asked(), *self._noise()):
            stop = start + _size(tensor)
            shape = (len(given), *(int(n) for n in (tensor.shape or ())[1:]))
            made[tensor.name] = given[:, start:stop].reshape(shape).astype(tensor.dtype)
            start = stop
        return made

    def choose_parity_rows(self, x: Array, seed: int) -> tuple[str, Array]:
        """Rows of the data set with noise."""
        return "rows with noise", self._with_noise(x[:PARITY_ROWS], seed + 1)

    def compute_reach(self, x: Array, fitted: Fitted) -> Array:
        """That of the declared ranges of conditions and coordinates."""
        columns = [i for i in self.recipe.inputs if i.shape is None]
        asked = self._asked()
        parts = [reach_of_points(x[:, : len(columns)], columns, self.recipe.surfaces)]
        if asked:
            parts.append(reach_of_events(self.arrays(x), asked))
        return np.asarray(np.max(parts, axis=0))

    def tell_point(self, x: Array, row: int) -> str:
        """The number of the row."""
        return f"row {row}"

    def choose_reference(self, file: ExportedFile, unseen: Array, seed: int) -> Arrays:
        """Unseen rows with noise."""
        return self.arrays(self._with_noise(unseen[:REFERENCE_POINTS], seed + 2))

    def _with_noise(self, x: Array, seed: int) -> Array:
        drawn = draw_noise(self._noise(), len(x), seed)
        flat = [a.reshape(len(x), -1).astype(np.float64) for a in drawn.values()]
        return np.concatenate([x, *flat], axis=1)

    def _noise(self) -> tuple[Input, ...]:
        return tuple(i for i in self.recipe.inputs if i.noise)

    def _asked(self) -> tuple[Input, ...]:
        """The tensor whose density the network gives, if it gives one."""
        named = {o.density_of for o in self.recipe.outputs}
        return tuple(i for i in self.recipe.inputs if i.name in named)


def _size(tensor: Input) -> int:
    return int(np.prod([int(n) for n in (tensor.shape or ())[1:]]))
