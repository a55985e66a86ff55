"""flavio's own uncertainties of the observables: its parameters drawn at random, `np_uncertainty`.

Each is the largest over the Standard Model and points of the region. Those of B -> Xs gamma, which
hardly depends on the coefficients, and of P5', which has zeros, are constant; the others follow the
value.

`python -m lhnets_training.recipes.observables._flavio_bands NETWORK` computes one again: seconds
for branching ratios, minutes for the others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from lhnets.format import ConstantVariation, Input, Variation
from lhnets_training.data.sample import sobol
from lhnets_training.labels.flavour.flavio_observables import ONE_AT_A_TIME, load, wilson
from lhnets_training.recipe import Array

RELATIVE = {"obs-bs-mumu": 0.035, "obs-rk-1-6": 0.0142}
ABSOLUTE = {"obs-b-xs-gamma": 2.1e-5, "obs-p5p-4-6": 0.12}
"""In the unit of the output."""
OBSERVABLES: dict[str, tuple[str, tuple[float, ...]]] = {
    "obs-bs-mumu": ("BR(Bs->mumu)", ()),
    "obs-b-xs-gamma": ("BR(B->Xsgamma)", ()),
    "obs-rk-1-6": ("<Rmue>(B+->Kll)", (1.1, 6.0)),
    "obs-p5p-4-6": ("<P5p>(B0->K*mumu)", (4.0, 6.0)),
}
DRAWS, POINTS, SEED = 100, 4, 3


def variations(network: str) -> tuple[Variation, ...]:
    """The components of the observable of a network."""
    relative = network in RELATIVE
    size = (RELATIVE if relative else ABSOLUTE)[network]
    found = [ConstantVariation(source="parameters", up=size, down=size, relative=relative)]
    if network == "obs-rk-1-6":
        found.append(QED)
    return tuple(found)


QED = ConstantVariation(source="QED", up=0.01, down=0.01, relative=True)
"""Of ratios of muons to electrons: M. Bordone, G. Isidori, A. Pattori, arXiv:1605.07633."""


def measure(
    network: str, inputs: tuple[Input, ...], draws: int = DRAWS, points: int = POINTS
) -> Iterator[tuple[float, float]]:
    """Value and uncertainty in the Standard Model and at points of the region."""
    flavio = load()
    name, arguments = OBSERVABLES[network]
    chosen: Array = np.concatenate([np.zeros((1, len(inputs))), sobol(inputs, points, SEED)])
    for point in chosen:
        coefficients = wilson(tuple(i.name for i in inputs), point)
        with ONE_AT_A_TIME:
            np.random.seed(SEED)
            value = flavio.np_prediction(name, coefficients, *arguments)
            error = flavio.np_uncertainty(name, coefficients, *arguments, N=draws)
        yield float(value), float(error)


if __name__ == "__main__":
    from lhnets_training.recipes import find

    for value, error in measure(sys.argv[1], find(sys.argv[1]).inputs):
        print(f"{value:.6g} +- {error:.2g}, relative {error / abs(value):.2g}", flush=True)
