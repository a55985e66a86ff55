"""The tagger of tops on jets: probabilities of both classes, and the mass of what passes a cut."""

import matplotlib.pyplot as plt
import numpy as np

import lhnets as ml


def read(name):
    """The jets of a data set: their momenta (E, px, py, pz), masses and classes."""
    table = ml.dataset(name).table().to_pandas()

    def column(quantity, step):
        return step * table[[f"{quantity}_{k}" for k in range(1, 33)]].to_numpy(float)

    pt = column("pt", 0.05)
    eta = column("eta", 0.002) + table[["jet_eta"]].to_numpy(float)
    phi = column("phi", 0.002) + table[["jet_phi"]].to_numpy(float)
    momenta = [pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)]
    return np.stack(momenta, axis=-1), table["jet_mass"].to_numpy(), table["top"].to_numpy() == 1


def find_probability(jets):
    """The probability of a top."""
    return ml.Classify("classifier-top-qcd", jets, outside="nan")["top"].value


momenta, _, is_top = read("top-qcd-jets")
tops = find_probability(momenta[is_top])
momenta, mass, _ = read("qcd-jets")
qcd = find_probability(momenta)
passing = qcd > np.nanquantile(tops, 0.5)

figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.0), layout="constrained")
bins = np.linspace(0, 1, 41)
left.hist(tops, bins, density=True, histtype="step", color="C3", label="tops")
left.hist(qcd, bins, density=True, histtype="step", color="C0", label="QCD jets, not trained on")
left.set_yscale("log")
left.set_xlabel("probability of a top")
left.set_ylabel("jets, normalised")
left.legend(frameon=False, fontsize=8, loc="upper center")
bins = np.linspace(0, 320, 33)
right.hist(mass, bins, density=True, histtype="step", color="C0", label="all QCD jets")
right.hist(mass[passing], bins, density=True, histtype="step", color="C1", label="passing QCD jets")
right.set_xlabel("mass of the jet [GeV]")
right.legend(frameon=False, fontsize=8)
