"""`lhnets cs`, `br` … and `eval`: predictions on the command line."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from rich.markup import escape

from lhnets._answers.display import shift_in_percent, speak_source
from lhnets._answers.likelihood import LikelihoodPrediction
from lhnets._answers.prediction import Prediction
from lhnets._answers.shifts import Shift
from lhnets._api import analyses, rates, theory
from lhnets._api.networks import load
from lhnets._asking.energy import speak_energy
from lhnets._running.outside import Outside
from lhnets.cli.asked import find_asked
from lhnets.cli.assignments import assignments_to_parameters
from lhnets.cli.completion import complete_assignments, complete_networks, complete_subjects
from lhnets.cli.terminal import console, echo, json_option, print_json, table
from lhnets.errors import Error, ParameterError
from lhnets.format import Card, Entry, Kind

STANDARD_INPUT = "-"

_COMMANDS: dict[str, tuple[Callable[..., Prediction], Kind, str]] = {
    "cs": (rates.CS, "cross_section", 'process, such as "p p > go go"'),
    "br": (rates.BR, "branching_ratio", 'decay, such as "h > b b~"'),
    "width": (rates.Width, "width", 'decay, such as "h > b b~"'),
    "efficiency": (analyses.Efficiency, "efficiency", "selection"),
    "likelihood": (analyses.Likelihood, "likelihood", "model"),
    "loop-integral": (theory.LoopIntegral, "loop_integral", "integral"),
    "observable": (theory.Observable, "observable", "observable"),
}


KINDS = {name: kind for name, (_, kind, _) in _COMMANDS.items()}
"""What each command asks for."""


class PrintOptions(NamedTuple):
    """How an answer is printed."""

    bare: bool
    percent: bool
    as_csv: bool
    as_json: bool


def _options(command: Any, kind: Kind | None = None) -> Any:
    for option in (
        click.argument(
            "assignments",
            nargs=-1,
            metavar="NAME=VALUE… | FILE.slha",
            shell_complete=complete_assignments(kind),
        ),
        click.option("--energy", help='centre-of-mass energy: "13 TeV", or a number in GeV'),
        click.option("--order", help='perturbative order, such as "LO"'),
        click.option(
            "--slha",
            type=click.Path(exists=True, dir_okay=False),
            help="take the parameters from an SLHA file; its path, or - for the standard input, "
            "does in place of NAME=VALUE as well",
        ),
        click.option(
            "--outside",
            type=click.Choice(["raise", "nan", "warn"]),
            default="raise",
            show_default=True,
            help="what to do with points outside the training region",
        ),
        click.option(
            "--percent", is_flag=True, help="write the uncertainties in per cent of the value"
        ),
        click.option("-0", "--bare", is_flag=True, help="print the value alone, a line a point"),
        click.option("--csv", "as_csv", is_flag=True, help="print comma-separated values"),
        json_option,
    ):
        command = option(command)
    return command


def _asking(name: str, function: Callable[..., Prediction], kind: Kind, what: str) -> click.Command:
    @click.command(
        name, help=f"{(function.__doc__ or '').partition(chr(10))[0]} SUBJECT is a {what}."
    )
    @click.argument("subject", shell_complete=complete_subjects(kind))
    @click.option(
        "--network",
        help="NAME or NAME@VERSION, to choose the network yourself",
        shell_complete=complete_networks,
    )
    @partial(_options, kind=kind)
    def command(
        subject: str,
        network: str | None,
        assignments: tuple[str, ...],
        energy: str | None,
        order: str | None,
        slha: str | None,
        outside: Outside,
        **shown: bool,
    ) -> None:
        params = _parameters(assignments, slha, partial(find_asked, kind, subject, network))
        prediction = function(
            subject, params, energy=energy, order=order, network=network, outside=outside
        )
        _print(prediction, params, PrintOptions(**shown))

    return command


ASKING = [_asking(name, *spec) for name, spec in _COMMANDS.items()]


@click.command("eval")
@click.argument("name", shell_complete=complete_networks)
@click.option("--output", help="output by its name; the default output otherwise")
@_options
def evaluate(
    name: str,
    output: str | None,
    assignments: tuple[str, ...],
    energy: str | None,
    order: str | None,
    slha: str | None,
    outside: Outside,
    **shown: bool,
) -> None:
    """Evaluate the network NAME, NAME@VERSION or the network file whose path is given."""
    network = load(name)
    params = _parameters(assignments, slha, lambda: [network.card])
    prediction = network(params, energy=energy, order=order, output=output, outside=outside)
    _print(prediction, params, PrintOptions(**shown))


def _parameters(
    assignments: tuple[str, ...], slha: str | None, asked: Callable[[], Sequence[Entry | Card]]
) -> Any:
    """What the command line gives; ``asked`` finds the networks whose units count."""
    if slha is None and len(assignments) == 1 and _is_file(assignments[0]):
        slha, assignments = assignments[0], ()
    if slha == STANDARD_INPUT:
        slha = sys.stdin.read()
    if slha is not None:
        if assignments:
            raise ParameterError(
                "give parameters either as an SLHA file or as NAME=VALUE, not both"
            )
        return slha
    return assignments_to_parameters(assignments, lambda name: _unit(name, asked()))


def _is_file(text: str) -> bool:
    return text == STANDARD_INPUT or ("=" not in text and Path(text).is_file())


def _unit(name: str, asked: Sequence[Entry | Card]) -> str | None:
    """The unit of an input, if all networks that are asked agree on it."""
    units = {i.unit for network in asked for i in network.inputs if i.name == name}
    return units.pop() if len(units) == 1 else None


def _print(prediction: Prediction, params: Any, shown: PrintOptions) -> None:
    if shown.as_json:
        print_json(prediction.to_dict())
    elif shown.bare:
        for value in np.ravel(prediction.value):
            echo(repr(float(value)))
    elif shown.as_csv:
        _print_csv(prediction, params)
    elif isinstance(prediction.value, float):
        _print_point(prediction, shown.percent)
    else:
        _print_points(prediction, params)


def _print_point(prediction: Prediction, percent: bool) -> None:
    console.print(f"[bold]{escape(prediction.to_text(percent=percent))}[/]", highlight=False)
    rows = table("", "")
    missing = prediction.card.truth.no_uncertainty
    if prediction.components:
        up, down = prediction.total()
        total = shift_in_percent(Shift(up, down), float(prediction.value))
        rows.add_row("all sources", f"{total} (68 %, in quadrature)")
    if missing:
        rows.add_row("of the truth", escape(missing))
    rows.add_row("network", prediction.network)
    rows.add_row("computes", escape(prediction.output.meaning))
    if prediction.energy:
        rows.add_row("energy", speak_energy(prediction.energy))
    if prediction.conditions:
        rows.add_row("conditions", escape(prediction.conditions))
    rows.add_row("reach", f"{prediction.reach:.3f} (at most 1 inside the training region)")
    for note in prediction.notes:
        rows.add_row("note", escape(note))
    console.print(rows)
    if isinstance(prediction, LikelihoodPrediction):
        _print_limits(prediction)


def _print_limits(likelihood: LikelihoodPrediction) -> None:
    """CLs and upper limits on the signal strength, or why the network cannot tell them."""
    rows = table("at 95 %", "observed|right", "expected|right")
    for name, ask in (("CLs at mu = 1", "cls"), ("upper limit on mu", "upper_limit")):
        told = [_number(likelihood, ask, expected) for expected in (False, True)]
        rows.add_row(name, *told)
    console.print(rows)


def _number(likelihood: LikelihoodPrediction, ask: str, expected: bool) -> str:
    try:
        return f"{float(getattr(likelihood, ask)(expected=expected)):.4g}"
    except Error as error:
        return escape(str(error))


def _print_csv(prediction: Prediction, params: Any) -> None:
    """A line a point: the inputs that vary, value, uncertainty, shifts by source, reach."""
    names = _varying(params)
    sources = prediction.components
    heads = [f"{speak_source(s)} {side}" for s in sources for side in ("up", "down")]
    columns = np.broadcast_arrays(
        *(params[n] for n in names),
        prediction.value,
        prediction.uncertainty,
        *(part for shift in sources.values() for part in shift),
        prediction.reach,
    )
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    unit = "" if prediction.unit == "1" else f" [{prediction.unit}]"
    lines.writerow([*names, f"value{unit}", "uncertainty", *heads, "reach"])
    lines.writerows(zip(*(np.ravel(c).tolist() for c in columns), strict=True))
    echo(text.getvalue(), nl=False)


def _varying(params: Any) -> list[str]:
    return [n for n, v in params.items() if np.ndim(v)] if isinstance(params, dict) else []


def _print_points(prediction: Prediction, params: Any) -> None:
    names = _varying(params)
    components = prediction.components
    rows = table(
        *(f"{n}|right" for n in names),
        escape(f"value [{prediction.unit}]") + "|right",
        "network|right",
        *(f"{escape(speak_source(n))}|right" for n in components),
        "reach|right",
    )
    shifts = [part for shift in components.values() for part in shift]
    columns = np.broadcast_arrays(
        prediction.value,
        prediction.uncertainty,
        prediction.reach,
        *(params[n] for n in names),
        *shifts,
    )
    for value, uncertainty, reach, *others in zip(*(c.ravel() for c in columns), strict=True):
        inputs, parts = others[: len(names)], others[len(names) :]
        pairs = zip(parts[::2], parts[1::2], strict=True)
        rows.add_row(
            *(f"{x:g}" for x in inputs),
            f"{value:.6g}",
            f"{uncertainty:.2g}",
            *(shift_in_percent(Shift(up, down), value) for up, down in pairs),
            f"{reach:.3f}",
        )
    console.print(rows)
    for line in (f"{prediction.network}: {prediction.conditions}", *prediction.notes):
        console.print(escape(line))
