"""`lhnets compare`: several networks asked the same."""

from __future__ import annotations

import click
import numpy as np
from rich.markup import escape

from lhnets._answers.comparison import Comparison
from lhnets._api.compare import compare, find_networks
from lhnets.cli.assignments import assignments_to_parameters
from lhnets.cli.completion import complete_networks
from lhnets.cli.terminal import console, json_option, print_json, table
from lhnets.errors import ParameterError

_SHOWN = 20
"""Points in the table."""


@click.command("compare")
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="NETWORK NETWORK… | PROCESS  NAME=VALUE…",
    shell_complete=complete_networks,
)
@click.option("--energy", help='centre-of-mass energy: "13 TeV", or a number in GeV')
@click.option("--order", help='perturbative order, such as "LO"')
@json_option
def compare_networks(
    words: tuple[str, ...], energy: str | None, order: str | None, as_json: bool
) -> None:
    """Ask several networks the same, and see how far each is from the first.

    Networks are given by name or path; or all that compute a PROCESS, such as "p p > go go". Each
    network gets the parameters that it takes. Where one has no answer, the cell says nan.
    """
    names = [w for w in words if "=" not in w]
    if not names:
        raise ParameterError(
            "name the networks to compare, or a process: lhnets compare NETWORK NETWORK NAME=VALUE"
        )
    whole_process = len(names) == 1 and ">" in names[0]
    networks = find_networks(names[0] if whole_process else names)
    units = {i.name: i.unit for n in networks for i in n.card.columns}
    params = assignments_to_parameters(tuple(w for w in words if "=" in w), units.get)
    found = compare(names[0] if whole_process else networks, params, energy=energy, order=order)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)


def _print(found: Comparison) -> None:
    for number, label in enumerate(found.labels, start=1):
        console.print(f"[bold]{number}[/] {escape(label)}", highlight=False)
    for name, reason in found.left_out.items():
        console.print(f"  left out: {escape(name)}: {escape(reason)}", highlight=False)
    first, *others = found.predictions
    unit = "" if first.unit == "1" else f" [{first.unit}]"
    shown = {n: np.ravel(np.broadcast_to(v, first.shape)) for n, v in first.params.items()}
    varying = {n: v for n, v in shown.items() if v.size and np.any(v != v[0])}
    rows = table(
        *(f"{name}|right" for name in varying),
        f"1{escape(unit)}|right",
        *(f"{k} over 1, minus 1|right" for k in range(2, len(others) + 2)),
    )
    values = np.ravel(first.value)
    differences = [np.ravel(d) for d in found.differences[1:]]
    for k in range(min(len(values), _SHOWN)):
        rows.add_row(
            *(f"{column[k]:g}" for column in varying.values()),
            f"{values[k]:.6g}",
            *(f"{100 * d[k]:+.3g} %" if np.isfinite(d[k]) else "nan" for d in differences),
        )
    console.print()
    console.print(rows)
    if len(values) > _SHOWN:
        console.print(f"and {len(values) - _SHOWN} more points: --json prints all")
