"""The library: the manifests that ship with lhnets, and those in a folder of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from lhnets_datasets.doi import Doi
from lhnets_datasets.errors import DataSetNotFoundError, ManifestError
from lhnets_datasets.library.folders import list_folders
from lhnets_datasets.library.manifest import Manifest

OWN_FOLDER_VARIABLE = "LHNETS_MANIFESTS"
SUFFIX = ".yaml"


def manifests() -> dict[str, Manifest]:
    """All manifests by name, in alphabetical order; one in LHNETS_MANIFESTS goes before a shipped
    one."""
    found = {name: _read(source) for name, source in sources().items()}
    return dict(sorted(found.items()))


def sources() -> dict[str, Traversable]:
    """The manifest files by the name of their set."""
    return {
        f.name.removesuffix(SUFFIX): f
        for folder in _folders()
        for f in folder.iterdir()
        if f.name.endswith(SUFFIX)
    }


def find(name_or_doi: str) -> Manifest | None:
    """The manifest of a name or DOI; a DOI may be that of the version or of the concept. None where
    there is none."""
    doi = Doi.parse(name_or_doi)
    if doi is None:
        source = sources().get(name_or_doi)
        return None if source is None else _read(source)
    known = list(manifests().values())
    exact = [m for m in known if m.doi == doi.text]
    return next(iter(exact + [m for m in known if m.concept_doi == doi.text]), None)


def get(name: str) -> Manifest:
    """The manifest of the set called ``name``.

    Raises
    ------
    DataSetNotFoundError
        If there is none, with the nearest names.
    """
    manifest = find(name)
    if manifest is None:
        known = list(sources())
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "`lhnets data list` shows them all."
        raise DataSetNotFoundError(
            f"no data set is called {name!r}; {hint} A DOI such as 10.5281/zenodo.3547721 works too"
        )
    return manifest


def data_file(name: str) -> Traversable:
    """A data file that ships with lhnets."""
    return resources.files("lhnets_datasets").joinpath("data", name)


def shipped_folder() -> Traversable:
    """The folder with the manifests that ship with lhnets."""
    return resources.files("lhnets_datasets").joinpath("manifests")


def _folders() -> Iterator[Traversable]:
    return list_folders(shipped_folder(), OWN_FOLDER_VARIABLE, ManifestError)


def _read(source: Traversable) -> Manifest:
    manifest = _parsed(source.read_bytes(), source.name)
    if manifest.name + SUFFIX != source.name:
        raise ManifestError(
            f"the manifest {source.name} is of a set called {manifest.name!r}: file and set have "
            "one name"
        )
    return manifest


@cache
def _parsed(content: bytes, name: str) -> Manifest:
    return Manifest.from_yaml(content, name)
