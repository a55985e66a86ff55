"""Errors of plain and refined networks from the same number of labels, as benchmarks/refinement.py
measured them."""

import json
from pathlib import Path

import matplotlib.pyplot as plt

measured = json.loads(Path("refinement.json").read_text())
cases = list(dict.fromkeys((m["name"], m["rows"]) for m in measured))
figure, axes = plt.subplots(
    1, len(cases), figsize=(1.9 * len(cases), 3.2), sharey=True, layout="constrained"
)
for panel, (name, rows) in zip(axes, cases, strict=True):
    for entry in (m for m in measured if (m["name"], m["rows"]) == (name, rows)):
        for quantity, colour in (("max", "C3"), ("q997", "C1"), ("mean", "C0")):
            panel.semilogy(
                [0, 1],
                [entry[d][quantity] for d in ("plain", "refined")],
                f"{colour}o-",
                markersize=4,
            )
    panel.set_xticks([0, 1], ["plain", "refined"])
    panel.set_xlim(-0.4, 1.4)
    panel.set_title(f"{name.replace('likelihood-atlas-susy-', '')}\n{rows} labels", fontsize=8)
axes[0].set_ylabel("error on 2,000 fresh points")
for quantity, colour in (("worst", "C3"), ("99.7 %", "C1"), ("mean", "C0")):
    axes[0].plot([], [], f"{colour}o-", markersize=4, label=quantity)
axes[0].legend(frameon=False, fontsize=8)
