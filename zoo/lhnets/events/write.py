"""Generated events as files: Parquet, LHE or HepMC, by the ending of the name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error, ParameterError
from lhnets.extras import import_optional
from lhnets.format import Output

Array = NDArray[np.float64]

_MOMENTUM = ("px", "py", "pz", "energy")
_FINAL = 1
_STRATEGY = 3
"""LHE: events of weight one."""


class OutputFileError(Error, OSError):
    """A file that cannot be written."""


class Generated(NamedTuple):
    """Events as a generator gives them: ``value`` (N, k), a column for each output, and the network
    and the energy of the collision that they come from."""

    value: Array
    outputs: Sequence[Output]
    network: str
    energy: float


class _Particle(NamedTuple):
    """A particle of every event: its PDG id and (px, py, pz, E) in GeV, shape (N, 4)."""

    number: int
    momentum: Array


def write_events(path: Path, events: Generated) -> None:
    """Write generated events, all at once, in the format that the ending of ``path`` names.

    .parquet holds a column for each output. .lhe and .hepmc hold the particles whose
    momenta the outputs are: final-state particles alone, without a colour flow or a history.

    Raises
    ------
    ParameterError
        if the ending is of no such format, or the outputs are no momenta of particles.
    MissingExtraError
        if the library of the format is not installed: ``pip install 'lhnets[events]'``.
    OutputFileError
        if the file cannot be written.
    """
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise ParameterError(
            f"{path} is of no format that is known by its ending: expected one of "
            f".npz {' '.join(_WRITERS)}"
        )
    partial = path.with_name(f".{os.getpid()}.partial{path.suffix}")
    try:
        write(partial, events)
        partial.replace(path)
    except OSError as error:
        raise OutputFileError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _write_parquet(path: Path, events: Generated) -> None:
    arrow = import_optional("pyarrow", "Parquet files")
    parquet = import_optional("pyarrow.parquet", "Parquet files")
    columns = {o.name: events.value[:, k] for k, o in enumerate(events.outputs)}
    parquet.write_table(arrow.table(columns), path)


def _write_lhe(path: Path, events: Generated) -> None:
    pylhe = import_optional("pylhe", "LHE files")
    beam = events.energy / 2
    process = pylhe.LHEProcInfo(xSection=1.0, error=0.0, unitWeight=1.0, procId=1)
    run = pylhe.LHEInitInfo(2212, 2212, beam, beam, 0, 0, 0, 0, _STRATEGY, 1)
    head = pylhe.LHEInit(run, [process], [])
    info = pylhe.LHEEventInfo
    made = (
        pylhe.LHEEvent(info(len(event), 1, 1.0, 0.0, 0.0, 0.0), event)
        for event in _each(events, lambda number, p, m: _to_lhe(pylhe, number, p, m))
    )
    file = pylhe.LHEFile(head, made, comment=f"events of {events.network}", version="3.0")
    file.tofile(str(path))


def _to_lhe(pylhe: Any, number: int, p: Sequence[float], mass: float) -> Any:
    return pylhe.LHEParticle(number, _FINAL, 0, 0, 0, 0, *p, mass, 0.0, 9.0)


def _write_hepmc(path: Path, events: Generated) -> None:
    hepmc = import_optional("pyhepmc", "HepMC files")

    def particle(number: int, p: Sequence[float], mass: float) -> Any:
        return hepmc.GenParticle(tuple(p), number, _FINAL)

    with hepmc.open(str(path), "w", format="HepMC3") as file:
        for k, particles in enumerate(_each(events, particle)):
            event = hepmc.GenEvent(hepmc.Units.GEV, hepmc.Units.MM)
            event.event_number = k
            for one in particles:
                event.add_particle(one)
            file.write(event)


def _each(
    events: Generated, make: Callable[[int, Sequence[float], float], Any]
) -> Iterator[list[Any]]:
    """The particles of one event after the other."""
    particles = find_particles(events)
    rows = [(p.number, p.momentum.tolist(), _mass(p.momentum).tolist()) for p in particles]
    for k in range(len(events.value)):
        yield [make(number, momenta[k], masses[k]) for number, momenta, masses in rows]


def find_particles(events: Generated) -> list[_Particle]:
    """The particles whose momenta are among the outputs.

    Raises
    ------
    ParameterError
        if there are none, or a component of one is missing.
    """
    found: list[tuple[int, dict[str, Array]]] = []
    for k, output in enumerate(events.outputs):
        if output.particle is None or output.quantity is None:
            continue
        last = found[-1] if found else None
        if last is None or last[0] != output.particle or output.quantity in last[1]:
            found.append((output.particle, {}))
        found[-1][1][output.quantity] = events.value[:, k]
    if not found or any(not set(_MOMENTUM) <= parts.keys() for _, parts in found):
        raise ParameterError(
            f"{events.network} does not generate energy, px, py and pz of particles, so its events "
            "cannot be written as particles: expected the ending .npz or .parquet"
        )
    return [
        _Particle(number, np.stack([parts[q] for q in _MOMENTUM], axis=1))
        for number, parts in found
    ]


def _mass(momentum: Array) -> Array:
    """The invariant mass (N,) in GeV, zero if rounding makes its square negative."""
    squared = momentum[:, 3] ** 2 - (momentum[:, :3] ** 2).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


_WRITERS: dict[str, Callable[[Path, Generated], None]] = {
    ".parquet": _write_parquet,
    ".lhe": _write_lhe,
    ".hepmc": _write_hepmc,
}
