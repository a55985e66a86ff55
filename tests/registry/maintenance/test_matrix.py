import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lhnets.cli import group
from lhnets_registry.errors import StoreError
from lhnets_registry.maintenance.matrix import read_matrix, write_page


def results(folder: Path, release: str, **passed: bool) -> Path:
    path = folder / f"{release}.json"
    rows = [
        {
            "target": "x",
            "identity": f"{name}@1",
            "passed": ok,
            "findings": [{"name": "value", "passed": ok, "figure": "3e-4 <b>"}],
        }
        for name, ok in passed.items()
    ]
    path.write_text(json.dumps(rows))
    return path


def test_releases_are_in_their_order_and_failures_are_told(tmp_path: Path) -> None:
    files = [results(tmp_path, "1.32.0", a=True, b=False), results(tmp_path, "1.9.2", a=True)]
    matrix = read_matrix(files)
    assert matrix.releases == ("1.9.2", "1.32.0")
    assert matrix.networks == {
        "a@1": {"1.32.0": "", "1.9.2": ""},
        "b@1": {"1.32.0": "value: 3e-4 <b>"},
    }
    assert matrix.failures == [("b@1", "1.32.0", "value: 3e-4 <b>")]
    write_page(matrix, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "3e-4 &lt;b&gt;" in page
    assert "<td>not tried</td>" in page


def test_the_command_fails_if_a_network_does(tmp_path: Path) -> None:
    good, bad = results(tmp_path, "1.31.0", a=True), results(tmp_path, "1.32.0", a=False)
    done = CliRunner().invoke(group, ["registry", "matrix", str(good), "--json"])
    assert (done.exit_code, json.loads(done.output)["releases"]) == (0, ["1.31.0"])
    page = tmp_path / "p.html"
    done = CliRunner().invoke(
        group, ["registry", "matrix", str(good), str(bad), "--page", str(page)]
    )
    assert (done.exit_code, page.exists()) == (1, True)
    assert "3e-4" in done.output


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(StoreError, match="expected the output of `lhnets verify --json`"):
        read_matrix([tmp_path / "x.json"])
