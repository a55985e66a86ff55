import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from local_zenodo import Fault, HttpServer, LocalZenodo, RateLimit

from lhnets._fetching.cache import Cache
from lhnets._fetching.download import Downloader
from lhnets.errors import CacheError, IntegrityError, MirrorError, OfflineError
from lhnets.mirrors import RequestPace
from lhnets_datasets import dataset
from lhnets_datasets.doi import Doi
from lhnets_datasets.errors import DataSetNotFoundError, TableError, UnsafeNameError
from lhnets_datasets.fetching import other
from lhnets_datasets.fetching.fetch import Fetcher
from lhnets_datasets.library import recorded
from lhnets_datasets.library.manifest import File, Manifest

CONTENT = bytes(range(256)) * 2000


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def fetcher(waits: list[float]) -> Fetcher:
    return Fetcher(
        downloader_of=lambda hosts: Downloader(allowed_hosts=hosts, wait=waits.append),
        pace=RequestPace(wait=waits.append),
    )


@pytest.fixture
def parquet(tmp_path: Path) -> bytes:
    path = tmp_path / "made.parquet"
    pq.write_table(pa.table({"m_go": [1000.0, 2000.0], "sigma": [0.385, 1.01e-3]}), path)
    return path.read_bytes()


@pytest.fixture
def manifests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    folder = tmp_path / "manifests"
    folder.mkdir()
    monkeypatch.setenv("LHNETS_MANIFESTS", str(folder))

    def write(text: str) -> Path:
        name = text.split("name: ")[1].split("\n")[0]
        path = folder / f"{name}.yaml"
        path.write_text(text)
        return path

    return write


def manifest_of(doi: str, more: str = "") -> str:
    return f"""name: gluino-table
title: Gluino pairs
description: A table.
available: archived
licence: CC-BY-4.0
authors: [{{name: "Doe, Jane"}}]
doi: {doi}
files: [{{name: table.parquet}}]
columns:
  - {{name: m_go, unit: GeV, meaning: gluino mass, role: input}}
  - {{name: sigma, unit: pb, meaning: cross section, role: target}}
{more}"""


def nothing_left(tmp_path: Path) -> bool:
    partial = tmp_path / "cache" / "partial"
    blobs = tmp_path / "cache" / "blobs"
    return not (partial.exists() and list(partial.iterdir())) and not list(blobs.rglob("*"))


def test_a_doi_without_manifest_gives_verified_files(zenodo: LocalZenodo, fetcher: Fetcher) -> None:
    record = zenodo.add_record(
        {"a.bin": CONTENT, "b.txt": b"text"}, title="A <b>set</b>", version="2"
    )
    found = dataset(f"https://doi.org/{record.doi}", fetcher=fetcher)
    assert {name: path.read_bytes() for name, path in found.files.items()} == {
        "a.bin": CONTENT,
        "b.txt": b"text",
    }
    assert (found.manifest.title, found.manifest.version, found.doi) == ("A set", "2", record.doi)
    assert found.manifest.files[0].sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert found.manifest.size == len(CONTENT) + 4
    assert all("authorization" not in r.headers for r in zenodo.requests)


