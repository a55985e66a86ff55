"""Gluino pairs against the gluino mass, for three squark masses."""

import lhnets as ml
import matplotlib.pyplot as plt
import numpy as np

m_go = np.linspace(500.0, 3000.0, 200)
figure, axes = plt.subplots(figsize=(5.5, 3.6))
for m_sq in (1000.0, 2000.0, 3000.0):
    sigma = ml.CS("p p > go go", {"m_go": m_go, "m_sq": m_sq}, energy="13 TeV")
    scale = sigma.components["scale"]
    (line,) = axes.semilogy(m_go, sigma.value, label=rf"$m_{{\tilde q}}$ = {m_sq:g} GeV")
    axes.fill_between(m_go, sigma.value - scale.down, sigma.value + scale.up, color=line.get_color(), alpha=0.25)
axes.set_xlabel(r"$m_{\tilde g}$ [GeV]")
axes.set_ylabel(r"$\sigma(pp \to \tilde g\tilde g)$ [pb]")
axes.set_title(f"{sigma.order}, 13 TeV", fontsize=9)
axes.legend(frameon=False)
