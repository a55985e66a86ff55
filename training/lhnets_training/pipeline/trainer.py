"""From a recipe to its network file, by way of parameters or of events."""

from __future__ import annotations

from pathlib import Path

from lhnets_training.pipeline import event_run, run
from lhnets_training.pipeline.run import Trained
from lhnets_training.recipe import Recipe, Run


def train(recipe: Recipe, job: Run, data: Path) -> Trained:
    """Make the network file ``job.out/NAME.onnx`` from the data set at ``data``."""
    way = run.train if recipe.events is None else event_run.train
    return way(recipe, job, data)