def test_the_second_time_nobody_is_asked(
    zenodo: LocalZenodo, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = zenodo.add_record({"a.bin": CONTENT})
    first = dataset(record.doi, fetcher=fetcher).files
    asked = len(zenodo.requests)
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    assert dataset(f"doi:{record.doi.upper()}", fetcher=fetcher).files == first
    assert len(zenodo.requests) == asked


def test_a_concept_doi_gives_the_version_that_was_recorded(
    zenodo: LocalZenodo, fetcher: Fetcher
) -> None:
    old = zenodo.add_record({"a.txt": b"old"}, version="1")
    by_concept = dataset(old.concept_doi, fetcher=fetcher)
    assert by_concept.path.read_bytes() == b"old"
    assert (by_concept.doi, by_concept.manifest.concept_doi) == (old.doi, old.concept_doi)
    new = zenodo.add_record({"a.txt": b"new"}, new_version_of=old.id, version="2")
    assert dataset(old.concept_doi, fetcher=fetcher).path.read_bytes() == b"old"
    assert dataset(new.doi, fetcher=fetcher).path.read_bytes() == b"new"
    latest = dataset(old.concept_doi, latest=True, fetcher=fetcher)
    assert (latest.path.read_bytes(), latest.doi) == (b"new", new.doi)
    assert dataset(old.doi, fetcher=fetcher).path.read_bytes() == b"old"


def test_the_concept_doi_of_a_manifest_is_looked_up_again_when_asked(
    zenodo: LocalZenodo, fetcher: Fetcher, manifests: Callable[[str], Path]
) -> None:
    old = zenodo.add_record({"table.parquet": b"old"})
    manifests(manifest_of(old.concept_doi))
    assert dataset("gluino-table", fetcher=fetcher).path.read_bytes() == b"old"
    new = zenodo.add_record({"table.parquet": b"new"}, new_version_of=old.id)
    assert dataset("gluino-table", fetcher=fetcher).path.read_bytes() == b"old"
    latest = dataset("gluino-table", latest=True, fetcher=fetcher)
    assert (latest.path.read_bytes(), latest.doi, latest.manifest.title) == (
        b"new",
        new.doi,
        "Gluino pairs",
    )
    assert dataset("gluino-table", fetcher=fetcher).path.read_bytes() == b"new"


def test_a_manifest_gives_names_units_and_checksums(
    zenodo: LocalZenodo, fetcher: Fetcher, parquet: bytes, manifests: Callable[[str], Path]
) -> None:
    record = zenodo.add_record({"table.parquet": parquet, "README.md": b"not asked for"})
    manifests(manifest_of(record.doi))
    for asked in ("gluino-table", record.doi):
        found = dataset(asked, fetcher=fetcher)
        table = found.table()
        assert table.schema.field("m_go").metadata[b"unit"] == b"GeV"
        assert table.schema.field("sigma").metadata == {
            b"unit": b"pb",
            b"meaning": b"cross section",
            b"role": b"target",
        }
        assert table.to_pandas()["sigma"].tolist() == [0.385, 1.01e-3]
    assert list(found.files) == ["table.parquet"]
    assert zenodo.lines("README") == []


def test_a_file_under_another_key_and_local_name(
    zenodo: LocalZenodo, fetcher: Fetcher, manifests: Callable[[str], Path]
) -> None:
    record = zenodo.add_record({"deep/er ü.parquet": b"x"})
    text = manifest_of(record.doi).replace(
        "{name: table.parquet}", '{name: table.parquet, key: "deep/er ü.parquet"}'
    )
    manifests(text)
    assert dataset("gluino-table", fetcher=fetcher).files["table.parquet"].read_bytes() == b"x"


def test_units_in_the_file_go_before_those_of_the_manifest(
    zenodo: LocalZenodo, fetcher: Fetcher, tmp_path: Path, manifests: Callable[[str], Path]
) -> None:
    field = pa.field("m_go", pa.float64(), metadata={"unit": "TeV"})
    path = tmp_path / "own.parquet"
    pq.write_table(
        pa.table(
            {"m_go": [1.0], "sigma": [2.0]}, pa.schema([field, pa.field("sigma", pa.float64())])
        ),
        path,
    )
    manifests(manifest_of(zenodo.add_record({"table.parquet": path.read_bytes()}).doi))
    schema = dataset("gluino-table", fetcher=fetcher).table().schema
    assert schema.field("m_go").metadata[b"unit"] == b"TeV"
    assert schema.field("m_go").metadata[b"meaning"] == b"gluino mass"


def test_a_csv_file_is_a_table(zenodo: LocalZenodo, fetcher: Fetcher) -> None:
    record = zenodo.add_record({"t.csv": b"a,b\n1,2\n", "notes.txt": b""})
    assert dataset(record.doi, fetcher=fetcher).table().to_pydict() == {"a": [1], "b": [2]}


def test_tables_must_be_chosen_where_there_are_several(
    zenodo: LocalZenodo, fetcher: Fetcher
) -> None:
    found = dataset(
        zenodo.add_record({"a.csv": b"a\n1\n", "b.csv": b"b\n1\n", "c.h5": b"x"}).doi,
        fetcher=fetcher,
    )
    assert found.table("b.csv").column_names == ["b"]
    with pytest.raises(TableError, match=r"choose one of a\.csv, b\.csv"):
        found.table()
    with pytest.raises(TableError, match="is not a table"):
        found.table("c.h5")
    with pytest.raises(TableError, match=r"no file 'd\.csv'; it has"):
        found.table("d.csv")
    with pytest.raises(TableError, match="has 3 files"):
        _ = found.path


def test_a_column_that_the_manifest_names_must_be_there(
    zenodo: LocalZenodo, fetcher: Fetcher, parquet: bytes, manifests: Callable[[str], Path]
) -> None:
    manifests(
        manifest_of(
            zenodo.add_record({"table.parquet": parquet}).doi,
            "  - {name: m_sq, unit: GeV, meaning: squark}",
        )
    )
    with pytest.raises(TableError, match="lacks the columns m_sq"):
        dataset("gluino-table", fetcher=fetcher).table()


@pytest.mark.parametrize("asked", ["10.5281/zenodo.123456", "doi:10.5281/zenodo.1"])
def test_an_unknown_doi(zenodo: LocalZenodo, fetcher: Fetcher, tmp_path: Path, asked: str) -> None:
    with pytest.raises(
        DataSetNotFoundError, match=r"Zenodo knows no record 10\.5281/zenodo\.\d+.*Check the number"
    ):
        dataset(asked, fetcher=fetcher)
    assert nothing_left(tmp_path)


def test_an_unknown_name_with_its_neighbours(
    fetcher: Fetcher, manifests: Callable[[str], Path]
) -> None:
    manifests(manifest_of("10.5281/zenodo.1"))
    with pytest.raises(
        DataSetNotFoundError,
        match=r"no data set is called 'gluino-tabel'; did you mean gluino-table",
    ):
        dataset("gluino-tabel", fetcher=fetcher)


@pytest.mark.parametrize(
    "doi", ["10.17182/hepdata.90607.v3", "10.7483/OPENDATA.ATLAS.SOAY.LABE", "10.1000/182"]
)
def test_a_doi_of_an_archive_that_is_not_served(
    zenodo: LocalZenodo, fetcher: Fetcher, doi: str
) -> None:
    with pytest.raises(
        DataSetNotFoundError, match="lhnets fetches by DOI from Zenodo, Figshare and Dataverse"
    ):
        dataset(doi, fetcher=fetcher)
    assert zenodo.lines() == []


def test_a_record_without_files(zenodo: LocalZenodo, fetcher: Fetcher) -> None:
    with pytest.raises(DataSetNotFoundError, match="has no files that can be downloaded"):
        dataset(zenodo.add_record({}).doi, fetcher=fetcher)


def test_a_withdrawn_record(zenodo: LocalZenodo, fetcher: Fetcher) -> None:
    record = zenodo.add_record({"a": b"x"})
    record.withdrawn = True
    with pytest.raises(DataSetNotFoundError, match="was withdrawn"):
        dataset(record.doi, fetcher=fetcher)


def test_a_file_that_the_record_does_not_have(
    zenodo: LocalZenodo, fetcher: Fetcher, manifests: Callable[[str], Path]
) -> None:
    manifests(manifest_of(zenodo.add_record({"other.parquet": b"x"}).doi))
    with pytest.raises(
        DataSetNotFoundError, match=r"has no file table\.parquet; it has other\.parquet"
    ):
        _ = dataset("gluino-table", fetcher=fetcher).files


def test_a_wrong_checksum(zenodo: LocalZenodo, fetcher: Fetcher, tmp_path: Path) -> None:
    record = zenodo.add_record({"a.bin": CONTENT})
    record.files["a.bin"].content = CONTENT[:-1] + b"?"
    with pytest.raises(IntegrityError, match=r"gave other bytes than were published: expected MD5"):
        _ = dataset(record.doi, fetcher=fetcher).files
    assert nothing_left(tmp_path)


def test_the_sha256_of_the_manifest_decides_even_where_the_md5_agrees(
    zenodo: LocalZenodo, fetcher: Fetcher, manifests: Callable[[str], Path], tmp_path: Path
) -> None:
    record = zenodo.add_record({"table.parquet": CONTENT})
    manifests(
        manifest_of(record.doi).replace(
            "{name: table.parquet}", f"{{name: table.parquet, sha256: {'f' * 64}}}"
        )
    )
    with pytest.raises(IntegrityError, match="expected SHA-256 ffff"):
        _ = dataset("gluino-table", fetcher=fetcher).files
    assert nothing_left(tmp_path)


def test_a_truncated_body_is_resumed(zenodo: LocalZenodo, fetcher: Fetcher) -> None:
    record = zenodo.add_record({"a.bin": CONTENT})
    zenodo.faults.add(Fault("/content", cut_after=100_000, times=4))
    assert dataset(record.doi, fetcher=fetcher).path.read_bytes() == CONTENT
    assert [r.headers.get("range") is not None for r in zenodo.requests[1:]] == [
        False,
        True,
        True,
        True,
        True,
    ]


def test_a_file_that_changed_under_its_doi_is_noticed(
    zenodo: LocalZenodo, fetcher: Fetcher, manifests: Callable[[str], Path], tmp_path: Path
) -> None:
    record = zenodo.add_record({"table.parquet": b"the first"})
    md5 = hashlib.md5(b"the first").hexdigest()
    manifests(
        manifest_of(record.doi).replace(
            "{name: table.parquet}", f"{{name: table.parquet, md5: {md5}}}"
        )
    )
    _ = dataset("gluino-table", fetcher=fetcher).files
    zenodo.deposits.by_id[record.id].files["table.parquet"] = type(
        record.files["table.parquet"]
    ).of("table.parquet", b"the other")
    with pytest.raises(
        IntegrityError, match=r"'table\.parquet' of 10\.5281/zenodo\.\d+ has changed: expected md5"
    ):
        _ = dataset("gluino-table", fetcher=Fetcher(Cache(tmp_path / "fresh"))).files


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/passwd",
        "a\0b",
        "x" * 300,
        "..",
        ".bashrc",
        "a\\b",
        "C:evil",
        "-rf",
        "a\nb",
        "con:",
        "ü" * 150,
    ],
)
def test_a_server_that_plays_tricks_with_names(
    zenodo: LocalZenodo, fetcher: Fetcher, tmp_path: Path, name: str
) -> None:
    record = zenodo.add_record({name: CONTENT})
    before = sorted(p for p in tmp_path.rglob("*") if "cache" not in p.parts)
    with pytest.raises(UnsafeNameError, match="expected a plain file name"):
        dataset(record.doi, fetcher=fetcher)
    assert nothing_left(tmp_path)
    assert sorted(p for p in tmp_path.rglob("*") if "cache" not in p.parts) == before


