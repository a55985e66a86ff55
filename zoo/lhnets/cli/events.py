"""`lhnets classify`, `anomaly-score`, `event-variable` and `generate`: events from a file or a
seed."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.markup import escape

from lhnets import _event_api
from lhnets._answers.event_prediction import EventPrediction
from lhnets._answers.prediction import Prediction
from lhnets._running.outside import Outside
from lhnets.cli.assignments import assignments_to_parameters
from lhnets.cli.terminal import console, json_option, print_json, table
from lhnets.errors import Error, ParameterError

LENGTHS = ".lengths"
_SHOWN = 10
_COMMANDS = {
    "classify": (_event_api.Classify, "what is told apart"),
    "anomaly-score": (_event_api.AnomalyScore, "what is looked for"),
    "event-variable": (_event_api.EventVariable, "variable"),
}


class OutputFileError(Error, OSError):
    """A file that cannot be written."""


def read_events(path: Path) -> dict[str, Any]:
    """The arrays of an .npz file by name.

    Where ``NAME.lengths`` (N,) stands beside ``NAME``, the latter holds the entries of all events
    one after the other and comes back as a list with one array an event.

    Raises
    ------
    ParameterError
        If the file is no .npz of numbers, or the lengths do not add up.
    """
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            arrays = (
                {n: loaded[n] for n in loaded.files}
                if isinstance(loaded, np.lib.npyio.NpzFile)
                else None
            )
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ParameterError(
            f"{path} cannot be read as .npz: {error}. numpy.savez(path, NAME=array, …) writes one"
        ) from error
    if arrays is None:
        raise ParameterError(
            f"{path} holds a single array: save them by name, numpy.savez(path, NAME=array, …)"
        )
    found: dict[str, Any] = {n: a for n, a in arrays.items() if not n.endswith(LENGTHS)}
    for name, lengths in arrays.items():
        if name.endswith(LENGTHS):
            found[name.removesuffix(LENGTHS)] = _split(name, lengths, arrays, path)
    return found


def _split(
    name: str, lengths: NDArray[Any], arrays: dict[str, NDArray[Any]], path: Path
) -> list[NDArray[Any]]:
    flat = arrays.get(name.removesuffix(LENGTHS))
    whole = lengths.dtype.kind in "iu" and lengths.ndim == 1 and (lengths >= 0).all()
    if flat is None or not whole or flat.ndim < 1 or int(lengths.sum()) != len(flat):
        raise ParameterError(
            f"{name} in {path} does not fit: expected one whole number an event that add up to the "
            f"length of {name.removesuffix(LENGTHS)}"
        )
    return np.split(flat, np.cumsum(lengths)[:-1])


def _options(command: Any) -> Any:
    for option in (
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
            help="write the arrays to this .npz file",
        ),
        json_option,
    ):
        command = option(command)
    return command


def _asking(name: str, function: Callable[..., Prediction], what: str) -> click.Command:
    first = (function.__doc__ or "").partition("\n")[0]

    @click.command(
        name,
        help=f"{first} SUBJECT is {what}, or the name of a network. FILE is an .npz of the "
        "network's named inputs, first "
        "axis the events; with NAME.lengths beside NAME, the latter holds the entries of all "
        "events one after the other.",
    )
    @click.argument("subject")
    @click.argument(
        "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.npz"
    )
    @_options
    def command(
        subject: str,
        file: Path,
        network: str | None,
        outside: Outside | None,
        out: Path | None,
        as_json: bool,
    ) -> None:
        _give(function(subject, read_events(file), network=network, outside=outside), out, as_json)

    return command


EVENT_COMMANDS = [_asking(name, *spec) for name, spec in _COMMANDS.items()]


@click.command()
@click.argument("subject")
@click.argument("events", type=click.IntRange(min=0))
@click.argument("assignments", nargs=-1, metavar="NAME=VALUE…")
@click.option("--seed", type=click.IntRange(min=0), help="the same seed gives the same events")
@_options
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
    found = _event_api.Generate(
        subject, events, conditions, seed=seed, network=network, outside=outside or "raise"
    )
    _give(found, out, as_json)


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
        cells = [f"{v:.4g} ± {u:.1g}" for v, u in zip(value[k], uncertainty[k], strict=True)]
        rows.add_row(str(k), *cells, f"{reach[k]:.3f}")
    console.print(rows)
    more = (
        f"{len(reach)} events, the first {_SHOWN} shown: --out FILE.npz writes all. "
        if len(reach) > _SHOWN
        else ""
    )
    console.print(escape(f"{more}{prediction.network}: {prediction.output.meaning}"))
