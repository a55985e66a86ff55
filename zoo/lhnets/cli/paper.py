"""`lhnets verify-paper`: are the numbers of a paper still the same."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from msgspec import structs
from rich.markup import escape

from lhnets._api.reproduce import Reproduced, verify_paper
from lhnets.cli.terminal import console, json_option, print_json, table


@click.command("verify-paper")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@json_option
def verify_numbers(file: Path, as_json: bool) -> None:
    """Compute the numbers of a paper again, from the lines of prediction.reproduce() in FILE.

    The lines may stand in any text, such as the comments of a LaTeX file. It exits with 1 if a
    number is not the same any more.
    """
    found = verify_paper(file)
    if as_json:
        print_json([{"passed": r.passed, **structs.asdict(r)} for r in found])
    else:
        _print(found)
    if not all(r.passed for r in found):
        sys.exit(1)


def _print(found: list[Reproduced]) -> None:
    rows = table("line|right", "network", "verdict", "difference|right", "")
    for r in found:
        colour = "green" if r.passed else "bold red"
        difference = f"{r.difference:.1e}" if r.difference == r.difference else ""
        rows.add_row(
            str(r.line),
            escape(r.network),
            f"[{colour}]{r.verdict}[/]",
            difference,
            escape(r.reason),
        )
    console.print(rows)
    console.print(f"{sum(r.passed for r in found)} of {len(found)} numbers are the same")
