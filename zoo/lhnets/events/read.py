"""A file of events, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lhnets.errors import Error, ParameterError
from lhnets.events.contents import EventFile, require_whole_gzip
from lhnets.events.generators import read_hepmc, read_lhe
from lhnets.events.hdf5 import read_hdf5
from lhnets.events.npz import read_npz
from lhnets.events.root import read_root
from lhnets.events.tables import read_csv, read_parquet

_READERS: dict[str, Callable[[Path], EventFile]] = {
    ".npz": read_npz,
    ".h5": read_hdf5,
    ".hdf5": read_hdf5,
    ".hdf": read_hdf5,
    ".hepmc": read_hepmc,
    ".hepmc2": read_hepmc,
    ".hepmc3": read_hepmc,
    ".lhe": read_lhe,
    ".csv": read_csv,
    ".parquet": read_parquet,
}
_ROOT = ".root"


def read_events(path: str | Path, names: Mapping[str, str] | None = None) -> EventFile:
    """The events of a file: what `Classify` and its like take, and labels if it has them.

    Parameters
    ----------
    path : str or Path
        ROOT (``FILE.root:TREE``), HepMC, LHE, HDF5 in the layout of the top-tagging set, the LHC
        Olympics, JetNet or the CaloChallenge or with arrays by name, CSV, Parquet or .npz; CSV,
        LHE and HepMC may be compressed (``.gz``).
    names : mapping, optional
        From what a network takes to the columns of the file: ``{"pt": "Jet_pt"}`` for a quantity
        of its particles, ``{"leptons.pt": "Lepton_pt"}`` for one of a certain input,
        ``{"mu": "pileup"}`` for an input. Without it columns keep their names.

    Returns
    -------
    EventFile
        ``inputs`` and ``labels``. Momenta are in the units of the file, but HepMC in GeV.

    Raises
    ------
    ParameterError
        If the file is missing, of another format or without a column that is named.
    MissingExtraError
        If the library of the format is not installed: ``pip install 'lhnets[events]'``.
    """
    file, tree = _split_path(str(path))
    if not file.is_file():
        raise ParameterError(f"there is no file {file}: expected the path of a file of events")
    suffix = _find_suffix(file)
    if file.suffix.lower() == ".gz":
        require_whole_gzip(file)
    try:
        if suffix == _ROOT:
            found = read_root(file, tree, (names or {}).values())
        else:
            found = _READERS[suffix](file)
    except Error:
        raise
    except Exception as error:
        raise ParameterError(f"{file} cannot be read as {suffix[1:]}: {error}") from error
    return found if not names else found._replace(inputs=_rename(found.inputs, names, file))


def _split_path(path: str) -> tuple[Path, str | None]:
    """``FILE.root:TREE`` in two; a colon elsewhere belongs to the name."""
    head, colon, tree = path.rpartition(":")
    if colon and Path(head).suffix.lower() == _ROOT:
        return Path(head), tree or None
    return Path(path), None


def _find_suffix(file: Path) -> str:
    suffixes = [s.lower() for s in file.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    last = suffixes[-1] if suffixes else ""
    if last != _ROOT and last not in _READERS:
        known = " ".join(sorted([_ROOT, *_READERS]))
        raise ParameterError(
            f"{file} is of no format that is known by its ending: expected one of {known}"
        )
    return last


def _rename(columns: Mapping[str, Any], names: Mapping[str, str], file: Path) -> dict[str, Any]:
    missing = sorted(set(names.values()) - columns.keys())
    if missing:
        raise ParameterError(
            f"{file} has no column {', '.join(missing)}; it has {', '.join(list(columns)[:40])}"
        )
    found: dict[str, Any] = {}
    for name, column in names.items():
        tensor, dot, quantity = name.partition(".")
        if dot:
            found.setdefault(tensor, {})[quantity] = columns[column]
        else:
            found[name] = columns[column]
    return found
