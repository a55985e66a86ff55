"""`lhnets classify`, `anomaly-score`, `event-variable`, `unfold` and `generate`: events from a file
or a seed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.markup import escape

from lhnets._answers.event_prediction import EventPrediction
from lhnets._answers.prediction import Prediction
from lhnets._api.events import AnomalyScore, Classify, EventVariable, Generate, Unfold
from lhnets._asking.energy import ENERGY_INPUT
from lhnets._running.outside import Outside
from lhnets.cli.assignments import assignments_to_parameters
from lhnets.cli.terminal import console, json_option, print_json, table
from lhnets.events.read import read_events
from lhnets.events.write import Generated, OutputFileError, write_events

_SHOWN = 10
_COMMANDS = {
    "classify": (Classify, "what is told apart"),
    "anomaly-score": (AnomalyScore, "what is looked for"),
    "event-variable": (EventVariable, "the variable"),
    "unfold": (Unfold, "what is unfolded"),
}


def read_names(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """NAME=COLUMN pairs, several of them separated by commas or options."""
    pairs = [p.partition("=") for text in given for p in text.split(",") if p]
    if any(not (name and column) for name, _, column in pairs):
        raise click.BadParameter("expected NAME=COLUMN, such as pt=Jet_pt,eta=Jet_eta")
    return {name.strip(): column.strip() for name, _, column in pairs}


def _options(out: str) -> Callable[[Any], Any]:
    """The options of all commands of events; ``out`` says what --out writes."""

    def add(command: Any) -> Any:
        for option in _list_options(out):
            command = option(command)
        return command

    return add


def _list_options(out: str) -> tuple[Callable[[Any], Any], ...]:
    return (
        click.option("--network", help="NAME or NAME@VERSION, to choose the network yourself"),
        click.option(
            "--outside",
            type=click.Choice(["raise", "nan", "warn"]),
            help="what to do with events outside the training region; NaN with a warning otherwise",
        ),
        click.option(
            "--out",
            "-o",
            type=click.Path(path_type=Path, dir_okay=False),
            help=out,
        ),
        json_option,
    )


def _asking(name: str, function: Callable[..., Prediction], what: str) -> click.Command:
    first = (function.__doc__ or "").partition("\n")[0]

    @click.command(
        name,
        help=f"{first} SUBJECT is {what}, or the name of a network. FILE is ROOT (FILE.root:TREE), "
        "HepMC, LHE, HDF5 (top tagging, LHC Olympics, JetNet, CaloChallenge, or arrays by name), "
        "CSV, Parquet, or .npz of the network's named inputs, first axis the events; with "
        "NAME.lengths beside NAME, the latter holds the entries of all events one after the other.",
    )
    @click.argument("subject")
    @click.argument("file", metavar="FILE")
    @click.option(
        "--map",
        "names",
        multiple=True,
        callback=read_names,
        metavar="NAME=COLUMN,…",
        help="which column of the file is what: pt=Jet_pt for a quantity of the particles, "
        "NAME=COLUMN for an input",
    )
    @_options("write the arrays to this .npz file")
    def command(
        subject: str,
        file: str,
        names: dict[str, str],
        network: str | None,
        outside: Outside | None,
        out: Path | None,
        as_json: bool,
    ) -> None:
        inputs = read_events(file, names).inputs
        chosen = {} if outside is None else {"outside": outside}
        _give(function(subject, inputs, network=network, **chosen), out, as_json)

    return command


EVENT_COMMANDS = [_asking(name, *spec) for name, spec in _COMMANDS.items()]


@click.command()
@click.argument("subject")
@click.argument("events", type=click.IntRange(min=0))
@click.argument("assignments", nargs=-1, metavar="NAME=VALUE…")
@click.option("--seed", type=click.IntRange(min=0), help="the same seed gives the same events")
@_options("write the events to this file: .npz, .parquet, .lhe or .hepmc")
def generate(
    subject: str,
    events: int,
    assignments: tuple[str, ...],
    seed: int | None,
    network: str | None,
    outside: Outside | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Draw EVENTS events. SUBJECT is what is generated, or the name of a network; conditions go as
    NAME=VALUE."""
    conditions = assignments_to_parameters(assignments)
    found = Generate(
        subject, events, conditions, seed=seed, network=network, outside=outside or "raise"
    )
    if out is None or out.suffix.lower() == ".npz":
        _give(found, out, as_json)
        return
    energy = conditions.get(ENERGY_INPUT, found.card.conditions.energy) or 0.0
    value = np.asarray(found.value)
    write_events(out, Generated(value, found.card.central_outputs, found.network, float(energy)))
    console.print(f"wrote {escape(str(out))}")


def _give(prediction: Prediction, out: Path | None, as_json: bool) -> None:
    names = (
        prediction.names if isinstance(prediction, EventPrediction) else (prediction.output.name,)
    )
    arrays = {k: np.asarray(getattr(prediction, k)) for k in ("value", "uncertainty", "reach")}
    if out is not None:
        _write(out, {**arrays, "names": np.array(names)})
        console.print(f"wrote {escape(str(out))}")
    if as_json:
        plain = {k: a.tolist() for k, a in arrays.items()}
        print_json(
            {**plain, "names": names, "unit": prediction.unit, "network": prediction.network}
        )
    elif out is None:
        _print(prediction, names, arrays)


def _write(out: Path, arrays: dict[str, NDArray[Any]]) -> None:
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        with partial.open("xb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        partial.replace(out)
    except OSError as error:
        raise OutputFileError(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _print(prediction: Prediction, names: tuple[str, ...], arrays: dict[str, NDArray[Any]]) -> None:
    reach = np.atleast_1d(arrays["reach"])
    value, uncertainty = (
        arrays[k].reshape(len(reach), len(names)) for k in ("value", "uncertainty")
    )
    unit = "" if prediction.unit == "1" else f" [{prediction.unit}]"
    rows = table("event|right", *(f"{escape(n)}{unit}|right" for n in names), "reach|right")
    for k in range(min(len(reach), _SHOWN)):
        cells = [_cell(v, u) for v, u in zip(value[k], uncertainty[k], strict=True)]
        rows.add_row(str(k), *cells, f"{reach[k]:.3f}")
    console.print(rows)
    more = (
        f"{len(reach)} events, the first {_SHOWN} shown: --out FILE.npz writes all. "
        if len(reach) > _SHOWN
        else ""
    )
    console.print(escape(f"{more}{prediction.network}: {prediction.output.meaning}"))


def _cell(value: float, uncertainty: float) -> str:
    return f"{value:.4g}" if np.isnan(uncertainty) else f"{value:.4g} ± {uncertainty:.1g}"
