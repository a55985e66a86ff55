import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from local_zenodo import LocalZenodo

from lhnets import search
from lhnets._finding.zoo import default
from lhnets.cli import group
from lhnets_datasets.describing.metadata import SPDX
from lhnets_datasets.library import collection as library
from lhnets_datasets.library.manifest import Manifest

BUNDLED = [name for name, m in library.manifests().items() if m.available == "bundled"]
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LHNETS_DEPOSITS", str(tmp_path / "deposits"))

    def invoke(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(group, list(arguments), input=typed)

    return invoke


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("LHNETS_MANIFESTS", str(folder))
    monkeypatch.setattr(library, "data_file", lambda name: folder / name)

    def write(content: bytes) -> None:
        (folder / "gluino-table.csv").write_bytes(content)
        text = f"""name: gluino-table
title: Gluino pairs
description: A table.
available: bundled
licence: CC-BY-4.0
authors: [{{name: "Doe, Jane"}}]
files: [{{name: gluino-table.csv, size: {len(content)},
         sha256: {hashlib.sha256(content).hexdigest()},
         md5: {hashlib.md5(content).hexdigest()}}}]
"""
        (folder / "gluino-table.yaml").write_text(text)

    return write


def test_list_shows_rows_size_columns_licence_and_doi_of_every_set(run: Run) -> None:
    shown = run("data", "list").output
    for name, manifest in library.manifests().items():
        (line,) = (line for line in shown.splitlines() if line.split()[0] == name)
        assert (manifest.doi or "not archived yet") in line
        assert manifest.licence[:28] in line
        assert (f"{manifest.rows:,}" if manifest.rows is not None else "unknown") in line
    assert f"{len(library.manifests())} data sets" in shown
    assert "1 data set\n" in run("data", "list", "top-tagging-reference").output


@pytest.mark.parametrize("name", sorted(library.sources()))
def test_show_in_every_form(run: Run, name: str) -> None:
    assert name in run("data", "show", name).output
    assert Manifest.from_yaml(
        run("data", "show", name, "--yaml").output.encode(), name
    ) == library.get(name)
    assert json.loads(run("data", "show", name, "--croissant").output)["name"] == name
    assert json.loads(run("data", "show", name, "--datacite").output)["titles"]
    assert run("data", "show", name, "--bibtex").output.startswith("@misc{")


def test_get_path_and_verify(run: Run, zenodo: LocalZenodo, tmp_path: Path) -> None:
    record = zenodo.add_record({"a.txt": b"text", "b.txt": b"more"})
    assert run("data", "verify", record.doi).exit_code == 1
    got = run("data", "get", record.doi, "--to", str(tmp_path / "here"))
    assert got.exit_code == 0, got.output
    assert (tmp_path / "here" / "a.txt").read_bytes() == b"text"
    path = Path(run("data", "path", record.doi, "b.txt").output.strip())
    assert path.read_bytes() == b"more"
    assert run("data", "verify", record.doi).output.count("right") == 2
    path.write_bytes(b"MORE")
    spoilt = run("data", "verify", record.doi)
    assert spoilt.exit_code == 1
    assert "SHA-256 is not" in spoilt.output
    assert "no file 'c.txt'; it has a.txt, b.txt" in str(
        run("data", "path", record.doi, "c.txt").exception
    )


def test_describe_writes_both_descriptions_of_every_set(run: Run, tmp_path: Path) -> None:
    run("data", "describe", "--to", str(tmp_path / "out"))
    assert len(list((tmp_path / "out").iterdir())) == 2 * len(library.sources())


def test_schema(run: Run) -> None:
    assert "Manifest" in json.loads(run("data", "schema").output)["$defs"]


def test_a_deposit_is_a_draft_until_its_name_is_typed(
    run: Run, zenodo: LocalZenodo, own: Callable[[bytes], None]
) -> None:
    own(b"m_go\n2000\n")
    draft = run("data", "deposit", "gluino-table")
    assert draft.exit_code == 0, draft.output
    assert "a draft, to look at on http" in draft.output
    wrong = run("data", "deposit", "gluino-table", "--publish", typed="yes\n")
    assert wrong.exit_code == 1
    assert not any(d.submitted for d in zenodo.deposits.by_id.values())
    done = run("data", "deposit", "gluino-table", "--publish", typed="gluino-table\n")
    (number,) = zenodo.deposits.by_id
    assert f"published: 10.5281/zenodo.{number}" in done.output
    assert "doi written into gluino-table.yaml" in done.output
    assert f"10.5281/zenodo.{number}" in run("data", "list").output
    assert "nothing has changed since" in run("data", "deposit", "gluino-table").output
    assert zenodo.token not in draft.output + wrong.output + done.output


def test_a_network_is_deposited_with_its_card_and_linked_to_its_data(
    run: Run, zenodo: LocalZenodo
) -> None:
    cards = [default().card(e.identity) for e in search()]
    free = [c for c in cards if (m := library.find(c.data.name)) and SPDX.fullmatch(m.licence)]
    if not free:
        pytest.skip("no network is bundled whose data set may be archived")
    name, data = free[0].identity, free[0].data.name
    done = run("deposit", name, "--publish", typed=f"{name}\n")
    assert done.exit_code == 0, done.output
    (deposit,) = zenodo.deposits.by_id.values()
    stem = name.replace("@", "-")
    assert sorted(deposit.files) == [f"{stem}.json", f"{stem}.onnx"]
    assert deposit.files[f"{stem}.onnx"].md5 in done.output
    linked = run("data", "deposit", data)
    assert linked.exit_code == 0, linked.output
    (draft,) = (d for d in zenodo.deposits.by_id.values() if not d.submitted)
    assert {"identifier": deposit.doi, "relation": "isSourceOf"} in draft.metadata[
        "related_identifiers"
    ]
