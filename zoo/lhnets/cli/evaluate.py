"""`lhnets cs`, `br` … and `eval`: predictions on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
import numpy as np
from rich.markup import escape

from lhnets import _api
from lhnets._answers.display import shift_in_percent, speak_source
from lhnets._answers.prediction import Prediction
from lhnets._answers.shifts import Shift
from lhnets._asking.energy import speak_energy
from lhnets._running.outside import Outside
from lhnets.cli.terminal import console, json_option, print_json, table
from lhnets.errors import ParameterError

_COMMANDS = {
    "cs": (_api.CS, 'process, such as "p p > go go"'),
    "br": (_api.BR, 'decay, such as "h > b b~"'),
    "width": (_api.Width, 'decay, such as "h > b b~"'),
    "efficiency": (_api.Efficiency, "selection"),
    "likelihood": (_api.Likelihood, "model"),
    "loop-integral": (_api.LoopIntegral, "integral"),
    "observable": (_api.Observable, "observable"),
}


def _options(command: Any) -> Any:
    for option in (
        click.argument("assignments", nargs=-1, metavar="NAME=VALUE…"),
        click.option("--energy", help='centre-of-mass energy: "13 TeV", or a number in GeV'),
        click.option("--order", help='perturbative order, such as "LO"'),
        click.option(
            "--slha",
            type=click.Path(exists=True, dir_okay=False),
            help="take the parameters from an SLHA file",
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
        json_option,
    ):
        command = option(command)
    return command


def _asking(name: str, function: Callable[..., Prediction], what: str) -> click.Command:
    @click.command(
        name, help=f"{(function.__doc__ or '').partition(chr(10))[0]} SUBJECT is a {what}."
    )
    @click.argument("subject")
    @click.option("--network", help="NAME or NAME@VERSION, to choose the network yourself")
    @_options
    def command(
        subject: str,
        network: str | None,
        assignments: tuple[str, ...],
        energy: str | None,
        order: str | None,
        slha: str | None,
        outside: Outside,
        percent: bool,
        as_json: bool,
    ) -> None:
        params = _parameters(assignments, slha)
        prediction = function(
            subject, params, energy=energy, order=order, network=network, outside=outside
        )
        _print(prediction, params, as_json, percent)

    return command


ASKING = [_asking(name, *spec) for name, spec in _COMMANDS.items()]


@click.command("eval")
@click.argument("name")
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
    percent: bool,
    as_json: bool,
) -> None:
    """Evaluate the network NAME, NAME@VERSION or the network file whose path is given."""
    params = _parameters(assignments, slha)
    network = _api.load(name)
    prediction = network(params, energy=energy, order=order, output=output, outside=outside)
    _print(prediction, params, as_json, percent)


def _parameters(assignments: tuple[str, ...], slha: str | None) -> Any:
    if slha is not None:
        if assignments:
            raise ParameterError("give parameters either by --slha or as NAME=VALUE, not both")
        return slha
    return assignments_to_parameters(assignments)


def assignments_to_parameters(assignments: tuple[str, ...]) -> dict[str, float | np.ndarray]:
    """The parameters that NAME=VALUE… stands for: a number each, or an array of those that commas
    separate."""
    return dict(_assignment(a) for a in assignments)


def _assignment(text: str) -> tuple[str, float | np.ndarray]:
    name, equals, value = text.partition("=")
    try:
        numbers = [float(v) for v in value.split(",")]
    except ValueError:
        numbers = []
    if not (name and equals and numbers):
        raise ParameterError(
            f"cannot read {text!r}: expected NAME=VALUE, such as m_go=2000, or several values "
            "m_go=1000,1500,2000"
        )
    return name.strip(), numbers[0] if len(numbers) == 1 else np.array(numbers)


def _print(prediction: Prediction, params: Any, as_json: bool, percent: bool) -> None:
    if as_json:
        print_json(prediction.to_dict())
    elif isinstance(prediction.value, float):
        _print_point(prediction, percent)
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


def _print_points(prediction: Prediction, params: Any) -> None:
    names = [n for n, v in params.items() if np.ndim(v)] if isinstance(params, dict) else []
    components = prediction.components
    rows = table(
        *(f"{n}|right" for n in names),
        f"value [{prediction.unit}]|right",
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
