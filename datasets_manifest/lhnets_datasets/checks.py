"""Whether the files of a data set that are on this machine are the published ones."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from lhnets_datasets.depositing.archive import md5_of
from lhnets_datasets.fetching.fetch import REBUILT, Fetcher
from lhnets_datasets.library import collection as library
from lhnets_datasets.library import recorded
from lhnets_datasets.library.manifest import File, Manifest


class FileReport(Struct, frozen=True):
    """What was found of one file; ``finding`` says what is wrong and is empty where nothing is."""

    dataset: str
    file: str
    sha256: str
    md5: str
    finding: str

    @property
    def passed(self) -> bool:
        """Whether the file is here and right by every checksum that is known."""
        return not self.finding


def check_files(manifest: Manifest, fetcher: Fetcher) -> list[FileReport]:
    """Hash the files of a set that are here. Nothing is fetched, and nothing is removed."""
    key = (
        REBUILT + manifest.name
        if manifest.available == "rebuilt"
        else manifest.doi or manifest.name
    )
    known = (
        manifest
        if manifest.available == "bundled"
        else recorded.load(fetcher.cache, key) or manifest
    )
    if not known.files:
        return [FileReport(manifest.name, "(all files)", "", "", "not here: fetch it first")]
    return [_checked(known, file, fetcher) for file in known.files]


def _checked(manifest: Manifest, file: File, fetcher: Fetcher) -> FileReport:
    def report(finding: str, sha256: str = "", md5: str = "") -> FileReport:
        return FileReport(manifest.name, file.name, sha256, md5, finding)

    if manifest.available == "bundled":
        source = library.data_file(file.name)
        if not source.is_file():
            return report("missing in the package")
        content = source.read_bytes()
        sha256, md5 = (
            hashlib.sha256(content).hexdigest(),
            hashlib.md5(content, usedforsecurity=False).hexdigest(),
        )
    else:
        path = fetcher.cache.find(file.sha256) if file.sha256 else None
        if path is None:
            return report("not here: fetch it first")
        with path.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        md5 = md5_of(path)
    wrong = [
        f"{name} is not {wanted}"
        for name, wanted, got in (("SHA-256", file.sha256, sha256), ("MD5", file.md5, md5))
        if wanted is not None and wanted != got
    ]
    return report("; ".join(wrong), sha256, md5)
