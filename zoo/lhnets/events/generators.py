"""Events of generators: HepMC through pyhepmc, LHE through pylhe. Final-state particles alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lhnets.errors import ParameterError
from lhnets.events.contents import EventFile
from lhnets.extras import import_optional

FINAL = 1
"""Status of a particle that goes out, in both formats."""
_NAMES = ("E", "px", "py", "pz")


def read_hepmc(path: Path) -> EventFile:
    """The final-state particles of the events of a HepMC file, in GeV.

    Raises
    ------
    ParameterError
        If it cannot be read.
    MissingExtraError
        If pyhepmc or awkward are not installed.
    """
    pyhepmc = import_optional("pyhepmc", "HepMC files")
    try:
        with pyhepmc.open(str(path)) as file:
            events = [_from_hepmc(event, pyhepmc) for event in file]
    except Exception as error:
        raise ParameterError(f"{path} cannot be read as HepMC: {error}") from error
    return _jagged(events, path, "HepMC")


def _from_hepmc(event: Any, pyhepmc: Any) -> Any:
    scale = 1e-3 if event.momentum_unit == pyhepmc.Units.MEV else 1.0
    particles = event.numpy.particles
    columns = np.stack([getattr(particles, n.lower()) for n in _NAMES], axis=1)
    return scale * columns[particles.status == FINAL]


def read_lhe(path: Path) -> EventFile:
    """The outgoing particles of the events of an LHE file, in GeV.

    Raises
    ------
    ParameterError
        If it cannot be read.
    MissingExtraError
        If pylhe or awkward are not installed.
    """
    pylhe = import_optional("pylhe", "LHE files")
    try:
        events = [
            np.array(
                [[p.e, p.px, p.py, p.pz] for p in event.particles if int(p.status) == FINAL],
                dtype=np.float64,
            ).reshape(-1, 4)
            for event in pylhe.LHEFile.fromfile(str(path)).events
        ]
    except Exception as error:
        raise ParameterError(f"{path} cannot be read as LHE: {error}") from error
    return _jagged(events, path, "LHE")


def _jagged(events: list[Any], path: Path, what: str) -> EventFile:
    if not events:
        raise ParameterError(f"{path} holds no events that can be read as {what}")
    awkward = import_optional("awkward", f"{what} files")
    lengths = [len(e) for e in events]
    flat = np.concatenate(events)
    return EventFile({n: awkward.unflatten(flat[:, k], lengths) for k, n in enumerate(_NAMES)})
