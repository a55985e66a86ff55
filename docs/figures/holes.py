"""A table with a hole: error, uncertainty and reach of a network made of it, and of a spline."""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from lhnets_training.fit.baselines import interpolate_cubic
from lhnets_training.judging.calibrate import conformal, scores
from lhnets_training.own_tables import recipe as tables
from lhnets_training.pipeline.exported import run_points
from lhnets_training.pipeline.parameters import read_columns
from lhnets_training.recipe import Run


def law(m_go):
    """A cross section in pb that falls as that of gluino pairs at 13.6 TeV."""
    return 24 * (m_go / 1000) ** -4.2 * np.exp(-3.6 * m_go / 1000 - 0.28 * (m_go / 1000) ** 2)


mass = np.linspace(500, 3000, 126)
mass = mass[(mass < 1500) | (mass > 2200)]
with tempfile.TemporaryDirectory() as name:
    path = Path(name) / "scan.parquet"
    pq.write_table(pa.table({"m_go": mass, "sigma": law(mass)}), path)
    choice = tables.ColumnChoice(inputs=("m_go",), outputs=("sigma",))
    recipe = tables.recipe(path, choice, tables.About(), "2026-11-30")
    run = Run(out=Path(name), seed=recipe.seed, console=Console(quiet=True))
    x, y = read_columns(recipe, recipe.label(run))
    fitted = recipe.fit(x, y, recipe.split(len(x), run.seed), run)
    held = fitted.held_out
    scale = conformal(scores(y[held.rows], held.value, held.spread)).scale
    network = run_points(fitted.export(scale))
shown = np.linspace(450, 3050, 1500)[:, None]
found, truth = network(shown), law(shown[:, 0])
value, uncertainty = found["value"][:, 0], found["uncertainty"][:, 0]
spline = np.exp(interpolate_cubic(degree=1)(x, np.log(y))(shown)[:, 0])

figure, (above, below) = plt.subplots(2, 1, figsize=(5.5, 4.4), sharex=True, layout="constrained")
above.semilogy(shown, np.abs(value / truth - 1), "C0", linewidth=1, label="error of the network")
above.semilogy(shown, uncertainty / value, "C1", linewidth=1.5, label="its uncertainty")
above.semilogy(shown, np.abs(spline / truth - 1), "C7:", linewidth=1, label="error of a spline")
above.set_ylim(1e-10, 1)
above.set_ylabel("relative")
above.legend(frameon=False, loc="upper center", fontsize=8)
below.plot(shown, found["reach"], "C0", linewidth=1.5)
below.axhline(1, color="k", linewidth=0.8, linestyle="--")
below.plot(mass, np.zeros(len(mass)), "k|", markersize=5)
below.set_ylabel("reach (rows below)")
below.set_xlabel(r"$m_{\tilde g}$ [GeV]")
