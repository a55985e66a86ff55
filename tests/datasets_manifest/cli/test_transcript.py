"""The transcript in docs/how-to/deposit.md is what the commands print; LHNETS_WRITE_TRANSCRIPT=1
writes it anew."""

import hashlib
import re
from pathlib import Path

import pytest
from local_zenodo import LocalZenodo
from transcripts import Transcript

from lhnets.cli.terminal import console
from lhnets_datasets.library import collection as library

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "deposit.md"
OLD = b"m_go,sigma\n1000,0.385\n2000,0.001011\n"
NEW = OLD + b"3000,0.000000873\n"
MANIFEST = """name: my-table
title: A table of gluino-pair cross sections
description: Three columns would be better.
available: bundled
licence: CC-BY-4.0
authors: [{{name: "Doe, Jane", orcid: 0000-0002-1825-0097}}]
files: [{{name: my-table.csv, size: {size}, sha256: {sha256}}}]
rows: {rows}
columns:
  - {{name: m_go, unit: GeV, meaning: gluino mass, role: input}}
  - {{name: sigma, unit: pb, meaning: cross section, role: target}}
"""


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")
def test_deposit_publish_download_new_version_and_both_downloads(
    zenodo: LocalZenodo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(console, "width", 110)
    monkeypatch.setenv("LHNETS_DEPOSITS", str(tmp_path / "ledger"))
    monkeypatch.setattr(library, "data_file", lambda name: own / name)
    transcript = Transcript({zenodo.origin: "http://127.0.0.1:8123", f"{tmp_path}/": ""})

    def write(content: bytes) -> None:
        (own / "my-table.csv").write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        text = MANIFEST.format(size=len(content), sha256=sha256, rows=content.count(b"\n") - 1)
        (own / "my-table.yaml").write_text(text)

    def deposited(options: str) -> str:
        monkeypatch.setenv("LHNETS_MANIFESTS", str(own))
        printed = transcript.run(f"lhnets data deposit my-table {options}", typed="my-table")
        monkeypatch.delenv("LHNETS_MANIFESTS")
        return re.findall(r"published: (\S+)", printed)[0]

    write(OLD)
    monkeypatch.setenv("LHNETS_MANIFESTS", str(own))
    transcript.run("lhnets data deposit my-table")
    first = deposited("--publish")
    transcript.note("on another machine, by the new DOI")
    transcript.run(f"lhnets data get {first} --to first")
    transcript.note("the table has a row more now")
    write(NEW)
    second = deposited("--publish --new-version")
    transcript.note("both versions stay")
    transcript.run(f"lhnets data get {second} --to second")
    transcript.run(f"lhnets data get {first} --to first")
    transcript.run(f"lhnets data verify {first} {second}")
    assert (tmp_path / "first" / "my-table.csv").read_bytes() == OLD
    assert (tmp_path / "second" / "my-table.csv").read_bytes() == NEW
    for content in (OLD, NEW):
        assert hashlib.sha256(content).hexdigest()[:16] in transcript.text
        assert hashlib.md5(content).hexdigest()[:16] in transcript.text
    assert transcript.held_by(PAGE)
