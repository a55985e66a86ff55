"""Jets as rows of a data set and as the tensors of a network: columns, inputs, region and split."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Feature, Input, Quantity
from lhnets_datasets.library.manifest import Column
from lhnets_training.data import table
from lhnets_training.fit.jets.region import JetReach, JetRegion
from lhnets_training.labels.events import jets
from lhnets_training.onnx.replace import replace_reach
from lhnets_training.recipe import Array, Rows
from lhnets_training.split import Split, split

SEED = 1
PART = 250
"""Jets of one start of Pythia."""
SETTINGS = "monash 2026-11"
REGION = JetRegion(
    pt=(548.0, 652.0),
    kept_pt=(350.0, 652.0),
    rapidity=2.02,
    mass=(7.0, 350.0),
    radius=1.25,
    multiplicity=(8.0, 250.0),
)
"""The selection of the jets, the rounding of the data set allowed for; masses, radii and
multiplicities as far as 40,000 jets of both classes reach."""
Events = dict[str, NDArray[Any]]

_SHAPES = {
    "jet_pt": ("GeV", "transverse momentum of the jet, of all its constituents"),
    "jet_eta": ("1", "pseudorapidity of the jet"),
    "jet_phi": ("1", "azimuth of the jet"),
    "jet_mass": ("GeV", "mass of the jet, of all its constituents"),
    "tau_1": ("1", "1-subjettiness, beta = 1, exclusive k_T axes"),
    "tau_2": ("1", "2-subjettiness, beta = 1, exclusive k_T axes"),
    "tau_3": ("1", "3-subjettiness, beta = 1, exclusive k_T axes"),
    "constituents": ("1", "number of constituents, of which the hardest 32 are kept"),
}
_QUANTITIES = {
    "pt": (f"{jets.MOMENTUM_STEP} GeV", "transverse momentum, in steps"),
    "eta": (f"{jets.ANGLE_STEP}", "pseudorapidity about that of the jet, in steps"),
    "phi": (f"{jets.ANGLE_STEP}", "azimuth about that of the jet, in steps"),
}


def columns(target: str, meaning: str) -> tuple[Column, ...]:
    """The columns of a data set of jets of two classes, of which ``target`` is 1 for the first."""
    return (
        table.column(target, "1", meaning, "target"),
        *(table.column(name, unit, what, "input") for name, (unit, what) in _SHAPES.items()),
        *(
            table.column(
                f"{name}_{k}",
                unit,
                f"{what}, of constituent {k}, hardest first; 0 where there is none",
                "input",
            )
            for name, (unit, what) in _QUANTITIES.items()
            for k in range(1, jets.LEADING + 1)
        ),
    )


def as_rows(made: Array, target: str = "top") -> Rows:
    """Columns of labels in the types of a data set; the class is the column ``target``."""
    whole = {"top": np.int8, "constituents": np.int16}
    return {
        target if name == "top" else name: made[:, k].astype(
            whole.get(name, np.float32 if name in jets.SHAPES else np.int16)
        )
        for k, name in enumerate(jets.COLUMNS)
    }


def _momentum(name: str, quantity: Quantity, meaning: str, low: float, high: float) -> Feature:
    return Feature(name=name, quantity=quantity, meaning=meaning, unit="GeV", low=low, high=high)


INPUTS = (
    Input(
        name="constituents",
        meaning="four-momenta of the constituents of the jet, in any order; the 32 hardest are "
        "looked at",
        unit="GeV",
        symbol="p_i",
        shape=("N", "P", 4),
        dtype="float32",
        features=(
            _momentum("E", "energy", "energy", 0.0, 2900.0),
            _momentum("px", "px", "momentum along x", -660.0, 660.0),
            _momentum("py", "py", "momentum along y", -660.0, 660.0),
            _momentum("pz", "pz", "momentum along the beam", -2800.0, 2800.0),
        ),
        padding=0.0,
    ),
    Input(
        name="mask",
        meaning="true for a constituent, false for padding",
        unit="1",
        shape=("N", "P"),
        dtype="bool",
        mask_of=("constituents",),
    ),
)


def momenta(x: Array) -> NDArray[np.float32]:
    """(E, px, py, pz) of the constituents (N, 32, 4) in GeV from the input columns (N, 104), zeros
    where there is none."""
    eta_jet, phi_jet = x[:, 1:2], x[:, 2:3]
    pt, eta, phi = np.split(x[:, len(jets.SHAPES) :], 3, axis=1)
    pt, eta, phi = (
        pt * jets.MOMENTUM_STEP,
        eta_jet + eta * jets.ANGLE_STEP,
        phi_jet + phi * jets.ANGLE_STEP,
    )
    found = np.stack(
        [pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1
    )
    return found.astype(np.float32)


def to_events(x: Array) -> Events:
    """The tensors of the network from the input columns (N, 104)."""
    found = momenta(x)
    return {"constituents": found, "mask": found[..., 0] > 0}


def split_rows(rows: int, seed: int) -> Split:
    """Rows by their use: a quarter for the figures."""
    return split(rows, validation=0.075, calibration=0.15, test=0.25, seed=seed)


def renew_reach(region: JetRegion) -> Callable[[bytes], bytes]:
    """From a graph to the same one with the reach of ``region``."""
    return lambda model: replace_reach(
        model, lambda graph: JetReach(graph, region).build("constituents", "mask")
    )


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region by name, of rows (N, 104)."""
    mass, pt = x[:, 3], x[:, 0]
    return {
        "jet mass 140 to 200 GeV": (mass > 140) & (mass < 200),
        "jet mass below 140 GeV": mass <= 140,
        "jet mass above 200 GeV": mass >= 200,
        "jet p_T above 625 GeV": pt > 625,
        "jet |eta| above 1.5": np.abs(x[:, 1]) > 1.5,
    }