@pytest.mark.parametrize("version", ["../../../../x", "v\0", "1" * 5000])
def test_a_server_that_plays_tricks_with_the_version(
    zenodo: LocalZenodo, fetcher: Fetcher, version: str
) -> None:
    path = dataset(zenodo.add_record({"a": b"x"}, version=version).doi, fetcher=fetcher).path
    assert path.is_relative_to(fetcher.cache.folder / "blobs")


@pytest.mark.parametrize("match", [r"/api/records/\d+$", "/content$"])
def test_a_redirect_to_a_foreign_host(
    zenodo: LocalZenodo, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, match: str
) -> None:
    record = zenodo.add_record({"a.bin": CONTENT})
    with HttpServer() as foreign:
        foreign.files["/steal"] = CONTENT
        zenodo.faults.add(Fault(match, status=302, headers={"Location": f"{foreign.origin}/steal"}))
        with pytest.raises(MirrorError, match="may not lead"):
            _ = dataset(record.doi, fetcher=fetcher).files
        assert foreign.lines() == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_storm(zenodo: LocalZenodo, fetcher: Fetcher, waits: list[float], status: int) -> None:
    record = zenodo.add_record({"a.bin": CONTENT})
    zenodo.faults.add(Fault("/content", status=status, times=3, headers={"Retry-After": "11"}))
    assert dataset(record.doi, fetcher=fetcher).path.read_bytes() == CONTENT
    assert waits == [11, 11, 11]
    zenodo.faults.add(Fault("/api", status=status, times=10**6))
    with pytest.raises(MirrorError, match=f"the server answered {status}.*try again later"):
        dataset("10.5281/zenodo.77", fetcher=fetcher)


