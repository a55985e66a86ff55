"""The HDF5 layouts of public sets of jets and showers, told apart by the data sets they hold.

Top tagging (doi:10.5281/zenodo.2603256), LHC Olympics (doi:10.5281/zenodo.4536377), JetNet
(doi:10.5281/zenodo.6975118), CaloChallenge (doi:10.5281/zenodo.8099322); any other file as arrays
by their names. Column names that pandas writes as pickles are not read: the layouts are fixed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import ParameterError
from lhnets.events.contents import EventFile, require_plausible
from lhnets.extras import import_optional

_TOP_VALUES = 804
"""Columns of numbers of the top-tagging set: 200 four-momenta, and that of the top."""
_LHCO_VALUES = 2100
"""Columns of the LHC Olympics: 700 triples of p_T, eta and phi; then perhaps the label."""


def read_hdf5(path: Path) -> EventFile:
    """The events of an HDF5 file.

    Raises
    ------
    ParameterError
        If the file is not HDF5, or is of none of the layouts and holds no arrays.
    MissingExtraError
        If h5py is not installed.
    """
    h5py = import_optional("h5py", "HDF5 files of events")
    try:
        with h5py.File(path, "r") as file:
            for holds, read in _LAYOUTS:
                if holds in file:
                    return read(file, path)
            arrays = {k: _read(file, k, path) for k, v in file.items() if hasattr(v, "dtype")}
    except (OSError, RuntimeError, KeyError) as error:
        raise ParameterError(f"{path} cannot be read as HDF5: {error}") from error
    numbers = {k: a for k, a in arrays.items() if np.asarray(a).dtype.kind in "fiub"}
    if not numbers:
        raise ParameterError(
            f"{path} holds no arrays of numbers at its top, and none of the layouts that are known "
            "(top tagging, LHC Olympics, JetNet, CaloChallenge). Save the inputs of the network by "
            "their names"
        )
    return EventFile(numbers)


def _find(file: Any, name: str, path: Path) -> Any:
    """A data set whose numbers lie in the file itself."""
    found = file[name]
    if not hasattr(found, "dtype"):
        raise ParameterError(f"{name} of {path} is a group: expected an array")
    if found.file.filename != file.filename or found.external or found.is_virtual:
        raise ParameterError(
            f"{name} of {path} lies in another file: expected all numbers in one. It was not read"
        )
    require_plausible(path, found.size * found.dtype.itemsize)
    return found


def _read(file: Any, name: str, path: Path) -> NDArray[Any]:
    return np.asarray(_find(file, name, path)[()])


def _read_top_tagging(file: Any, path: Path) -> EventFile:
    table = _find(file, "table/table", path)
    names = table.dtype.names or ()
    if "values_block_0" not in names or table.dtype["values_block_0"].shape != (_TOP_VALUES,):
        raise ParameterError(
            f"table/table of {path} has the columns {', '.join(names)}: expected values_block_0 "
            f"with {_TOP_VALUES} numbers, as the top-tagging set has it"
        )
    rows = table[()]
    momenta = rows["values_block_0"][:, : _TOP_VALUES - 4].reshape(len(rows), -1, 4)
    labels = rows["values_block_1"][:, -1] if "values_block_1" in names else None
    return EventFile(_by_name(momenta), None if labels is None else labels.astype(np.int64))


def _read_olympics(file: Any, path: Path) -> EventFile:
    values = _read(file, "df/block0_values", path)
    if values.ndim != 2 or values.shape[1] not in (_LHCO_VALUES, _LHCO_VALUES + 1):
        raise ParameterError(
            f"df/block0_values of {path} has shape {values.shape}: expected {_LHCO_VALUES} numbers "
            "an event, p_T, eta and phi of 700 particles, and perhaps the label"
        )
    labels = values[:, _LHCO_VALUES].astype(np.int64) if values.shape[1] > _LHCO_VALUES else None
    return EventFile(
        _massless(np.moveaxis(values[:, :_LHCO_VALUES].reshape(len(values), -1, 3), -1, 0)), labels
    )


def _read_jetnet(file: Any, path: Path) -> EventFile:
    """Relative features become momenta: a jet at its eta and at azimuth 0, which is not told."""
    particles, jets = (_read(file, f"{k}_features", path) for k in ("particle", "jet"))
    if particles.ndim != 3 or particles.shape[2] < 3 or jets.shape[:1] != particles.shape[:1]:
        raise ParameterError(
            f"particle_features of {path} has shape {particles.shape} and jet_features "
            f"{jets.shape}: expected (N, P, 4), eta, phi and p_T relative to the jet and the mask, "
            "and (N, 4), p_T, eta, mass and number of particles"
        )
    present = particles[..., 3] > 0 if particles.shape[2] > 3 else particles[..., 2] > 0
    pt = np.where(present, particles[..., 2] * jets[:, :1], 0.0)
    eta = np.where(present, particles[..., 0] + jets[:, 1:2], 0.0)
    return EventFile(_massless((pt, eta, np.where(present, particles[..., 1], 0.0))))


def _read_calorimeter(file: Any, path: Path) -> EventFile:
    if "showers" not in file:
        raise ParameterError(
            f"{path} has incident_energies but not showers: expected both, as the CaloChallenge has"
        )
    return EventFile({name: _read(file, name, path) for name in ("incident_energies", "showers")})


def _by_name(momenta: NDArray[Any]) -> dict[str, NDArray[Any]]:
    return dict(zip(("E", "px", "py", "pz"), np.moveaxis(momenta, -1, 0), strict=True))


def _massless(given: Any) -> dict[str, NDArray[Any]]:
    """Columns of particles that their set defines without masses."""
    pt, eta, phi = given
    return {"pt": pt, "eta": eta, "phi": phi, "mass": np.zeros_like(pt)}


_LAYOUTS: tuple[tuple[str, Callable[[Any, Path], EventFile]], ...] = (
    ("table/table", _read_top_tagging),
    ("df/block0_values", _read_olympics),
    ("particle_features", _read_jetnet),
    ("incident_energies", _read_calorimeter),
)
"""What tells a layout, and how it is read."""
