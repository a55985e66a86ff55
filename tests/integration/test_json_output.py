"""Every command that prints results has ``--json``, in one way."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from lhnets.cli import group

WITHOUT = {
    "lhnets cite": "prints BibTeX",
    "lhnets schema": "prints JSON anyway",
    "lhnets data schema": "prints JSON anyway",
    "lhnets serve": "runs until it is stopped",
    "lhnets train network": "writes a network file, whose card holds the results",
    "lhnets train table": "writes a network file, whose card holds the results",
    "lhnets train likelihood": "writes a network file, whose card holds the results",
    "lhnets import": "writes a network file, whose card holds the results",
}


def commands(
    at: click.Command, name: str, context: click.Context
) -> Iterator[tuple[str, click.Command]]:
    """Every command below ``at`` that does something itself, with its full name."""
    if not isinstance(at, click.Group):
        yield name, at
        return
    for word in at.list_commands(context):
        below = at.get_command(context, word)
        assert below is not None
        yield from commands(below, f"{name} {word}", context)


ALL = dict(commands(group, "lhnets", click.Context(group)))


@pytest.mark.parametrize("name", sorted(ALL.keys() - WITHOUT.keys()))
def test_a_command_that_prints_results_has_the_option(name: str) -> None:
    options = {option for p in ALL[name].params for option in p.opts}
    assert "--json" in options, f"{name}: add @json_option, and print its result with print_json"


def test_the_exceptions_exist_and_are_exceptions() -> None:
    assert WITHOUT.keys() <= ALL.keys()
    for name in WITHOUT:
        assert "--json" not in {option for p in ALL[name].params for option in p.opts}
