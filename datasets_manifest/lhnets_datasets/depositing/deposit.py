"""Archiving a data set or a network: prepare a draft, look at it, publish it. Each step can be
interrupted and run again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from lhnets_datasets.depositing.archive import Archive, DraftDeposition, Stored, md5_of
from lhnets_datasets.depositing.ledger import Account, DepositedVersion, Ledger
from lhnets_datasets.describing.metadata import marker
from lhnets_datasets.errors import DepositError
from lhnets_datasets.fetching.progress import bars
from lhnets_datasets.library import collection as library
from lhnets_datasets.library.manifest import Manifest


class Subject(Struct, frozen=True):
    """What is deposited.

    Attributes
    ----------
    name : str
        of the data set, or NAME@VERSION of a network.
    group : str
        what stays the same over its versions: ``data/NAME`` or ``network/NAME``.
    files : dict
        local paths by the names that the files get.
    describe : callable
        from the number of the version and the date to the metadata.
    """

    name: str
    group: str
    files: dict[str, Path]
    describe: Callable[[str, str], dict[str, Any]]


class Prepared(Struct, frozen=True):
    """A draft that is complete: metadata set, files there with the right checksums."""

    draft: DraftDeposition
    metadata: dict[str, Any]


def prepare(
    subject: Subject,
    archive: Archive,
    ledger: Ledger,
    *,
    new_version: bool = False,
    today: Callable[[], date] = date.today,
) -> Prepared | DepositedVersion:
    """A complete draft of ``subject``; or the published version, where nothing has changed since.

    Raises
    ------
    DepositError
        If another content is published already and ``new_version`` was not asked for, or the
        archive refuses.
    """
    account = ledger.read(subject.group, archive.site.origin)
    checksums = {name: md5_of(path) for name, path in subject.files.items()}
    account, draft = _open_draft(
        account,
        archive,
        ledger,
        subject,
        checksums,
        new_version=new_version,
        today=today().isoformat(),
    )
    if draft is None:
        return account.published[-1]
    version = str(len(account.published) + 1)
    metadata = subject.describe(version, today().isoformat())
    archive.describe(draft.id, metadata)
    _synchronise(draft, archive, subject, checksums)
    return Prepared(_inspected(draft.id, archive, checksums), metadata)


def publish(
    prepared: Prepared, subject: Subject, archive: Archive, ledger: Ledger
) -> DepositedVersion:
    """Publish a prepared draft: it gets its DOI, for ever."""
    done = archive.publish(prepared.draft.id)
    return _settle(ledger.read(subject.group, archive.site.origin), done, ledger)


def write_back(name: str, published: DepositedVersion, archive: Archive) -> Path | None:
    """Write the DOI into the manifest of a data set; None where the DOI does not exist outside of
    that archive.

    Raises
    ------
    DepositError
        If the manifest cannot be written.
    """
    source = library.sources().get(name)
    ships = isinstance(source, Path) and source.parent == library.shipped_folder()
    if archive.site.sandbox or (ships and not archive.site.mints_dois):
        return None
    if not isinstance(source, Path):
        raise DepositError(
            f"the manifest of {name} is not a file here: write doi: {published.doi} into it"
        )
    manifest = Manifest.from_yaml(source.read_bytes(), source.name)
    concept = (
        f"{published.doi.rpartition('.')[0]}.{published.concept}" if published.concept else None
    )
    complete = msgspec.structs.replace(manifest, doi=published.doi, concept_doi=concept)
    partial = source.with_suffix(".partial")
    try:
        partial.write_bytes(complete.to_yaml())
        partial.replace(source)
    except OSError as error:
        raise DepositError(
            f"cannot write {source}: {error.strerror}. Write doi: {published.doi} into it"
        ) from error
    return source


def _open_draft(
    account: Account,
    archive: Archive,
    ledger: Ledger,
    subject: Subject,
    checksums: dict[str, str],
    *,
    new_version: bool,
    today: str,
) -> tuple[Account, DraftDeposition | None]:
    """The draft to go on with; None where the content is published already."""
    account, draft = _known_draft(account, archive, ledger)
    if draft is not None:
        return account, draft
    if account.published and account.published[-1].files == checksums:
        return account, None
    if account.published and not new_version:
        raise DepositError(
            f"{subject.name} is published as {account.published[-1].doi} with other content; a "
            "published version never changes. Run again with --new-version to add a version to "
            "the same record"
        )
    if account.published:
        draft = archive.new_version(account.published[-1].id)
    else:
        draft = _lost_draft(subject, archive) or archive.create(subject.describe("1", today))
    account = msgspec.structs.replace(account, draft=draft.id)
    ledger.write(account)
    return account, draft


def _known_draft(
    account: Account, archive: Archive, ledger: Ledger
) -> tuple[Account, DraftDeposition | None]:
    """The draft that the ledger knows. Where it was published although no answer came, it is
    entered as published."""
    if account.draft is None:
        return account, None
    draft = archive.get(account.draft)
    if draft is not None and not draft.submitted:
        return account, draft
    if draft is not None:
        _settle(account, draft, ledger)
        return ledger.read(account.name, account.origin), None
    account = msgspec.structs.replace(account, draft=None)
    ledger.write(account)
    return account, None


def _lost_draft(subject: Subject, archive: Archive) -> DraftDeposition | None:
    """A draft that was made by a run that ended before it could enter it into the ledger."""
    wanted = marker(subject.group)
    return next((d for d in archive.drafts() if wanted in d.metadata.get("keywords", ())), None)


def _synchronise(
    draft: DraftDeposition, archive: Archive, subject: Subject, checksums: dict[str, str]
) -> None:
    """Make the files of a draft those of the subject: remove what is old or wrong, send what is
    missing."""
    right: set[str] = set()
    for stored in draft.files:
        if checksums.get(stored.name) == stored.md5:
            right.add(stored.name)
        else:
            archive.remove(draft.id, stored)
    with bars() as bar:
        for name, path in subject.files.items():
            if name not in right:
                archive.upload(draft, name, path, bar(name, path.stat().st_size))


def _inspected(number: int, archive: Archive, checksums: dict[str, str]) -> DraftDeposition:
    """The draft as the archive has it now, if it has exactly what was sent."""
    draft = archive.get(number)
    there = {} if draft is None else {f.name: f.md5 for f in draft.files}
    if draft is None or there != checksums:
        wrong = sorted({n for n, _ in there.items() ^ checksums.items()})
        raise DepositError(
            f"the draft {number} at {archive.site.origin} does not hold what was sent "
            f"({', '.join(wrong) or 'it is gone'}). Run the same command again"
        )
    return draft


def _settle(account: Account, done: DraftDeposition, ledger: Ledger) -> DepositedVersion:
    """Enter a published draft into the ledger."""
    published = DepositedVersion(
        id=done.id,
        doi=(done.doi or done.reserved_doi).lower(),
        concept=done.concept,
        version=str(done.metadata.get("version", len(account.published) + 1)),
        files=_checksums(done.files),
    )
    ledger.write(
        msgspec.structs.replace(account, draft=None, published=(*account.published, published))
    )
    return published


def _checksums(files: tuple[Stored, ...]) -> dict[str, str]:
    return {f.name: f.md5 for f in files}
