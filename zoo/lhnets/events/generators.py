"""Events of generators: HepMC through pyhepmc, LHE through pylhe. Final-state particles alone."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import ParameterError
from lhnets.events.contents import EventFile, open_text
from lhnets.extras import import_optional

FINAL = 1
"""Status of a particle that goes out, in both formats."""
_HEPMC = "HepMC::Version"
_HEAD = 256
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
    with open_text(path) as text:
        head = text.read(_HEAD)
        text.seek(0)
        begun = sum(line.startswith("E ") for line in text)
    if not head.lstrip().startswith(_HEPMC):
        raise ParameterError(f"{path} cannot be read as HepMC: it does not begin with {_HEPMC}")
    try:
        with _silent(pyhepmc), pyhepmc.open(str(path)) as file:
            events = [_from_hepmc(event, pyhepmc) for event in file]
    except Exception as error:
        raise ParameterError(f"{path} cannot be read as HepMC: {error}") from error
    if len(events) < begun or not all(map(len, events)):
        broken = next((k for k, e in enumerate(events) if not len(e)), len(events))
        raise ParameterError(
            f"{path} holds {begun} events, but number {broken + 1} cannot be read or has no "
            "final-state particles: expected a whole file. Fetch or write it again"
        )
    return _jagged(events, path, "HepMC")


@contextmanager
def _silent(pyhepmc: Any) -> Iterator[None]:
    """Keep the library from printing parts of the file."""
    setup = pyhepmc.Setup
    before = setup.print_errors, setup.print_warnings, setup.debug_level
    setup.print_errors = setup.print_warnings = False
    setup.debug_level = 0
    try:
        yield
    finally:
        setup.print_errors, setup.print_warnings, setup.debug_level = before


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
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            read = list(pylhe.LHEFile.fromfile(str(path)).events)
        if broken := [w for w in told if issubclass(w.category, RuntimeWarning)]:
            raise ValueError(str(broken[0].message))
        events = [_from_lhe(event) for event in read]
    except Exception as error:
        raise ParameterError(f"{path} cannot be read as LHE: {error}") from error
    return _jagged(events, path, "LHE")


def _from_lhe(event: Any) -> NDArray[np.float64]:
    if int(event.eventinfo.nparticles) != len(event.particles):
        raise ValueError(
            f"an event says that it has {int(event.eventinfo.nparticles)} particles, and has "
            f"{len(event.particles)}"
        )
    outgoing = [[p.e, p.px, p.py, p.pz] for p in event.particles if int(p.status) == FINAL]
    return np.array(outgoing, dtype=np.float64).reshape(-1, 4)


def _jagged(events: list[Any], path: Path, what: str) -> EventFile:
    if not events:
        raise ParameterError(f"{path} holds no events that can be read as {what}")
    awkward = import_optional("awkward", f"{what} files")
    lengths = [len(e) for e in events]
    flat = np.concatenate(events)
    return EventFile({n: awkward.unflatten(flat[:, k], lengths) for k, n in enumerate(_NAMES)})
