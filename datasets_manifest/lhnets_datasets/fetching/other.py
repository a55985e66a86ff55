"""DOIs of Figshare and Dataverse: pooch finds the files, the download is ours as for all others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from lhnets.errors import MirrorError
from lhnets.mirrors import require_online, user_agent
from lhnets_datasets.doi import Doi
from lhnets_datasets.errors import DataSetNotFoundError
from lhnets_datasets.library.manifest import File, Manifest

REDIRECT_HOSTS = frozenset(
    {
        "ndownloader.figshare.com",
        "s3-eu-west-1.amazonaws.com",
        "dvn-cloud.s3.amazonaws.com",
        "dataverse.harvard.edu",
    }
)
_TIMEOUT = 30


def described(doi: Doi) -> Manifest:
    """The manifest of a set that is archived at Figshare or in a Dataverse, for which lhnets ships
    none.

    Raises
    ------
    DataSetNotFoundError
        If the archive is one that cannot be asked, or knows no files under the DOI.
    MirrorError
        If it does not answer.
    """
    if doi.archive not in {"figshare", "dataverse"}:
        raise DataSetNotFoundError(_unsupported(doi))
    found = files(doi)
    suffix = "".join(c if c.isalnum() else "-" for c in doi.text.partition("/")[2])
    return Manifest(
        name=f"{doi.archive}-{suffix}".strip("-"),
        title=doi.text,
        description="",
        available="archived",
        licence="not asked for: see the page of the DOI",
        authors=(),
        files=found,
        doi=doi.text,
    )


def files(doi: Doi) -> tuple[File, ...]:
    """The files under a DOI with their addresses, and their MD5 where the archive states it."""
    require_online(f"https://doi.org/{doi}", f"the data set {doi}")
    registry = SimpleNamespace(registry={})
    try:
        repository = _repository(doi)
        repository.populate_registry(registry)
        addresses = {name: repository.download_url(name) for name in registry.registry}
    except (OSError, ValueError, KeyError) as error:
        raise MirrorError(
            f"cannot find out what {doi} holds: {error}. Check the DOI, and try again later"
        ) from error
    if not addresses:
        raise DataSetNotFoundError(f"{doi} holds no files that can be downloaded")
    return tuple(
        File(name=name, md5=_md5(registry.registry[name]), url=url)
        for name, url in addresses.items()
    )


def _repository(doi: Doi) -> Any:
    from pooch.downloaders import doi_to_repository

    return doi_to_repository(doi.text, headers={"User-Agent": user_agent()}, timeout=_TIMEOUT)


def _md5(known_hash: str | None) -> str | None:
    algorithm, _, value = (known_hash or "").partition(":")
    return value.lower() if algorithm == "md5" and len(value) == 32 else None


def _unsupported(doi: Doi) -> str:
    can = "lhnets fetches by DOI from Zenodo, Figshare and Dataverse"
    if doi.archive == "hepdata":
        return (
            f"{doi} is a DOI of HEPData, which serves tables and archives by their own addresses: "
            f"{can}. Take the address of the resource from its HEPData page and write a manifest "
            "with that url"
        )
    return (
        f"{doi} belongs to an archive that lhnets does not know: {can}. Write a manifest with "
        "the url of each file"
    )
