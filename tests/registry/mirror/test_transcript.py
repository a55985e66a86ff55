"""The transcripts of docs/how-to/sign-a-mirror.md are what the commands print, but for keys and
days."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from lhnets.cli import group

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "sign-a-mirror.md"
BLOCK = re.compile(r"(?<=<!-- transcript -->\n```console\n).+?(?=```\n)", re.DOTALL)
VARYING = re.compile(
    r"\b[0-9a-f]{64}\b|\b[0-9a-f]{8}\b|\d{4}-\d\d-\d\d|\b\d+ (?=networks|files|kept)"
)


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")
def test_keys_are_made_replaced_and_revoked_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LHNETS_STORE", str(tmp_path / "store"))
    real: dict[str, str] = {}
    for block in BLOCK.findall(PAGE.read_text()):
        for part in block.split("$ ")[1:]:
            command, *expected = part.rstrip("\n").split("\n")
            typed = VARYING.sub(lambda m, real=real: real.get(m[0], m[0]), command)
            result = CliRunner().invoke(group, typed.split()[1:])
            shown = " ".join(result.output.split()) or f"error: {result.exception}"
            stated = " ".join(" ".join(expected).split())
            assert VARYING.sub("…", shown) == VARYING.sub("…", stated), result.output
            real |= dict(zip(VARYING.findall(stated), VARYING.findall(shown), strict=True))
