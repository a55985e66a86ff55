"""Gluino pairs against the gluino mass: cross section for three squark masses, relative
uncertainties for one."""

import matplotlib.pyplot as plt
import numpy as np

import lhnets as ml

m_go = np.linspace(500.0, 3000.0, 200)
figure, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(5.5, 4.8), height_ratios=(2, 1.3))
for m_sq in (1000.0, 2000.0, 3000.0):
    sigma = ml.CS("p p > go go", {"m_go": m_go, "m_sq": m_sq}, energy="13 TeV")
    top.semilogy(m_go, sigma.value, label=rf"$m_{{\tilde q}}$ = {m_sq:g} GeV")
top.set_ylabel(r"$\sigma(pp \to \tilde g\tilde g)$ [pb]")
top.set_title(f"{sigma.order}, 13 TeV", fontsize=9)
top.legend(frameon=False)
for (source, shift), color in zip(sorted(sigma.components.items()), ("C3", "C4"), strict=True):
    edges = -100 * shift.down / sigma.value, 100 * shift.up / sigma.value
    bottom.fill_between(
        m_go, *edges, color=color, alpha=0.4, label=source.replace("alpha_s", r"$\alpha_s$")
    )
low, high = sigma.interval(0.95)
bottom.fill_between(
    m_go,
    100 * (low / sigma.value - 1),
    100 * (high / sigma.value - 1),
    color="black",
    label="network, 95 %",
)
bottom.set_xlabel(r"$m_{\tilde g}$ [GeV]")
bottom.set_ylabel("uncertainty [%]")
bottom.legend(frameon=False, fontsize=8, loc="upper left")
