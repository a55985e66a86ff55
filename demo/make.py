"""From labels to a mirror, small: what `lhnets train`, `publish` and `mirror export` do, in one go.

Labels a gluino set by quadrature, fits a network, writes the file, admits it, registers it in
MLflow on SQLite, approves it and exports a mirror. Everything lands in the folder given as the
argument.
"""

from __future__ import annotations

import csv
import dataclasses
import shutil
import sys
import time
from pathlib import Path

import numpy as np
from rich.console import Console

from lhnets_registry import publish
from lhnets_registry.mirror.export import export
from lhnets_training import recipes
from lhnets_training.judging import report
from lhnets_training.labels import parts
from lhnets_training.labels.hadronic import luminosity
from lhnets_training.labels.hadronic.partonic_lo import AlphaS, GluinoPair
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.pipeline.data_sets import label_data
from lhnets_training.pipeline.train import train
from lhnets_training.recipe import Run
from lhnets_training.recipes.cross_sections import cs_gluino_pair_lo as gluinos

NAME = "cs-gluino-pair-lo-demo"
ROWS, EFFORT = 6_000, 0.25
SCAN = {"m_sq": 2500.0, "sqrt_s": 13000.0, "mu_over_m": 1.0}


def main(folder: Path, rows: int = ROWS, effort: float = EFFORT) -> None:
    """Make the demonstration network under ``folder``."""
    console = Console(stderr=True)
    published = recipes.find("cs-gluino-pair-lo")
    recipe = dataclasses.replace(
        published,
        name=NAME,
        version=1,
        title=f"{published.title}, from a small data set",
        dataset=dataclasses.replace(published.dataset, name="gluino-pair-lo-demo"),
    )
    for old in ("store", "mirror"):
        shutil.rmtree(folder / old, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    job = Run(out=folder, seed=recipe.seed, console=console, rows=rows, effort=effort)
    trained = train(recipe, job, label_data(recipe, job))
    console.print(report.figures(trained.card))
    write_truth(folder / "truth.csv", job)
    version = publish(trained.path, folder / "store", approve=True, bundled=False)
    console.print(
        f"{version.identity} is {version.status} in {folder / 'store'} (MLflow run "
        f"{version.run_id})"
    )
    exported = export(folder / "mirror", folder / "store", bundled=False)
    console.print(f"mirror with {len(exported.index.networks)} network in {exported.folder}")
    console.print(
        f"{time.perf_counter() - started:.0f} s in all. See the run in MLflow's own pages:"
    )
    console.print(
        f"  .venv/bin/mlflow ui --backend-store-uri sqlite:///{folder.resolve()}/store/mlflow.db "
        "--port 5001   then http://127.0.0.1:5001",
        soft_wrap=True,
    )


def write_truth(path: Path, job: Run) -> None:
    """Labels along a line in the gluino mass, which no training saw, for the scan to compare
    with."""
    m_go = np.linspace(700.0, 2900.0, 12)
    points = np.column_stack([m_go, *(np.full_like(m_go, v) for v in SCAN.values())])
    grid = luminosity.load(pythia_grid(gluinos.PDF), gluinos.NODES, job.out, job.console)
    sigma = parts.compute(job, GluinoPair(grid, AlphaS(gluinos.ALPHA_S_MZ)), points, name="scan")
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["m_go", "sigma_pb"], *zip(m_go, sigma, strict=True)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
