"""-2 ln L of a small excess against the gluino mass, with the squark mass profiled and fixed."""

import matplotlib.pyplot as plt
import numpy as np
from iminuit import Minuit

import lhnets as ml

ACCEPTANCE = {"SRlow": 0.006, "SRhigh": 0.002}


def ln_l(m_go, m_sq):
    """The answer for two masses in GeV."""
    sigma = ml.CS("p p > go go", {"m_go": m_go, "m_sq": m_sq}, energy="13 TeV")
    yields = {region: sigma.events(139.0) * a for region, a in ACCEPTANCE.items()}
    return ml.Likelihood("atlas-susy-2018-04", yields)


def slopes(m_go, m_sq):
    """Of -2 ln L by the masses."""
    gradient = ln_l(m_go, m_sq).gradient
    return [-2 * gradient["m_go"], -2 * gradient["m_sq"]]


fit = Minuit(lambda m_go, m_sq: -2 * ln_l(m_go, m_sq).value, 1750.0, 2000.0, grad=slopes)
fit.limits, fit.errordef, fit.strategy = [(1400.0, 2600.0), (1500.0, 3000.0)], 1, 0
fit.migrad()
masses, profile, _ = fit.mnprofile("m_go", size=40, bound=(1500.0, 2500.0))
fixed = -2 * ln_l(masses, np.full_like(masses, 1500.0)).value
figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
axes.plot(masses, profile, "k", label="squark mass profiled")
axes.plot(masses, fixed, "C0--", label="squark mass 1500 GeV")
axes.axhline(fit.fval + 1, color="C3", linewidth=0.8)
axes.annotate("68 %", (2450.0, fit.fval + 1), (0, 4), textcoords="offset points", color="C3")
axes.set_ylim(-1.2, 1.5)
axes.set_xlabel(r"$m_{\tilde g}$ [GeV]")
axes.set_ylabel(r"$-2\,\ln L$")
axes.legend(frameon=False, loc="upper right")
