"""From a manifest to verified files on this machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import msgspec

from lhnets.errors import IntegrityError
from lhnets.mirrors import Cache, Downloader, Progress, RequestPace, parse_record, read_record
from lhnets_datasets.doi import Doi
from lhnets_datasets.errors import DataSetNotFoundError
from lhnets_datasets.fetching import other, zenodo
from lhnets_datasets.fetching.progress import bars
from lhnets_datasets.library import collection as library
from lhnets_datasets.library import recorded
from lhnets_datasets.library.manifest import File, Manifest
from lhnets_datasets.names import checked

PARALLEL = 4
REBUILT = "rebuilt:"


class _Stopped(Exception):  # noqa: N818
    """Another file of the set failed, or the user pressed Ctrl-C."""


class Fetcher:
    """Brings data sets into one cache.

    Parameters
    ----------
    cache
        the user's own where None.
    downloader_of
        makes the downloader; given in tests, where nothing waits.
    """

    def __init__(
        self,
        cache: Cache | None = None,
        downloader_of: Callable[[frozenset[str]], Downloader] = lambda hosts: Downloader(
            allowed_hosts=hosts
        ),
        pace: RequestPace | None = None,
    ) -> None:
        self.cache = cache or Cache.default()
        self._downloader_of = downloader_of
        self._pace = pace or RequestPace()

    def resolve(self, name_or_doi: str, *, latest: bool = False) -> Manifest:
        """The manifest behind a name or DOI: shipped, recorded with an earlier download, or made
        from the archive.

        Parameters
        ----------
        latest
            ask the archive again which version a DOI of a concept stands for.

        Raises
        ------
        DataSetNotFoundError
            If nothing answers.
        """
        doi = Doi.parse(name_or_doi)
        if doi is not None and library.find(doi.text) is None:
            known = None if latest else recorded.load(self.cache, doi.text)
            return known or self._first_met(doi)
        shipped = library.get(name_or_doi)
        if latest and shipped.available == "archived":
            self._look_again(shipped)
        return shipped

    def files(self, manifest: Manifest) -> tuple[Manifest, dict[str, Path]]:
        """All files of a set, verified, and the manifest completed by what was found.

        Raises
        ------
        IntegrityError
            If a file is not the one that was published.
        DataSetNotFoundError
            If it cannot be had.
        OfflineError, MirrorError, CacheError
            as a download.
        """
        if manifest.available == "bundled":
            return manifest, {f.name: self._bundled(f) for f in manifest.files}
        if manifest.available == "rebuilt":
            return self._rebuilt(manifest)
        known = recorded.load(self.cache, _key(manifest)) or manifest
        known = _agreed(manifest, known)
        present = {
            f.name: self.cache.verified(f.sha256) for f in known.files if f.sha256 is not None
        }
        if known.files and all(present.get(f.name) for f in known.files):
            return known, {name: path for name, path in present.items() if path is not None}
        return self._fetched(manifest, self._located(known))

    def _asked(self, doi: Doi) -> Manifest:
        """What the archive says of a DOI now. The names of the files are still those that strangers
        chose."""
        address = parse_record(doi.text)
        if address is None:
            return other.described(doi)
        self._pace.step()
        with self._downloader_of(frozenset()) as downloader:
            found = read_record(
                address, downloader, what=f"the data set {doi}", absent=DataSetNotFoundError
            )
        return zenodo.described(address.site, found)

    def _first_met(self, doi: Doi) -> Manifest:
        """The manifest of a set that lhnets ships none for, held against what is recorded of the
        same version."""
        asked = _with_safe_names(self._asked(doi))
        known = recorded.load(self.cache, asked.doi or doi.text)
        manifest = _completed(known, asked) if known else asked
        for key in {doi.text, manifest.doi or doi.text}:
            recorded.save(self.cache, key, manifest)
        return manifest

    def _look_again(self, shipped: Manifest) -> None:
        """Forget which version the DOI of a shipped manifest stood for, if it is another one
        now."""
        asked = self._asked(Doi(_key(shipped)))
        known = recorded.load(self.cache, _key(shipped))
        if known is None or known.doi != asked.doi:
            recorded.save(self.cache, _key(shipped), _completed(shipped, asked))

    def _located(self, known: Manifest) -> Manifest:
        """The manifest with the address and checksum of every file, asked for at the archive where
        they are not known."""
        if known.files and all(f.url and (f.md5 or f.sha256 or not known.doi) for f in known.files):
            return known
        if known.doi is None:
            raise DataSetNotFoundError(
                f"the manifest of {known.name} says neither a DOI nor a url: it cannot be fetched"
            )
        return _completed(known, self._asked(Doi(known.doi)))

    def _fetched(self, manifest: Manifest, located: Manifest) -> tuple[Manifest, dict[str, Path]]:
        """Fetch the files, several at once; what is found out is recorded after each."""
        found: dict[str, File] = {f.name: f for f in located.files}
        paths: dict[str, Path] = {}
        stop = threading.Event()
        hosts = (
            frozenset()
            if Doi(located.doi or "").archive.startswith("zenodo")
            else other.REDIRECT_HOSTS
        )
        with (
            self._downloader_of(hosts) as downloader,
            bars() as bar,
            ThreadPoolExecutor(PARALLEL) as pool,
        ):

            def fetch(file: File) -> tuple[File, Path]:
                return self._one(downloader, located, file, _until(stop, bar(file.name, file.size)))

            tasks = {pool.submit(fetch, file): file.name for file in located.files}
            try:
                for task in as_completed(tasks):
                    found[tasks[task]], paths[tasks[task]] = task.result()
                    self._record(manifest, located, tuple(found.values()))
            except BaseException:
                stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        complete = msgspec.structs.replace(located, files=tuple(found.values()))
        return complete, {f.name: paths[f.name] for f in complete.files}

    def _one(
        self, downloader: Downloader, manifest: Manifest, file: File, progress: Progress
    ) -> tuple[File, Path]:
        self._pace.step()
        progress(0, file.size)
        got = downloader.fetch(
            file.url or "",
            sha256=file.sha256,
            md5=file.md5,
            size=file.size,
            cache=self.cache,
            progress=progress,
            what=f"{file.name} of {manifest.name}",
        )
        return msgspec.structs.replace(
            file, sha256=got.sha256, md5=got.md5, size=got.size
        ), got.path

    def _record(self, manifest: Manifest, located: Manifest, files: tuple[File, ...]) -> None:
        complete = msgspec.structs.replace(located, files=files)
        for key in {_key(manifest), _key(located)}:
            recorded.save(self.cache, key, complete)

    def _bundled(self, file: File) -> Path:
        """A file that ships with lhnets, hashed; copied into the cache where the package is not on
        a disk."""
        source = library.data_file(file.name)
        try:
            content = source.read_bytes()
        except FileNotFoundError as error:
            raise DataSetNotFoundError(
                f"{file.name} should ship with lhnets but does not: install lhnets again"
            ) from error
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise IntegrityError(
                f"{file.name}, which ships with lhnets, has changed: expected SHA-256 "
                f"{file.sha256}, got {hashlib.sha256(content).hexdigest()}. Install lhnets again"
            )
        return source if isinstance(source, Path) else self.cache.add_bytes(content, file.sha256)

    def _rebuilt(self, manifest: Manifest) -> tuple[Manifest, dict[str, Path]]:
        known = recorded.load(self.cache, REBUILT + manifest.name) or manifest
        paths = {f.name: self.cache.verified(f.sha256) for f in known.files if f.sha256 is not None}
        if not paths or None in paths.values():
            raise DataSetNotFoundError(
                f"the data set {manifest.name} is neither shipped nor archived: its recipe makes "
                f"it. Run `lhnets data rebuild {manifest.name}` once; it is kept then"
            )
        return known, {name: path for name, path in paths.items() if path is not None}


def _completed(known: Manifest, asked: Manifest) -> Manifest:
    """``known``, with sizes, checksums, addresses and version that the archive states now.

    Raises
    ------
    IntegrityError
        If they contradict each other.
    DataSetNotFoundError
        If a file is not in the archive.
    """
    if not known.files:
        safe = _with_safe_names(asked)
        return msgspec.structs.replace(
            known, files=safe.files, doi=safe.doi, concept_doi=safe.concept_doi
        )
    there = {f.archived_as: f for f in asked.files}
    missing = [f.archived_as for f in known.files if f.archived_as not in there]
    if missing:
        raise DataSetNotFoundError(
            f"{asked.doi} has no file {', '.join(missing)}; it has {', '.join(there) or 'none'}"
        )
    files = tuple(recorded.merged(f, there[f.archived_as], str(asked.doi)) for f in known.files)
    return msgspec.structs.replace(
        known, files=files, doi=asked.doi, concept_doi=known.concept_doi or asked.concept_doi
    )


def _with_safe_names(asked: Manifest) -> Manifest:
    """The manifest of a record, if the names of its files, which strangers chose, may become names
    here."""
    for file in asked.files:
        checked(file.name, f"the record {asked.doi}")
    return asked


def _agreed(manifest: Manifest, known: Manifest) -> Manifest:
    """The manifest, with what is recorded of its files and version.

    Raises
    ------
    IntegrityError
        If the manifest has learnt since that the recorded files are not the right ones.
    """
    by_name = {f.name: f for f in known.files}
    files = tuple(recorded.merged(f, by_name.get(f.name, f), manifest.name) for f in manifest.files)
    return msgspec.structs.replace(
        manifest,
        files=files or known.files,
        doi=known.doi,
        concept_doi=known.concept_doi or manifest.concept_doi,
    )


def _until(stop: threading.Event, progress: Progress) -> Progress:
    """A progress callback that ends the download when another file has failed."""

    def advance(done: int, total: int | None) -> None:
        if stop.is_set():
            raise _Stopped
        progress(done, total)

    return advance


def _key(manifest: Manifest) -> str:
    return manifest.doi or manifest.name
