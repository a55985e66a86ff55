import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from lhnets._fetching.mirror import BUNDLED
from lhnets.format import (
    AnyValidation,
    Card,
    Check,
    Index,
    LabelNoise,
    Validation,
    card_path,
)
from lhnets_training.judging import zoo_table
from lhnets_training.judging.zoo_table import HEADINGS, ZooLine, duration, main


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo_table, "REPEATS", 1)
    monkeypatch.setattr(zoo_table, "SECONDS", 1e-4)


def cards() -> list[Card]:
    entries = Index.from_json((BUNDLED / "index.json").read_bytes(), "bundled").networks
    return [Card.from_json((BUNDLED / card_path(e.name, e.version)).read_bytes()) for e in entries]


def figures(v: AnyValidation) -> tuple[str, str, str]:
    """Mean, worst and the baseline's mean; or the one figure and that of the baseline."""
    if isinstance(v, Validation):
        assert v.baseline
        return (f"{v.mean:.1e}", f"{v.max:.1e}", f"{v.baseline.mean:.1e}")
    own = v.headline
    assert own
    assert own.baseline
    return (f"{own.value:.3g}", "", f"{own.baseline.value:.3g}")


def test_every_bundled_network_has_a_line_with_the_figures_of_its_card() -> None:
    found = CliRunner().invoke(main, ["--markdown"], catch_exceptions=False)
    assert found.exit_code == 0
    head, rule, *rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in found.output.splitlines()
    ]
    assert head == list(HEADINGS)
    assert set(rule) == {"---"}
    assert [row[0] for row in rows] == [c.identity for c in cards()]
    for row, card in zip(rows, cards(), strict=True):
        named = dict(zip(HEADINGS, row, strict=True))
        assert named["inputs"].partition(" ")[0] == str(len(card.inputs))
        assert named["rows"] == str(card.data.rows)
        shown = (named["mean"], named["worst"], named["baseline mean"])
        assert shown == figures(card.validation)
        assert named["checks"] == f"{len(card.checks)} of {len(card.checks)}"
        assert re.fullmatch(r"[\d.e+]+ (us|ms)", named["network"])


def test_the_terminal_shows_whole_names() -> None:
    found = CliRunner().invoke(main, [], catch_exceptions=False)
    assert found.exit_code == 0
    assert all(c.identity in found.output for c in cards())


def test_a_failed_check_counts_and_a_truth_without_time_stays_empty() -> None:
    card = cards()[0]
    failed = Check(name="falls", passed=False, figure="3 rising steps", criterion="none")
    timeless = msgspec.structs.replace(card.truth, seconds_per_label=None)
    line = ZooLine(
        msgspec.structs.replace(card, checks=(*card.checks, failed), truth=timeless), 8.5e-6
    )
    named = dict(zip(HEADINGS, line.cells, strict=True))
    assert line.failed
    assert named["checks"] == f"{len(card.checks)} of {len(card.checks) + 1}"
    assert named["truth"] == ""
    assert named["network"] == "8.5 us"


def test_inputs_that_are_not_free_are_counted_apart() -> None:
    of = {c.name: ZooLine(c, 1e-6).cells[HEADINGS.index("inputs")] for c in cards()}
    assert of["cs-chargino-neutralino-lo"] == "11 (8 free)"
    assert of["cs-zprime-lo"] == "5"
    assert of["classifier-top-qcd"] == "2"


def test_the_noise_of_labels_has_its_columns() -> None:
    card = cards()[0]
    noise = LabelNoise(rows=300, rms=9e-3, beyond=0.0, at_most=1.4e-3, q997=5e-3)
    validation = msgspec.structs.replace(card.validation, label_noise=noise)
    named = dict(
        zip(
            HEADINGS,
            ZooLine(msgspec.structs.replace(card, validation=validation), 1e-6).cells,
            strict=True,
        )
    )
    assert named["noise"] == "9.0e-03"
    assert named["beyond"] == "0.0e+00 (< 1.4e-03)"
    assert named["limit"] == "<= 1e-3 beyond noise: open"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(8.5e-6, "8.5 us"), (2e-4, "0.2 ms"), (0.031, "31 ms"), (1.3, "1.3 s"), (150, "2.5 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_folder_that_is_no_mirror(tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["--mirror", str(tmp_path)])
    assert found.exit_code == 1
    assert "index.json" in found.output
