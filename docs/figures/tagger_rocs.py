"""ROC curves of the taggers of tops, as their cards have them, and the areas beyond them."""

import matplotlib.pyplot as plt
import numpy as np

import lhnets as ml
from lhnets_datasets.bench import collection

task = collection.get("top-tagging")
results = {name: r for name, r in collection.results(task).items() if r.network}
newest = {e.name: f"{e.name}@{e.version}" for e in ml.search(kind="classifier")}
entries = sorted(
    (name for name in newest.values() if name in results),
    key=lambda name: -results[name].figures["auc"].value,
)

figure, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.6), layout="constrained")
for number, name in enumerate(entries):
    found = results[name].figures["auc"]
    right.errorbar(
        1e3 * (1 - found.value), -number, xerr=1e3 * found.error, fmt="o", ms=4, color=f"C{number}"
    )
    curve = ml.load(name).card.validation.classification.curves.get("roc")
    if curve is None:  # cards of earlier versions have none
        continue
    x, y, error = (np.array(a) for a in (curve.x, curve.y, curve.error))
    seen = y > 3 * error
    short = name.removeprefix("classifier-").partition("@")[0]
    left.plot(x[seen], 1 / y[seen], color=f"C{number}", lw=1.2, label=short)
left.set_yscale("log")
left.set_xlabel("share of tops that pass")
left.set_ylabel("1 / share of QCD jets that pass")
left.set_xlim(0.2, 1)
left.legend(frameon=False, fontsize=7)
right.set_yticks(
    -np.arange(len(entries)),
    [e.removeprefix("classifier-").partition("@")[0] for e in entries],
    fontsize=7,
)
right.set_xlabel("1000 (1 - AUC), smaller is better")
