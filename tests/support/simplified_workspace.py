"""Workspaces of searches with any number of signal regions, as the simplified ones that ATLAS
publishes: one sample a region, one nuisance that shifts all bins, or several."""

from __future__ import annotations

from typing import Any

import numpy as np


def simplified_workspace(regions: int, seed: int = 1, *, nuisances: int = 1) -> dict[str, Any]:
    """A workspace of ``regions`` signal regions and two control regions.

    Backgrounds are log-uniform from 0.3 to 300 events, systematic uncertainties 8 to 40 %. With one
    nuisance its shifts are symmetric; with more they are normalisations.
    """
    rng = np.random.default_rng(seed)
    names = [*(f"SR{k:02d}_cuts" for k in range(regions)), "CRa_cuts", "CRb_cuts"]
    background = np.round(np.exp(rng.uniform(np.log(0.3), np.log(300.0), len(names))), 3)
    share = rng.uniform(0.08, 0.4, (nuisances, len(names))) / np.sqrt(nuisances)
    counts = rng.poisson(background * (1 + share.sum(axis=0) * rng.normal(0, 0.3)))
    channels, observations = [], []
    for k, name in enumerate(names):
        b = float(background[k])
        size = [float(s) for s in share[:, k]]
        one = {"hi_data": [b * (1 + size[0])], "lo_data": [b * (1 - size[0])]}
        modifiers = (
            [{"name": "totalError", "type": "histosys", "data": one}]
            if nuisances == 1
            else [
                {"name": f"syst{j}", "type": "normsys", "data": {"hi": 1 + s, "lo": 1 - 0.8 * s}}
                for j, s in enumerate(size)
            ]
        )
        samples = [{"name": "Bkg", "data": [b], "modifiers": modifiers}]
        channels.append({"name": name, "samples": samples})
        observations.append({"name": name, "data": [float(counts[k])]})
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": observations,
        "measurements": [
            {"name": "NormalMeasurement", "config": {"poi": "mu_SIG", "parameters": []}}
        ],
    }
