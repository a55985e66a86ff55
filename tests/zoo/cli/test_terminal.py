"""What reaches the terminal."""

from __future__ import annotations

import json

import pytest

from lhnets.cli.terminal import FilteredConsole, echo, print_json, table

HOSTILE = "a\x1b[8mb \x1b]52;c;eA==\x07 \x9b31m \u202ec \u200b"


def test_nothing_that_commands_print_steers_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = FilteredConsole(force_terminal=True, width=100, color_system="truecolor")
    rows = table("name", title="hostile")
    rows.add_row(HOSTILE)
    console.print(rows)
    console.print(f"[bold]styled[/] {HOSTILE.replace('[', '(')}")
    styled = capsys.readouterr().out
    assert "\x1b[1mstyled" in styled
    for steering in ("\x1b[8m", "\x1b]52", "\x9b", "\u202e", "\u200b", "\x07"):
        assert steering not in styled
    echo(HOSTILE)
    print_json({"text": HOSTILE})
    plain = capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in plain)
    assert json.loads(plain.partition("\n")[2]) == {"text": HOSTILE}
