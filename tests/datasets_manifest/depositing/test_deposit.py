import hashlib
import json
import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from local_zenodo import Fault, HttpServer, LocalZenodo

from lhnets.errors import MirrorError, OfflineError
from lhnets.mirrors import Site
from lhnets_datasets.dataset import DataSet, dataset
from lhnets_datasets.depositing import deposit as steps
from lhnets_datasets.depositing.archive import Archive
from lhnets_datasets.depositing.deposit import Prepared, Subject
from lhnets_datasets.depositing.ledger import DepositedVersion, Ledger
from lhnets_datasets.depositing.subjects import data_subject
from lhnets_datasets.describing.metadata import for_zenodo_data
from lhnets_datasets.errors import DepositError
from lhnets_datasets.fetching.fetch import Fetcher
from lhnets_datasets.library import collection as library

TOKEN = "local-zenodo-token"
MANIFEST = """name: gluino-table
title: Gluino pairs
description: A table of <cross> sections.
available: bundled
licence: CC-BY-4.0
authors: [{{name: "Doe, Jane", orcid: 0000-0002-1825-0097, affiliation: Somewhere}}]
files: [{{name: table.csv, size: {size}, sha256: {sha256}, md5: {md5}}}]
columns:
  - {{name: m_go, unit: GeV, meaning: gluino mass, role: input}}
references:
  nnllfast: "@article{{nnllfast, doi = {{10.1007/JHEP12(2016)133}}}}"
"""


