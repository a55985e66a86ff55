"""`make zoo-table`: one line for each network of a mirror, from its card; only the network's own
time is measured now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from lhnets.errors import Error
from lhnets.format import AnyValidation, Card, Index, OtherValidation, Validation, card_path
from lhnets.mirrors import BUNDLED
from lhnets.networks import Network
from lhnets_training.judging.limits import free_inputs, judge

HEADINGS = (
    "name",
    "inputs",
    "rows",
    "unseen",
    "error",
    "mean",
    "99.7 %",
    "worst",
    "in 68 %",
    "in 95 %",
    "baseline mean",
    "noise",
    "beyond",
    "truth",
    "network",
    "checks",
    "limit",
)
REPEATS = 7
SECONDS = 0.01
"""How long one repeat of a measurement lasts."""


@dataclass(frozen=True)
class ZooLine:
    """A network's card and the time of one point in its file, in seconds."""

    card: Card
    seconds: float

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands under `HEADINGS`."""
        card = self.card
        passed = sum(c.passed for c in card.checks)
        return (
            card.identity,
            inputs_cell(card),
            "" if card.data is None else str(card.data.rows),
            *error_cells(card.validation),
            *noise_cells(card),
            "" if card.truth.seconds_per_label is None else duration(card.truth.seconds_per_label),
            duration(self.seconds),
            f"{passed} of {len(card.checks)}",
            limit_cell(card),
        )

    @property
    def failed(self) -> bool:
        """Whether a check of the card failed."""
        return not all(c.passed for c in self.card.checks)


def inputs_cell(card: Card) -> str:
    """How many inputs, and how many of them can be chosen freely where these are fewer."""
    free = free_inputs(card)
    return (
        str(len(card.inputs)) if free == len(card.columns) else f"{len(card.inputs)} ({free} free)"
    )


def error_cells(v: AnyValidation) -> tuple[str, ...]:
    """From the number of unseen rows to the baseline's figure; of what is not compared row by row
    its one figure under the mean."""
    own = v.headline
    if isinstance(v, OtherValidation) or own is None:
        return ("",) * 8
    simple = own.baseline
    if not isinstance(v, Validation):
        least = "" if simple is None else f"{simple.value:.3g}"
        return (str(v.rows), own.name, f"{own.value:.3g}", *[""] * 4, least)
    return (
        str(v.rows),
        v.metric.replace("_", " "),
        *(f"{number:.1e}" for number in (v.mean, v.q997, v.max)),
        *(f"{share:.1%}" for share in (v.coverage_68, v.coverage_95)),
        "" if v.baseline is None else f"{v.baseline.mean:.1e}",
    )


def noise_cells(card: Card) -> tuple[str, str]:
    """Errors of the labels, root mean square, and what the network errs beyond them with its upper
    limit at 95 %."""
    v = card.validation
    noise = v.label_noise if isinstance(v, Validation) else None
    return (
        ("", "")
        if noise is None
        else (f"{noise.rms:.1e}", f"{noise.beyond:.1e} (< {noise.at_most:.1e})")
    )


def limit_cell(card: Card) -> str:
    """The limit of `lhnets_training.judging.limits` and whether it is met."""
    return str(judge(card) or "")


def lines(mirror: Path, console: Console) -> list[ZooLine]:
    """The networks of the mirror in the folder ``mirror`` that are not retracted, by name and
    version."""
    index = Index.from_json((mirror / "index.json").read_bytes(), str(mirror))
    entries = [e for e in index.networks if e.status != "retracted"]
    found = []
    for entry in track(
        entries, "networks", console=console, transient=True, disable=not console.is_terminal
    ):
        card = Card.from_json((mirror / card_path(entry.name, entry.version)).read_bytes())
        path = mirror / entry.blob
        found.append(ZooLine(card, seconds_per_point(Network(path.read_bytes(), path))))
    return found


def seconds_per_point(network: Network) -> float:
    """The shortest time of ``network.predict`` at its first reference point."""
    inputs = {
        name: np.asarray(values[:1]) for name, values in network.file.reference.inputs.items()
    }
    types = {i.name: i.dtype for i in network.card.inputs if i.shape is not None}
    point = {name: array.astype(types.get(name, "float64")) for name, array in inputs.items()}
    arguments = point["parameters"] if list(point) == ["parameters"] else point
    return shortest(lambda: network.predict(arguments))


def shortest(function: Callable[[], object]) -> float:
    """Seconds of one call: the least of `REPEATS` repeats, each of as many calls as fill
    `SECONDS`."""
    function()
    start = time.perf_counter()
    function()
    calls = max(1, int(SECONDS / max(time.perf_counter() - start, 1e-7)))
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(calls):
            function()
        best = min(best, (time.perf_counter() - start) / calls)
    return best


def duration(seconds: float) -> str:
    """Two digits with a unit: 8.5 us, 0.20 ms, 1.3 s, 2.5 min."""
    for unit, size in (("min", 60.0), ("s", 1.0), ("ms", 1e-3)):
        if seconds >= size * (0.1 if unit == "ms" else 1.0):
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds * 1e6:.2g} us"


def rich_table(found: Iterable[ZooLine]) -> Table:
    """For the terminal, as wide as its cells; a network with a failed check stands out."""
    table = Table(
        box=box.SIMPLE_HEAD,
        title="Errors on unseen rows, no cut; times of one point by the truth and by the network",
        row_styles=("", "dim"),
    )
    for heading in HEADINGS:
        table.add_column(
            heading,
            justify="left" if heading in {"name", "error", "limit"} else "right",
            no_wrap=True,
        )
    for line in found:
        table.add_row(
            *(escape(cell) for cell in line.cells), style="bold red" if line.failed else None
        )
    return table


def markdown(found: Iterable[ZooLine]) -> str:
    """The same as a Markdown table."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(line.cells for line in found)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


@click.command()
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown table.")
@click.option(
    "--mirror",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=BUNDLED,
    help="Folder of another mirror than the bundled one.",
)
def main(as_markdown: bool, mirror: Path) -> None:
    """Print one line for each network: size, errors, coverage, baseline, times, checks."""
    try:
        found = lines(mirror, Console(stderr=True))
    except (Error, OSError) as error:
        raise click.ClickException(str(error)) from error
    if as_markdown:
        click.echo(markdown(found))
        return
    table = rich_table(found)
    Console(width=Console(width=1000).measure(table).maximum).print(table)


if __name__ == "__main__":
    main()