def test_the_rate_limit_is_kept_without_being_told(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def wait(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    with LocalZenodo(rate_limit=RateLimit(60, 60, lambda: now[0])) as limited:
        monkeypatch.setenv("LHNETS_ZENODO", limited.origin)
        record = limited.add_record({f"{k}.txt": b"%d" % k for k in range(99)})
        fetcher = Fetcher(
            downloader_of=lambda hosts: Downloader(wait=wait),
            pace=RequestPace(wait=wait, clock=lambda: now[0]),
        )
        assert len(dataset(record.doi, fetcher=fetcher).files) == 99
        assert sum(waits) >= 59
        assert len(limited.requests) == 100


def test_offline_mode_names_what_is_missing(
    zenodo: LocalZenodo,
    fetcher: Fetcher,
    monkeypatch: pytest.MonkeyPatch,
    manifests: Callable[[str], Path],
) -> None:
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    with pytest.raises(OfflineError, match=r"the data set 10\.5281/zenodo\.3547721 is not here"):
        _ = dataset("10.5281/zenodo.3547721", fetcher=fetcher).files
    manifests(manifest_of("10.5281/zenodo.5"))
    with pytest.raises(
        OfflineError, match=r"the data set 10\.5281/zenodo\.5 is not here.*LHNETS_OFFLINE"
    ):
        _ = dataset("gluino-table", fetcher=fetcher).files
    assert zenodo.lines() == []


def test_an_interruption_keeps_what_is_done_and_goes_on(
    zenodo: LocalZenodo, tmp_path: Path
) -> None:
    record = zenodo.add_record({"a.bin": CONTENT, "b.bin": CONTENT[::-1]})
    zenodo.faults.add(Fault("a.bin/content", cut_after=200_000), Fault("a.bin/content", status=503))

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    fetcher = Fetcher(downloader_of=lambda hosts: Downloader(wait=interrupted))
    with pytest.raises(KeyboardInterrupt):
        _ = dataset(record.doi, fetcher=fetcher).files
    left = {p.name: p.stat().st_size for p in (tmp_path / "cache" / "partial").iterdir()}
    assert left
    assert all(".released." in name for name in left)
    files = dataset(record.doi, fetcher=Fetcher()).files
    assert files["a.bin"].read_bytes() == CONTENT
    resumed = [r.headers.get("range") for r in zenodo.requests if "a.bin" in r.path][-1]
    assert resumed in {f"bytes={size}-" for size in left.values()}
    assert list((tmp_path / "cache" / "partial").iterdir()) == []


def test_a_cache_that_cannot_be_written(
    zenodo: LocalZenodo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LHNETS_CACHE", str(tmp_path / "file"))
    with pytest.raises(CacheError, match="set LHNETS_CACHE to another one"):
        _ = dataset(zenodo.add_record({"a": b"x"}).doi, fetcher=Fetcher()).files


def test_answers_that_are_no_record(zenodo: LocalZenodo, fetcher: Fetcher) -> None:
    zenodo.faults.add(
        *(
            Fault("/api/records/5", status=200, body=b)
            for b in (b"<html>", b"{}", b'{"metadata":' + b"[" * 100_000)
        )
    )
    for _ in range(3):
        with pytest.raises(MirrorError, match="Is http"):
            dataset("10.5281/zenodo.5", fetcher=fetcher)


def test_another_record_than_was_asked_for(zenodo: LocalZenodo, fetcher: Fetcher) -> None:
    zenodo.files["/api/records/other"] = b""
    record = zenodo.add_record({"a": b"x"})
    zenodo.faults.add(
        Fault("/api/records/5$", status=302, headers={"Location": f"/api/records/{record.id}"})
    )
    with pytest.raises(MirrorError, match=f"gave the record {record.id} instead"):
        dataset("10.5281/zenodo.5", fetcher=fetcher)


def test_files_are_fetched_side_by_side(zenodo: LocalZenodo, fetcher: Fetcher) -> None:
    together = threading.Barrier(4, timeout=20)
    record = zenodo.add_record({f"{k}.bin": b"%d" % k for k in range(4)})
    answer = zenodo.answer

    def meeting(request):  # type: ignore[no-untyped-def]
        if request.path.endswith("/content"):
            together.wait()
        return answer(request)

    zenodo.answer = meeting  # type: ignore[method-assign]
    assert len(dataset(record.doi, fetcher=fetcher).files) == 4


class _Figshare:
    """Stands for what pooch finds out about a DOI."""

    def __init__(self, origin: str) -> None:
        self._origin = origin

    def populate_registry(self, registry: object) -> None:
        registry.registry["t.csv"] = f"md5:{hashlib.md5(b'a').hexdigest()}"  # type: ignore[attr-defined]

    def download_url(self, name: str) -> str:
        return f"{self._origin}/{name}"


def test_a_doi_of_figshare_is_resolved_by_pooch(
    zenodo: LocalZenodo, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "pooch.downloaders.doi_to_repository", lambda doi, **_: _Figshare(zenodo.origin)
    )
    zenodo.files["/t.csv"] = b"a"
    found = dataset("10.6084/m9.figshare.14763051.v1", fetcher=fetcher)
    assert found.path.read_bytes() == b"a"
    zenodo.files["/t.csv"] = b"b"
    with pytest.raises(IntegrityError):
        _ = dataset("10.6084/m9.figshare.14763051.v2", fetcher=fetcher).files


def test_an_archive_that_pooch_cannot_ask_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def throttled(doi: str, **_: object) -> _Figshare:
        raise KeyError("files")

    monkeypatch.setattr("pooch.downloaders.doi_to_repository", throttled)
    with pytest.raises(MirrorError, match=r"cannot find out what 10\.7910/dvn/x holds"):
        other.described(Doi("10.7910/dvn/x"))


def test_a_manifest_with_addresses_and_no_doi(
    zenodo: LocalZenodo, fetcher: Fetcher, manifests: Callable[[str], Path]
) -> None:
    zenodo.files["/t.parquet"] = CONTENT
    text = manifest_of("x").replace("doi: x", "doi: 10.1000/182")
    manifests(text.replace("{name: table.parquet}", f"{{name: table.parquet, url: "
                                                    f"'{zenodo.origin}/t.parquet', "
                           f"sha256: {hashlib.sha256(CONTENT).hexdigest()}}}"))  # fmt: skip
    assert dataset("gluino-table", fetcher=fetcher).path.read_bytes() == CONTENT


def test_records_that_cannot_be_read_are_as_if_there_were_none(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    manifest = Manifest(
        name="x",
        title="",
        description="",
        available="archived",
        licence="",
        authors=(),
        files=(File(name="a"),),
    )
    recorded.save(cache, "10.1/x", manifest)
    assert recorded.load(cache, "10.1/x") == manifest
    assert recorded.load(cache, "10.1/y") is None
    next((tmp_path / "datasets").iterdir()).write_bytes(b"{")
    assert recorded.load(cache, "10.1/x") is None
