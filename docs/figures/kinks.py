"""A width with a threshold, from 250 rows: a Gaussian process that was told of it, and one that was
not."""

import tempfile
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from lhnets_training.own_tables.choice import About, ColumnChoice
from lhnets_training.own_tables.recipe import recipe as find_recipe
from lhnets_training.own_tables.surfaces import kink
from lhnets_training.pipeline.exported import run_points
from lhnets_training.pipeline.parameters import read_columns
from lhnets_training.recipe import Run


def width(m_a, m_b):
    """Of A, which decays into two B where it can."""
    return m_a / 100 * (1 + 5 * np.sqrt(np.maximum(0, 1 - 4 * m_b**2 / m_a**2)) ** 3)


rng = np.random.default_rng(1)
m_a, m_b = rng.uniform(200, 2000, 250), rng.uniform(50, 950, 250)
plain = ColumnChoice(inputs=("m_a", "m_b"), outputs=("width",))
told = replace(plain, kinks=(kink("m_a = 2 m_b: root", plain.inputs),))
shown = np.stack([np.linspace(220, 1980, 800), np.full(800, 500.0)], axis=1)
figure, (above, below) = plt.subplots(2, 1, figsize=(5.5, 4.4), sharex=True, layout="constrained")
above.plot(shown[:, 0], width(*shown.T), "k", linewidth=2.5, alpha=0.4, label="truth")
with tempfile.TemporaryDirectory() as name:
    path = Path(name) / "scan.parquet"
    pq.write_table(pa.table({"m_a": m_a, "m_b": m_b, "width": width(m_a, m_b)}), path)
    for choice, colour, label in (
        (plain, "C3", "without --kink"),
        (told, "C0", "with --kink 'm_a = 2 m_b: root'"),
    ):
        recipe = find_recipe(path, choice, About(), "2026-11-22")
        run = Run(out=Path(name), seed=recipe.seed, console=Console(quiet=True))
        x, y = read_columns(recipe, recipe.label(run))
        model = recipe.fit(x, y, recipe.split(len(x), run.seed), run).export(np.ones(1))
        value = run_points(model)(shown)["value"][:, 0]
        above.plot(shown[:, 0], value, colour, linewidth=1, label=label)
        below.semilogy(shown[:, 0], np.abs(value / width(*shown.T) - 1), colour, linewidth=1)
above.set_ylabel("width [GeV]")
above.legend(frameon=False)
below.set_ylabel("relative error")
below.set_xlabel(r"$m_A$ [GeV] at $m_B$ = 500 GeV")
