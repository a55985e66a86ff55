"""A small HistFactory workspace with every kind of modifier: two signal regions in one channel, one
control region."""

from __future__ import annotations

from typing import Any


def toy_workspace() -> dict[str, Any]:
    """The workspace, without signal."""
    return {
        "version": "1.0.0",
        "channels": [
            {
                "name": "SR_cuts",
                "samples": [
                    {
                        "name": "top",
                        "data": [5.0, 3.0],
                        "modifiers": [
                            {"name": "mu_top", "type": "normfactor", "data": None},
                            {"name": "lumi", "type": "lumi", "data": None},
                            {
                                "name": "jes",
                                "type": "histosys",
                                "data": {"hi_data": [5.8, 3.3], "lo_data": [4.5, 2.4]},
                            },
                            {"name": "jes", "type": "normsys", "data": {"hi": 1.05, "lo": 0.9}},
                            {"name": "staterror_SR", "type": "staterror", "data": [0.6, 0.5]},
                        ],
                    },
                    {
                        "name": "fakes",
                        "data": [1.5, 0.8],
                        "modifiers": [
                            {"name": "fakes_shape", "type": "shapesys", "data": [0.5, 0.4]},
                            {"name": "rate", "type": "normsys", "data": {"hi": 1.3, "lo": 0.8}},
                        ],
                    },
                ],
            },
            {
                "name": "CR_cuts",
                "samples": [
                    {
                        "name": "top",
                        "data": [80.0],
                        "modifiers": [
                            {"name": "mu_top", "type": "normfactor", "data": None},
                            {"name": "lumi", "type": "lumi", "data": None},
                            {
                                "name": "jes",
                                "type": "histosys",
                                "data": {"hi_data": [86.0], "lo_data": [76.0]},
                            },
                        ],
                    }
                ],
            },
        ],
        "observations": [
            {"name": "SR_cuts", "data": [8.0, 3.0]},
            {"name": "CR_cuts", "data": [85.0]},
        ],
        "measurements": [
            {
                "name": "toy",
                "config": {
                    "poi": "mu_SIG",
                    "parameters": [
                        {
                            "name": "lumi",
                            "auxdata": [1.0],
                            "bounds": [[0.9, 1.1]],
                            "inits": [1.0],
                            "sigmas": [0.02],
                        }
                    ],
                },
            }
        ],
    }
