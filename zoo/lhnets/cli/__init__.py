"""The command `lhnets`. Commands of the other parts of lhnets are found through entry points."""

from __future__ import annotations

import sys

import click

from lhnets.cli.browse import schema, show
from lhnets.cli.compare import compare_networks
from lhnets.cli.completion import install_completion
from lhnets.cli.difference import diff
from lhnets.cli.doctor import doctor
from lhnets.cli.evaluate import ASKING, evaluate
from lhnets.cli.events import EVENT_COMMANDS, generate
from lhnets.cli.files import cite, fetch, lock, seal, verify
from lhnets.cli.listing import list_
from lhnets.cli.native import compile_, export
from lhnets.cli.paper import verify_numbers
from lhnets.cli.scan import scan
from lhnets.cli.terminal import fail, tell_warnings
from lhnets.errors import Error
from lhnets.extras import COMMANDS_GROUP, added, load_added


class CommandGroup(click.Group):
    """Commands, and those that the extras add to them.

    Attributes
    ----------
    adds_from : str
        The group of entry points that are added.
    """

    adds_from = COMMANDS_GROUP

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in alphabetical order."""
        return sorted({*super().list_commands(ctx), *added(self.adds_from)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; where its extra is absent, one that says so when it is run."""
        own = super().get_command(ctx, cmd_name)
        entry_point = None if own else added(self.adds_from).get(cmd_name)
        if entry_point is None:
            return own
        try:
            return load_added(entry_point)  # type: ignore[no-any-return]
        except Error as error:
            return _absent(cmd_name, error)


def _absent(name: str, error: Error) -> click.Command:
    @click.command(
        name,
        short_help="(its extra is not installed)",
        context_settings={"ignore_unknown_options": True},
    )
    @click.argument("arguments", nargs=-1)
    def absent(arguments: tuple[str, ...]) -> None:
        raise error

    return absent


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lhnets")
@click.option(
    "--install-completion",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=install_completion,
    help="Let the shell complete commands, networks, processes and parameters.",
)
def group() -> None:
    """Trained networks for particle-physics phenomenology."""


for command in (
    list_,
    show,
    schema,
    *ASKING,
    evaluate,
    compare_networks,
    scan,
    *EVENT_COMMANDS,
    generate,
    compile_,
    export,
    fetch,
    verify,
    verify_numbers,
    seal,
    cite,
    lock,
    doctor,
    diff,
):
    group.add_command(command)


def main() -> None:
    """Entry point: lhnets' own errors are printed, without a traceback, and exit with 1."""
    tell_warnings()
    try:
        group()
    except Error as error:
        fail(error)
        sys.exit(1)
