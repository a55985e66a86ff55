"""The pages as files: complete, deterministic, incremental, and nothing links to what is not
there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
import toy_events

from lhnets.format import Index
from lhnets_registry import catalogue
from lhnets_registry.catalogue import site as pages
from lhnets_registry.mirror import export as mirror

Make = Callable[..., bytes]


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def links(page: Path) -> list[Path]:
    """The files that a page names, by relative addresses."""
    found = re.findall(r'(?:href|src)="([^"]+)"', page.read_text())
    local = [urldefrag(link)[0] for link in found if not urlsplit(link).scheme]
    return [(page.parent / link.partition("?")[0]).resolve() for link in local if link]


def test_every_link_leads_to_a_file_of_the_mirror_and_none_is_absolute(site: Path) -> None:
    for page in site.rglob("*.html"):
        for target in links(page):
            assert target.is_file(), (page, target)
            assert target.is_relative_to(site)
        assert 'href="/' not in page.read_text()


def test_pages_are_small(site: Path) -> None:
    for page in (site / "networks").rglob("*.html"):
        assert page.stat().st_size < 100_000, page


def test_the_search_file_has_every_network(site: Path) -> None:
    rows = json.loads((site / "assets" / "search.json").read_bytes())
    index = Index.from_json((site / "index.json").read_bytes(), "")
    assert [r["name"] for r in rows] == sorted({e.name for e in index.networks})
    gluino = next(r for r in rows if r["name"] == "cs-gluino-pair-lo")
    assert gluino["subject"] == "pp → g̃g̃"
    assert gluino["energies"] == ["7 TeV to 14 TeV"]
    assert gluino["framework"] == "torch"


def test_a_page_says_what_the_card_says(site: Path) -> None:
    page = (site / "networks" / "cs-gluino-pair-lo" / "index.html").read_text()
    for text in (
        "5.60×10⁻⁵",
        "8.16×10⁻⁴",
        "68.5 %",
        "gluino mass",
        "Beenakker:1996ch",
        "../../data/gluino-pair-lo/",
    ):
        assert text in page
    assert page.count("<math") > 5
    assert page.count("prediction / truth − 1</text>") == 4


def test_the_same_networks_give_the_same_bytes_and_a_second_run_writes_nothing(
    make: Make, put: Any, tmp_path: Path
) -> None:
    index = put((make(), "verified", ""))
    assert catalogue.write(tmp_path / "mirror", index) > 0
    before = files(tmp_path / "mirror")
    assert catalogue.write(tmp_path / "mirror", index) == 0
    assert files(tmp_path / "mirror") == before


def test_only_what_changed_is_written_and_the_result_is_that_of_a_fresh_export(
    make: Make, put: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    catalogue.write(folder, put((make(), "verified", "")))
    seen: list[str] = []
    page = folder / "networks" / "cs-gluino-pair-lo" / "index.html"
    kept = page.stat().st_mtime_ns
    other = make(name="cs-other", title="Another")
    index = put((make(), "verified", ""), (other, "verified", ""))
    written = catalogue.write(folder, index, lambda names: seen.extend(names) or names)  # type: ignore[func-returns-value]
    assert seen == ["cs-gluino-pair-lo", "cs-other"]
    assert page.stat().st_mtime_ns == kept
    assert 0 < written < 10
    grown = files(folder)
    for path in [
        p
        for p in folder.rglob("*")
        if p.is_file() and "blobs" not in p.parts and p.suffix != ".json"
    ]:
        path.unlink()
    (folder / "assets" / "catalogue.json").unlink()
    catalogue.write(folder, index)
    assert files(folder) == grown


def test_a_deleted_page_and_a_broken_state_are_mended(make: Make, put: Any, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    index = put((make(), "verified", ""))
    catalogue.write(folder, index)
    before = files(folder)
    (folder / "networks" / "cs-gluino-pair-lo" / "index.html").unlink()
    catalogue.write(folder, index)
    assert files(folder) == before
    (folder / "assets" / "catalogue.json").write_bytes(b"{")
    (folder / "assets" / "onnxruntime" / "ort-wasm-simd-threaded.wasm").write_bytes(b"short")
    catalogue.write(folder, index)
    assert files(folder) == before


def test_the_newest_verified_version_has_the_page_and_the_others_keep_theirs(
    make: Make, put: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    published = [
        (make(), "retracted", "the scale was wrong"),
        (make(slope=2.1, version=2), "verified", ""),
        (make(slope=2.2, version=3), "candidate", ""),
    ]
    catalogue.write(folder, put(*published))
    network = folder / "networks" / "cs-gluino-pair-lo"
    assert "cs-gluino-pair-lo@2" in (network / "index.html").read_text()
    assert 'href="1.html"' in (network / "index.html").read_text()
    assert "url=index.html" in (network / "2.html").read_text()
    retracted = (network / "1.html").read_text()
    assert "This version was retracted" in retracted
    assert "the scale was wrong" in retracted
    assert "A candidate" in (network / "3.html").read_text()

    catalogue.write(folder, put(published[0], published[1]))
    assert not (network / "3.html").exists()
    catalogue.write(folder, put(published[0]))
    assert "This version was retracted" in (network / "index.html").read_text()
    assert "retracted" in (folder / "index.html").read_text()


def test_pages_of_a_vanished_candidate_go_and_the_mirror_stays_whole(
    make: Make, put: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    catalogue.write(folder, put((make(), "verified", ""), (make(name="cs-other"), "candidate", "")))
    assert (folder / "networks" / "cs-other" / "index.html").is_file()
    catalogue.write(folder, put((make(), "verified", "")))
    assert not (folder / "networks" / "cs-other" / "index.html").exists()
    assert "cs-other" not in (folder / "index.html").read_text()


def test_long_lists_are_split_into_pages_for_readers_without_scripts(
    make: Make, put: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "FIRST_PAGE", 2)
    monkeypatch.setattr(pages, "PER_PAGE", 2)
    folder = tmp_path / "mirror"
    published = [(make(name=f"cs-{k}", title=f"Network {k}"), "verified", "") for k in range(5)]
    catalogue.write(folder, put(*published))
    front = (folder / "index.html").read_text()
    assert front.count('class="result"') == 2
    assert "5 networks, the first 2 of them here" in front
    listed = "".join((folder / "list" / f"{k}.html").read_text() for k in (1, 2, 3))
    assert all(f"Network {k}<" in listed for k in range(5))
    catalogue.write(folder, put(*published[:2]))
    assert not (folder / "list" / "2.html").exists()


def test_an_event_network_has_a_page_without_sliders(put: Any, tmp_path: Path) -> None:
    catalogue.write(tmp_path / "mirror", put((toy_events.tagger(), "verified", "")))
    card = toy_events.tagger_card()
    page = (tmp_path / "mirror" / "networks" / card.name / "index.html").read_text()
    assert "that no slider can set" in page
    assert 'id="live"' not in page
    assert "ml.Classify(" in page
    assert "constituents" in page


def test_an_empty_mirror_has_a_front_page(tmp_path: Path) -> None:
    catalogue.write(tmp_path / "mirror", Index.of([]))
    assert "0 networks" in (tmp_path / "mirror" / "index.html").read_text()


def test_an_export_has_its_pages_before_its_index_names_them(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    wanted = pages.write

    def watched(folder: Path, index: Index, *args: Any) -> int:
        seen.append((folder / "index.json").exists())
        return wanted(folder, index, *args)

    monkeypatch.setattr(catalogue, "write", watched)
    monkeypatch.setattr(mirror, "_from_bundled", list)
    mirror.export(tmp_path / "mirror", tmp_path / "nothing")
    assert seen == [False]
    assert (tmp_path / "mirror" / "index.html").is_file()
    assert mirror.export(tmp_path / "bare", tmp_path / "nothing", pages=False).index.networks == ()
    assert not (tmp_path / "bare" / "index.html").exists()
