"""The reference of commands has every command that is installed."""

import re
from pathlib import Path

import pytest

from lhnets.extras import COMMANDS_GROUP, added

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")
def test_every_command_of_the_extras_is_on_the_page():
    shown = dict(re.findall(r"click:: (\S+)\n   :prog: lhnets (\S+)", PAGE.read_text()))
    expected = {e.value: e.name for e in added(COMMANDS_GROUP).values()}
    assert shown == expected
