"""`lhnets diff`: how two versions of a network differ."""

from __future__ import annotations

import click
from rich.markup import escape

from lhnets._api.difference import NetworkDifference, Point, find_difference
from lhnets._api.networks import load
from lhnets.cli.completion import complete_networks
from lhnets.cli.terminal import console, json_option, print_json, table

_SHOWN = 15


@click.command()
@click.argument("first", shell_complete=complete_networks)
@click.argument("second", shell_complete=complete_networks)
@click.option(
    "--points",
    default=20_000,
    show_default=True,
    type=click.IntRange(100, 1_000_000),
    help="how many points are asked",
)
@json_option
def diff(first: str, second: str, points: int, as_json: bool) -> None:
    """Show where and by how much two networks differ: values, uncertainties and regions.

    Such as two versions: `lhnets diff cs-gluino-pair-lo@1 cs-gluino-pair-lo@2`. Both are asked at
    the same random points of the box that holds both ranges.
    """
    found = find_difference(load(first), load(second), points)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: NetworkDifference) -> None:
    first, second = found.networks
    console.print(
        f"{found.points} points: {found.inside_both:.1%} inside both, {found.only_first:.1%} only "
        f"inside {first}, {found.only_second:.1%} only inside {second}",
        highlight=False,
    )
    for network, point in ((second, found.gained), (first, found.lost)):
        if point is not None:
            console.print(f"only inside {network}: {escape(_say(point))}", highlight=False)
    if found.ranges:
        ranges = table("input", first, second)
        for name, (old, new) in found.ranges.items():
            ranges.add_row(escape(name), *(f"{low:g} to {high:g}" for low, high in (old, new)))
        console.print(ranges)
    _print_outputs(found)
    if found.changes:
        changes = table("card", first, second)
        for name, (before, after) in found.changes.items():
            changes.add_row(name, escape(before), escape(after))
        console.print(changes)


def _print_outputs(found: NetworkDifference) -> None:
    columns = ("median", "95 %", "largest", "beyond both 1 σ", "uncertainty")
    rows = table("output", *(f"{c}|right" for c in columns), "largest at")
    for o in found.outputs[:_SHOWN]:
        figures = (f"{o.median:.1e}", f"{o.q95:.1e}", f"{o.largest:.1e}", f"{o.beyond:.1%}")
        rows.add_row(
            escape(o.output), *figures, f"× {o.uncertainty_ratio:.2g}", escape(_say(o.where))
        )
    console.print(rows)
    if len(found.outputs) > _SHOWN:
        console.print(f"and {len(found.outputs) - _SHOWN} more outputs: --json prints all")
    for network, names in zip(found.networks, found.only_in, strict=True):
        if names:
            console.print(f"only {network} has {escape(', '.join(names))}", highlight=False)


def _say(point: Point) -> str:
    return " ".join(f"{name}={value:.4g}" for name, value in point.items())
