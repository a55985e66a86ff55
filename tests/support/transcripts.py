"""What one types, and what one sees, for the pages that show it; LHNETS_WRITE_TRANSCRIPT=1 writes
the pages anew."""

import contextlib
import io
import os
import re
import shlex
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from click.testing import CliRunner

from lhnets.cli import group

BLOCK = re.compile(r"(?<=<!-- transcript -->\n```console\n).+?(?=```\n)", re.DOTALL)


class Transcript:
    """Commands and their output.

    Parameters
    ----------
    replaced
        what differs between two runs, such as ports and folders, and what is shown instead.
    """

    def __init__(self, replaced: Mapping[str, str]) -> None:
        self.text = ""
        self._replaced = {**replaced, date.today().isoformat(): "2026-11-21"}

    def run(self, command: str, typed: str = "") -> str:
        """Run a command of lhnets, which must succeed; gives what it printed."""
        result = CliRunner().invoke(group, shlex.split(command)[1:], input=typed and typed + "\n")
        assert result.exit_code == 0, result.output
        self._add(command, result.output)
        return result.output

    def python(self, code: str) -> None:
        """Run a line of Python."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, {})
        self._add(f"python -c '{code}'", printed.getvalue())

    def note(self, text: str) -> None:
        """Tell what happens."""
        self.text += f"\n# {text}\n"

    def type(self, command: str) -> None:
        """A command of the shell that prints nothing."""
        self.text += f"$ {command}\n"

    def held_by(self, page: Path) -> bool:
        """Whether the page shows this transcript, after it was written anew if that is asked."""
        if os.environ.get("LHNETS_WRITE_TRANSCRIPT"):
            page.write_text(BLOCK.sub(lambda _: self.text, page.read_text(), count=1))
        return BLOCK.findall(page.read_text()) == [self.text]

    def _add(self, command: str, shown: str) -> None:
        for old, new in self._replaced.items():
            shown, command = shown.replace(old, new), command.replace(old, new)
        self.text += f"$ {command}\n" + "".join(f"{line.rstrip()}\n" for line in shown.splitlines())
