"""A scan by the client alone: the network comes from the mirror that LHNETS_REGISTRY names, hashed
and loaded.

Prints a table, and draws the scan with its uncertainty band, the labels it was not trained on, and
their ratio.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

import lhnets as ml

NETWORK = "cs-gluino-pair-lo-demo"
M_SQ = 2500.0


def main(folder: Path) -> None:
    """Scan the gluino mass, and compare with the labels that `make.py` left in truth.csv."""
    nodes, truth = np.loadtxt(folder / "truth.csv", delimiter=",", skiprows=1, unpack=True)
    scan, at_nodes = predict(np.linspace(600.0, 3000.0, 121)), predict(nodes)
    show(nodes, at_nodes, truth)
    draw(np.linspace(600.0, 3000.0, 121), scan, nodes, at_nodes, truth).savefig(
        folder / "scan.png", dpi=150
    )
    Console().print(f"figure in {folder / 'scan.png'}")


def predict(m_go: np.ndarray) -> ml.Prediction:
    """What a user's scan does."""
    return ml.CS("p p > go go", {"m_go": m_go, "m_sq": M_SQ}, energy="13 TeV", network=NETWORK)


def show(m_go: np.ndarray, prediction: ml.Prediction, truth: np.ndarray) -> None:
    """Print the comparison."""
    columns = ("m_go [GeV]", "network [pb]", "uncertainty", "quadrature [pb]", "ratio - 1")
    table = Table(*columns, box=None, header_style="bold")
    for m, v, u, t in zip(
        m_go, np.asarray(prediction), np.asarray(prediction.uncertainty), truth, strict=True
    ):
        table.add_row(f"{m:.0f}", f"{v:.5e}", f"{u:.1e}", f"{t:.5e}", f"{v / t - 1:+.1e}")
    console = Console()
    console.print(table)
    console.print(f"{prediction.network}: {prediction.conditions}, m_sq = {M_SQ:g} GeV")


def draw(
    m_go: np.ndarray,
    scan: ml.Prediction,
    nodes: np.ndarray,
    at_nodes: ml.Prediction,
    truth: np.ndarray,
) -> Figure:
    """The scan above, its ratio to the truth below."""
    low, high = (np.asarray(edge) for edge in scan.interval(0.95))
    band = 1e3 * (high / np.asarray(scan) - 1)
    figure, (top, bottom) = plt.subplots(
        2, 1, sharex=True, figsize=(6.4, 5.6), height_ratios=(3, 1.2), layout="constrained"
    )
    top.semilogy(m_go, np.asarray(scan), color="C0", label=scan.network)
    top.fill_between(m_go, low, high, color="C0", alpha=0.3)
    top.semilogy(nodes, truth, "o", color="black", markersize=4, label="quadrature, not trained on")
    top.set_ylabel(r"$\sigma(pp \to \tilde g\tilde g)$ [pb]")
    top.set_title(rf"{scan.conditions}, $m_{{\tilde q}}$ = {M_SQ:g} GeV", fontsize=10)
    top.legend(frameon=False)
    bottom.fill_between(m_go, -band, band, color="C0", alpha=0.3, label="95 % interval")
    bottom.plot(nodes, 1e3 * (truth / np.asarray(at_nodes) - 1), "o", color="black", markersize=4)
    bottom.axhline(0.0, color="C0", linewidth=1)
    bottom.set_xlabel(r"$m_{\tilde g}$ [GeV]")
    bottom.set_ylabel("truth / network - 1 [‰]")
    bottom.legend(frameon=False, loc="upper left", fontsize=8)
    return figure


if __name__ == "__main__":
    main(Path(sys.argv[1]))
