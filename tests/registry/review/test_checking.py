"""`lhnets check`: the whole admission on a file at hand, and nothing written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from lhnets.cli import group
from lhnets.errors import CardError, NetworkFileError
from lhnets.format import Truth
from lhnets_registry.location import Location
from lhnets_registry.review.checking import check

from ..author_card import GOOD, TEN, spoiled
from ..conftest import reference_at, sealed, small_model
from .test_checklist import CITED

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "check-a-network.md"
BLOCK = re.compile(r"(?<=<!-- transcript -->\n```console\n).*?(?=```\n)", re.DOTALL)
CITING = {
    "truth": Truth(program="formula", version="1", references=("A:2026",)),
    "references": CITED,
}
NAMED = {**CITING, "name": "toy-network-for-checks"}


@pytest.fixture
def lhnets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("LHNETS_STORE", str(tmp_path / "no-store"))
    return lambda *arguments: CliRunner().invoke(group, [str(a) for a in arguments])


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_good_file_fails_nothing_and_leaves_nothing(
    lhnets: Callable[..., Result], tmp_path: Path
) -> None:
    done = lhnets("check", written(tmp_path / "network.onnx", sealed(**NAMED)))
    assert done.exit_code == 0, done.output
    assert "toy-network-for-checks@1: nothing fails" in done.output
    assert [p.name for p in tmp_path.iterdir()] == ["network.onnx"]
    as_json = json.loads(lhnets("check", "--json", tmp_path / "network.onnx").output)
    assert {f["item"] for f in as_json["items"]} >= {
        "inputs",
        "licence",
        "sample_points",
        "uncertainty",
    }
    assert as_json["admission"]["findings"][0]["item"] == "size"


def test_a_bad_file_names_what_fails_and_exits_with_1(
    lhnets: Callable[..., Result], tmp_path: Path
) -> None:
    done = lhnets("check", written(tmp_path / "bad.onnx", sealed(small_model(slope=3.0), **NAMED)))
    assert done.exit_code == 1
    assert "reference_points" in done.output
    assert "Make the reference points from the exported file itself." in done.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x80\x04\x95", "a pickle"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"PK\x03\x04", "a zip archive"),
        (b"", "holds no graph"),
        (small_model().SerializeToString(), "lhnets.card is missing"),
    ],
)
def test_what_is_no_network_file_is_refused_without_a_traceback(
    lhnets: Callable[..., Result], tmp_path: Path, content: bytes, words: str
) -> None:
    done = lhnets("check", written(tmp_path / "model.onnx", content))
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert words in " ".join(done.output.split())


def test_ten_defects_of_a_card_are_ten_lines(lhnets: Callable[..., Result], tmp_path: Path) -> None:
    path = written(tmp_path / "card.yaml", spoiled(*TEN))
    done = lhnets("check", path)
    assert done.exit_code == 1
    assert "10 defects in card.yaml" in done.output
    found = json.loads(lhnets("check", "--json", path).output)["defects"]
    assert len(found) == 10
    assert all(d["line"] and d["remedy"] for d in found)


def test_the_transcript_in_the_documentation_is_what_is_printed(
    lhnets: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LHNETS_WRITE_TRANSCRIPT=1 writes it anew."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "card.yaml", spoiled(*TEN))
    shown = "$ lhnets check card.yaml\n" + lhnets("check", "card.yaml").output
    page = PAGE.read_text(encoding="utf-8")
    if os.environ.get("LHNETS_WRITE_TRANSCRIPT"):
        PAGE.write_text(BLOCK.sub(lambda _: shown, page, count=1), encoding="utf-8")
    found = BLOCK.search(PAGE.read_text(encoding="utf-8"))
    assert found
    assert found[0] == shown


def test_a_good_card_says_what_is_still_to_come(
    lhnets: Callable[..., Result], tmp_path: Path
) -> None:
    done = lhnets("check", written(tmp_path / "card.yaml", GOOD))
    assert done.exit_code == 0
    assert "there is no network file yet" in done.output


def test_names_and_versions_of_the_store_are_compared(store_folder: Path, tmp_path: Path) -> None:
    from lhnets_registry import publish

    publish(written(tmp_path / "first.onnx", sealed(**NAMED)), store_folder)
    other = check(written(tmp_path / "other.onnx", sealed(**NAMED, title="Another")), store_folder)
    assert [f.item for f in other.failures] == ["version"]
    alike = sealed(**(NAMED | {"name": "toy-network-for-cheks"}))
    assert check(written(tmp_path / "alike.onnx", alike), store_folder)["name"].outcome == "fail"
    assert check(tmp_path / "first.onnx", store_folder).failures == ()


def test_a_table_measures_the_coverage(lhnets: Callable[..., Result], tmp_path: Path) -> None:
    """The stated truth is the network's own value: everything is covered, far more than 68 %."""
    x = np.random.default_rng(1).uniform([500.0, 500.0], [1500.0, 3000.0], (400, 2))
    sigma = reference_at(small_model().SerializeToString(), x).outputs["value"]
    columns = {"m_go": x[:, 0], "m_sq": x[:, 1], "sigma": np.ravel(sigma)}
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    path = written(tmp_path / "network.onnx", sealed(**NAMED))
    for command in ("check", "publish"):
        done = lhnets(
            command, path, "--table", tmp_path / "rows.parquet", "--store", tmp_path / "no-store"
        )
        assert done.exit_code == 1
        assert "sigma 100.0% in 68% of 400 rows" in " ".join(done.output.split())
    assert not (tmp_path / "no-store").exists()


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    nowhere = Location.of(tmp_path / "store")
    with pytest.raises(NetworkFileError, match="cannot read"):
        check(tmp_path / "absent.onnx", nowhere)
    with pytest.raises(CardError, match="cannot read"):
        check(tmp_path / "absent.yaml", nowhere)
    with pytest.raises(NetworkFileError, match="cannot read"):
        check(written(tmp_path / "good.onnx", sealed()), nowhere, table=tmp_path / "absent.parquet")
    assert not (tmp_path / "store").exists()
