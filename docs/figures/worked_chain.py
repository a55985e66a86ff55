"""CLs of gluinos through stops against the gluino mass: five networks in a row."""

import matplotlib.pyplot as plt
import numpy as np

import lhnets as ml

m_go = np.linspace(1500.0, 2200.0, 60)
mixing = {"t_11": 0.3, "t_12": (1 - 0.3**2) ** 0.5}
sigma = ml.CS("p p > go go", {"m_go": m_go, "m_sq": m_go - 60}, energy="13 TeV").to("fb")
gluino = ml.BR(
    "go > t t1~ | go > t~ t1", {"m_go": m_go, "m_sq": m_go - 60, "m_t1": 1100.0, **mixing}
)
stop = ml.BR("t1 > t n1", {"m_t1": 1100.0, "m_n1": 200.0, "m_c1": 700.0, **mixing})
events = (sigma * gluino**2 * stop**2).events(139.0)
masses = {"m_go": m_go, "m_t1": 1100.0, "m_n1": 200.0}
yields = {
    region: events * ml.Efficiency(f"atlas-susy-2018-31-gluino-stop-{region.lower()}", masses)
    for region in ("SRC22", "SRC24", "SRC26", "SRC28")
}
found = ml.Likelihood("atlas-susy-2018-31", yields)
figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
band = [found.cls(expected=True, sigmas=n) for n in (-1, 1)]
axes.fill_between(m_go, *band, color="C0", alpha=0.3, label=r"expected $\pm 1\sigma$")
axes.semilogy(m_go, found.cls(expected=True), "C0--", label="expected")
axes.semilogy(m_go, found.cls(), "k", label="observed")
axes.axhline(0.05, color="C3", linewidth=0.8)
axes.set_xlabel(r"$m_{\tilde g}$ [GeV]")
axes.set_ylabel(r"CL$_s$")
axes.set_ylim(1e-4, 1)
axes.legend(frameon=False, loc="lower right")