def write_set(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """A bundled set whose file holds ``content``."""
    (folder / "table.csv").write_bytes(content)
    monkeypatch.setattr(library, "data_file", lambda name: folder / name)
    text = MANIFEST.format(
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        md5=hashlib.md5(content).hexdigest(),
    )
    (folder / "gluino-table.yaml").write_text(text)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("LHNETS_MANIFESTS", str(folder))
    write_set(folder, monkeypatch, b"m_go\n2000\n")
    return folder


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def archive(zenodo: LocalZenodo, waits: list[float]) -> Archive:
    return Archive(Site.of(sandbox=False), wait=waits.append)


@pytest.fixture
def subject(own: Path, tmp_path: Path) -> Callable[[], Subject]:
    return lambda: data_subject(dataset("gluino-table"), tmp_path / "staging", community="lhnets")


def prepared(
    subject: Subject, archive: Archive, ledger: Ledger, *, new_version: bool = False
) -> Prepared:
    made = steps.prepare(
        subject, archive, ledger, new_version=new_version, today=lambda: date(2026, 11, 21)
    )
    assert isinstance(made, Prepared)
    return made


def test_a_draft_holds_everything_and_is_not_published(
    zenodo: LocalZenodo, archive: Archive, ledger: Ledger, subject: Callable[[], Subject]
) -> None:
    draft = prepared(subject(), archive, ledger).draft
    at_zenodo = zenodo.deposits.by_id[draft.id]
    assert sorted(at_zenodo.files) == [
        "gluino-table.croissant.json",
        "gluino-table.datacite.json",
        "gluino-table.yaml",
        "table.csv",
    ]
    assert not at_zenodo.submitted
    metadata = at_zenodo.metadata
    assert metadata["creators"] == [
        {"name": "Doe, Jane", "orcid": "0000-0002-1825-0097", "affiliation": "Somewhere"}
    ]
    assert (metadata["license"], metadata["version"], metadata["publication_date"]) == (
        "cc-by-4.0",
        "1",
        "2026-11-21",
    )
    assert metadata["communities"] == [{"identifier": "lhnets"}]
    assert metadata["related_identifiers"] == [
        {"identifier": "10.1007/JHEP12(2016)133", "relation": "references"}
    ]
    assert "&lt;cross&gt;" in metadata["description"]


def test_a_second_run_goes_on_with_the_same_draft_and_sends_nothing_again(
    zenodo: LocalZenodo, archive: Archive, ledger: Ledger, subject: Callable[[], Subject]
) -> None:
    first = prepared(subject(), archive, ledger).draft
    uploads = len(zenodo.lines("PUT /api/files"))
    assert prepared(subject(), archive, ledger).draft.id == first.id
    assert len(zenodo.lines("PUT /api/files")) == uploads == 4
    assert len(zenodo.deposits.by_id) == 1


def test_publish_and_download_by_the_new_doi(
    zenodo: LocalZenodo, archive: Archive, ledger: Ledger, subject: Callable[[], Subject], own: Path
) -> None:
    published = steps.publish(prepared(subject(), archive, ledger), subject(), archive, ledger)
    assert published.doi == f"10.5281/zenodo.{published.id}"
    assert dataset(published.doi).files["table.csv"].read_bytes() == b"m_go\n2000\n"
    assert steps.prepare(subject(), archive, ledger) == published
    assert steps.write_back("gluino-table", published, archive) == own / "gluino-table.yaml"
    assert (library.get("gluino-table").doi, library.get("gluino-table").concept_doi) == (
        published.doi,
        f"10.5281/zenodo.{published.concept}",
    )
    assert steps.prepare(subject(), archive, ledger) == published


def test_a_new_version_replaces_the_inherited_files(
    zenodo: LocalZenodo,
    archive: Archive,
    ledger: Ledger,
    subject: Callable[[], Subject],
    own: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = steps.publish(prepared(subject(), archive, ledger), subject(), archive, ledger)
    write_set(own, monkeypatch, b"m_go\n2000\n3000\n")
    with pytest.raises(
        DepositError, match=f"published as {first.doi} with other content.*--new-version"
    ):
        steps.prepare(subject(), archive, ledger)
    second = steps.publish(
        prepared(subject(), archive, ledger, new_version=True), subject(), archive, ledger
    )
    assert (second.version, second.concept) == ("2", first.concept)
    assert second.id != first.id
    assert zenodo.deposits.by_id[second.id].published_metadata["publication_date"] == "2026-11-21"
    files = {
        d.id: d.files["table.csv"].content for d in zenodo.deposits.versions(int(first.concept))
    }
    assert files == {first.id: b"m_go\n2000\n", second.id: b"m_go\n2000\n3000\n"}
    assert [p.doi for p in ledger.read("data/gluino-table", archive.site.origin).published] == [
        first.doi,
        second.doi,
    ]


STEPS = (
    r"POST /api/deposit/depositions$",
    r"PUT /api/deposit/depositions/\d+$",
    "PUT /api/files/.*/table.csv$",
    "PUT /api/files/.*yaml$",
    "/actions/publish$",
)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_a_deposit_interrupted_anywhere_goes_on_with_the_same_draft(
    zenodo: LocalZenodo,
    archive: Archive,
    ledger: Ledger,
    subject: Callable[[], Subject],
    step: str,
    after: bool,
) -> None:
    zenodo.faults.add(Fault(step, status=400, after=after))

    def run() -> DepositedVersion:
        made = steps.prepare(subject(), archive, ledger)
        return (
            made
            if isinstance(made, DepositedVersion)
            else steps.publish(made, subject(), archive, ledger)
        )

    with pytest.raises(DepositError, match="run the same command again"):
        run()
    published = run()
    assert len(zenodo.deposits.by_id) == 1
    assert zenodo.deposits.by_id[published.id].files["table.csv"].content == b"m_go\n2000\n"
    assert ledger.read("data/gluino-table", archive.site.origin).published == (published,)


@pytest.mark.parametrize("after", [False, True])
def test_a_new_version_interrupted_goes_on_with_the_same_draft(
    zenodo: LocalZenodo,
    archive: Archive,
    ledger: Ledger,
    subject: Callable[[], Subject],
    own: Path,
    monkeypatch: pytest.MonkeyPatch,
    after: bool,
) -> None:
    steps.publish(prepared(subject(), archive, ledger), subject(), archive, ledger)
    write_set(own, monkeypatch, b"other")
    zenodo.faults.add(Fault("newversion", status=400, after=after))
    with pytest.raises(DepositError):
        steps.prepare(subject(), archive, ledger, new_version=True)
    steps.publish(
        prepared(subject(), archive, ledger, new_version=True), subject(), archive, ledger
    )
    assert len(zenodo.deposits.by_id) == 2


def test_a_draft_deleted_at_the_archive_is_made_anew(
    zenodo: LocalZenodo, archive: Archive, ledger: Ledger, subject: Callable[[], Subject]
) -> None:
    first = prepared(subject(), archive, ledger).draft
    del zenodo.deposits.by_id[first.id]
    assert prepared(subject(), archive, ledger).draft.id != first.id


def test_a_file_damaged_on_the_way_is_noticed(
    zenodo: LocalZenodo, archive: Archive, ledger: Ledger, subject: Callable[[], Subject]
) -> None:
    damaged = json.dumps({"checksum": "md5:" + "0" * 32}).encode()
    zenodo.faults.add(Fault("PUT /api/files", status=201, body=damaged))
    with pytest.raises(DepositError, match="arrived damaged"):
        steps.prepare(subject(), archive, ledger)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_archive_is_waited_for(
    zenodo: LocalZenodo,
    archive: Archive,
    ledger: Ledger,
    subject: Callable[[], Subject],
    waits: list[float],
    status: int,
) -> None:
    zenodo.faults.add(Fault("PUT", status=status, headers={"Retry-After": "9"}, times=2))
    if status == 429:
        zenodo.faults.add(
            Fault("POST /api/deposit/depositions$", status=429, headers={"Retry-After": "9"})
        )
    prepared(subject(), archive, ledger)
    assert set(waits) == {9.0}
    assert len(zenodo.deposits.by_id) == 1


def test_no_message_and_no_log_holds_the_token(
    zenodo: LocalZenodo,
    archive: Archive,
    ledger: Ledger,
    subject: Callable[[], Subject],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for step in ("POST", "PUT", "GET"):
        zenodo.faults.add(Fault(step, status=403, body=f"bad token {TOKEN}".encode()))
        with pytest.raises(DepositError, match="403") as caught:
            steps.prepare(subject(), archive, ledger)
        error: BaseException | None = caught.value
        while error is not None:
            assert TOKEN not in str(error)
            error = error.__cause__ or error.__context__
    steps.publish(prepared(subject(), archive, ledger), subject(), archive, ledger)
    assert "actions/publish" in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN not in "".join(p.read_text() for p in ledger.folder.rglob("*.json"))


def test_the_token_is_not_sent_to_a_bucket_elsewhere(
    zenodo: LocalZenodo, archive: Archive, ledger: Ledger, subject: Callable[[], Subject]
) -> None:
    with HttpServer() as foreign:
        zenodo.deposits.create({})
        shown = zenodo._shown
        zenodo._shown = lambda deposit: {  # type: ignore[method-assign]
            **shown(deposit),
            "links": {**shown(deposit)["links"], "bucket": f"{foreign.origin}/bucket"},
        }
        with pytest.raises(MirrorError, match="nothing was sent there"):
            steps.prepare(subject(), archive, ledger)
        assert foreign.lines() == []


def test_without_a_token(zenodo: LocalZenodo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZENODO_TOKEN")
    with pytest.raises(DepositError, match="environment variable ZENODO_TOKEN"):
        Archive(Site.of(sandbox=False))
    with pytest.raises(DepositError, match="environment variable ZENODO_SANDBOX_TOKEN"):
        Archive(Site.of(sandbox=True))


def test_offline(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    with pytest.raises(OfflineError):
        archive.drafts()


def test_a_set_of_others_is_not_deposited(zenodo: LocalZenodo, tmp_path: Path) -> None:
    record = zenodo.add_record({"a": b"x"})
    with pytest.raises(DepositError, match="is archived already"):
        data_subject(dataset(record.doi), tmp_path)


def test_a_set_without_a_licence_is_not_deposited(own: Path, tmp_path: Path) -> None:
    manifest = own / "gluino-table.yaml"
    manifest.write_text(manifest.read_text().replace("CC-BY-4.0", "not stated; cite the authors"))
    with pytest.raises(
        DepositError, match="licence is 'not stated; cite the authors', expected an SPDX identifier"
    ):
        data_subject(dataset("gluino-table"), tmp_path / "staging")


def test_a_doi_of_the_sandbox_is_not_written_into_a_manifest(archive: Archive, own: Path) -> None:
    published = DepositedVersion(1, "10.5072/zenodo.1", "0", "1", {})
    sandbox = Archive(Site(archive.site.origin, sandbox=True), token="x")
    assert steps.write_back("gluino-table", published, sandbox) is None


def test_a_doi_of_a_local_server_is_not_written_into_a_shipped_manifest(
    archive: Archive, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "shipped_folder", lambda: own)
    before = (own / "gluino-table.yaml").read_bytes()
    assert (
        steps.write_back(
            "gluino-table", DepositedVersion(1, "10.5281/zenodo.1", "0", "1", {}), archive
        )
        is None
    )
    assert (own / "gluino-table.yaml").read_bytes() == before


def test_a_broken_ledger_stops_a_deposit(
    archive: Archive, ledger: Ledger, subject: Callable[[], Subject]
) -> None:
    prepared(subject(), archive, ledger)
    next(ledger.folder.rglob("*.json")).write_text("{")
    with pytest.raises(DepositError, match="Look into it before you deposit again"):
        steps.prepare(subject(), archive, ledger)


def test_networks_are_linked_from_their_data_set(own: Path) -> None:
    manifest = DataSet(library.get("gluino-table"), Fetcher()).manifest
    metadata = for_zenodo_data(manifest, "2026-11-21", None, {"net@1": "10.5281/zenodo.7"})
    assert {"identifier": "10.5281/zenodo.7", "relation": "isSourceOf"} in metadata[
        "related_identifiers"
    ]
