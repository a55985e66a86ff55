"""`lhnets list`: what there is, a table for each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby

import click
from rich.markup import escape

from lhnets._api.networks import search
from lhnets._asking.classes import speak_classes
from lhnets._finding import zoo as _zoo
from lhnets._finding.search import KINDS, energies_of, orders_of
from lhnets.cli.terminal import console, json_option, print_json, table
from lhnets.format import Entry, Kind

MOST_NAMED = 3
"""Subjects or parameters of a network that a row names; it counts the others."""

_COLUMNS: dict[str, Callable[[Entry], str]] = {
    "computes": lambda entry: _some(speak_classes(entry.subjects), "; "),
    "order": lambda entry: ", ".join(orders_of(entry)[-1:]),
    "energy": lambda entry: ", ".join(energies_of(entry)),
    "from": lambda entry: _some([i.name for i in entry.inputs], ", "),
}


@click.command("list")
@click.argument("words", nargs=-1)
@click.option("--kind", type=click.Choice(KINDS), help="only networks of this kind")
@click.option("--process", help='only networks that compute this process, such as "p p > go go"')
@json_option
def list_(words: tuple[str, ...], kind: Kind | None, process: str | None, as_json: bool) -> None:
    """The networks there are; WORDS must all stand in name, title, subject or parameters.

    In what they compute, q is any light quark, sq any light squark, l an electron or muon, slep
    their partners and snu any sneutrino, of either charge; `lhnets show NAME` has them one by one.
    """
    found = search(" ".join(words), kind=kind, process=process)
    if as_json:
        print_json(found.to_dicts())
        return
    in_order = sorted(found, key=lambda entry: (entry.kind, entry.name))
    for name, entries in groupby(in_order, key=lambda entry: entry.kind):
        _print_kind(name, list(entries))
    console.print(f"{len(found)} network{'' if len(found) == 1 else 's'}{escape(_sources(found))}")


def _print_kind(kind: Kind, entries: Sequence[Entry]) -> None:
    """A table of networks of one kind, without the columns that are empty for all of them."""
    columns = {head: [cell(e) for e in entries] for head, cell in _COLUMNS.items()}
    columns = {head: cells for head, cells in columns.items() if any(cells)}
    rows = table(
        "network", *columns, "mean error|right", title=f"[bold]{kind.replace('_', ' ')}[/]"
    )
    for k, entry in enumerate(entries):
        cells = (escape(column[k]) for column in columns.values())
        rows.add_row(entry.identity, *cells, f"{entry.score:.1e}")
    console.print(rows)
    console.print()


def _some(texts: Sequence[str], separator: str) -> str:
    """The first of some texts, and how many more there are."""
    if len(texts) <= MOST_NAMED + 1:
        return separator.join(texts)
    return f"{separator.join(texts[:MOST_NAMED])} and {len(texts) - MOST_NAMED} more"


def _sources(entries: Sequence[Entry]) -> str:
    """How many of the entries each mirror gives, where there is more than the bundled one."""
    zoo = _zoo.default()
    if len(zoo.mirrors) == 1:
        return ""
    counts = Counter(zoo.sources(e)[0].name for e in entries)
    return ": " + ", ".join(f"{n} from {name}" for name, n in counts.items())
