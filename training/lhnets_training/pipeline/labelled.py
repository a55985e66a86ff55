"""Rows of a data set as a fit takes them, and how they are given to the exported file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lhnets_training.pipeline.exported import Arrays, Predict
from lhnets_training.pipeline.parity import ModelAnswers
from lhnets_training.recipe import Fitted, Recipe, Rows
from lhnets_training.split import Split

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """All columns of a data set, inputs x (N, n) and outputs y (N, k), and what each row is used
    for."""

    rows: Rows
    x: Array
    y: Array
    split: Split


class Feed(Protocol):
    """What differs between networks of parameters and of events."""

    @property
    def recipe(self) -> Recipe:
        """The recipe that is trained."""

    def read(self, rows: Rows) -> tuple[Array, Array]:
        """Inputs (N, n) and outputs (N, k) of the rows of the data set."""

    def arrays(self, given: Any) -> Arrays:
        """What the file takes: for rows (N, n), or for what a check gives."""

    def choose_parity_rows(self, x: Array, seed: int) -> tuple[str, Array]:
        """Rows (M, n) to compare file and model on, and what they are."""

    def compute_reach(self, x: Array, fitted: Fitted) -> Array:
        """The reach (N,) at rows (N, n) without the file."""

    def tell_point(self, x: Array, row: int) -> str:
        """A row in words."""

    def choose_reference(self, file: ExportedFile, unseen: Array, seed: int) -> Arrays:
        """Points that the file is verified by anywhere."""


@dataclass(frozen=True)
class ExportedFile:
    """The exported model as a function of rows of the data set."""

    feed: Feed
    predict: Predict

    def answer(self, given: Any) -> ModelAnswers:
        """Value, uncertainty and reach for rows (N, n), or for what a check gives."""
        return ModelAnswers.of_file(self.predict(self.feed.arrays(given)))
