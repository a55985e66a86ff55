"""`lhnets train table`: a network from a table of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

import click
import msgspec

from lhnets.errors import Error
from lhnets_training.recipe import Run

T = TypeVar("T")


@click.command("table")
@click.argument(
    "data", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="DATA"
)
@click.option(
    "--inputs", required=True, metavar="A,B", help="Columns that the network takes, in this order."
)
@click.option(
    "--outputs",
    required=True,
    metavar="Y,Z",
    help="Columns that it gives; the first is the default.",
)
@click.option(
    "--log",
    default="",
    metavar="A,Y",
    help="Columns to treat as logarithms whatever their numbers say.",
)
@click.option(
    "--linear",
    default="",
    metavar="A,Y",
    help="Columns to treat as they are whatever their numbers say.",
)
@click.option(
    "--floor",
    "floors",
    multiple=True,
    metavar="Y=VALUE",
    help="An output that is zero or more: below VALUE its errors count as absolute.",
)
@click.option(
    "--noise",
    multiple=True,
    metavar="Y=COLUMN",
    help="Column with the standard deviation of the labels of Y; Y may be left out.",
)
@click.option(
    "--theory",
    multiple=True,
    metavar="SOURCE=UP,DOWN",
    help="Columns with the shifts of the first output by a source of theory uncertainty such as "
    "scale or pdf, or one column for both; Y:SOURCE=UP,DOWN for another output.",
)
@click.option(
    "--skip-missing",
    is_flag=True,
    help="Leave out rows with missing, infinite or unreadable numbers, markers such as -999, or "
    "another number of fields, instead of an error that lists them.",
)
@click.option("--decimal-comma", is_flag=True, help="Read 1,5 as 1.5.")
@click.option(
    "--zeros",
    type=click.Choice(["drop", "keep"]),
    help="Leave out the few rows whose output is zero or less among decades of positive ones, or "
    "count errors of small values as absolute.",
)
@click.option(
    "--sum-to-one", is_flag=True, help="The outputs are shares that add to one at every point."
)
@click.option(
    "--range",
    "ranges",
    multiple=True,
    metavar="A=LOW:HIGH",
    help="Box of an input; that of the table by default.",
)
@click.option(
    "--cut",
    "cuts",
    multiple=True,
    metavar="'A - B <= 10'",
    help="An edge of the region that is not a box.",
)
@click.option(
    "--kink",
    "kinks",
    multiple=True,
    metavar="'A = 2 B'",
    help="A surface across which slopes break; with ': root' a threshold that opens where the left "
    "side is larger, "
    "with ': jump' a step.",
)
@click.option(
    "--split",
    "fractions",
    default="0.1,0.15,0.15",
    show_default=True,
    help="Fractions of the rows for validation, calibration and test, where a network is fitted.",
)
@click.option(
    "--method",
    type=click.Choice(["auto", "network", "process"]),
    default="auto",
    show_default=True,
    help="A tanh network by Levenberg-Marquardt, or a Gaussian process, which auto takes for up to "
    "1200 rows.",
)
@click.option("--name", default=None, help="Name of the network; that of the file by default.")
@click.option(
    "--unit", "units", multiple=True, metavar="A=GeV", help="Unit of a column; 1 by default."
)
@click.option(
    "--about",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML with what the card says: title, kind, subject, units, meanings, truth, conditions, "
    "authors, licence …",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder to write to; build/NAME by default.",
)
@click.option("--seed", type=int, default=None, help="Another seed than the usual one.")
@click.option(
    "--effort",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    help="Share of the optimiser steps.",
)
def from_table(
    data: Path,
    inputs: str,
    outputs: str,
    log: str,
    linear: str,
    floors: tuple[str, ...],
    noise: tuple[str, ...],
    theory: tuple[str, ...],
    skip_missing: bool,
    decimal_comma: bool,
    zeros: Literal["drop", "keep"] | None,
    sum_to_one: bool,
    ranges: tuple[str, ...],
    cuts: tuple[str, ...],
    kinks: tuple[str, ...],
    fractions: str,
    method: str,
    name: str | None,
    units: tuple[str, ...],
    about: Path | None,
    out: Path | None,
    seed: int | None,
    effort: float,
) -> None:
    """Train a network on the rows of DATA, whoever computed them: CSV or another text with a
    heading, Parquet, .npz, .npy, JSON, or HEPData YAML.

    Scales, region and method follow from the numbers: positive outputs get relative errors, outputs
    that change sign absolute ones, outputs with zeros both; two inputs of one unit may bound each
    other.
    """
    from lhnets_training.own_tables.afterwards import announce
    from lhnets_training.own_tables.choice import About, ColumnChoice
    from lhnets_training.own_tables.recipe import recipe as find_recipe
    from lhnets_training.own_tables.surfaces import half_space, kink
    from lhnets_training.own_tables.theory import read_theory
    from lhnets_training.pipeline.data_sets import label_data
    from lhnets_training.pipeline.train import train

    columns, targets = _names(inputs), _names(outputs)
    if not columns or not targets:
        raise click.UsageError("expected at least one column for --inputs and one for --outputs")
    choice = ColumnChoice(
        inputs=columns,
        outputs=targets,
        log=frozenset(_names(log)),
        linear=frozenset(_names(linear)),
        floors=_pairs(floors, float, "--floor"),
        noise=_pairs(tuple(n if "=" in n else f"{targets[0]}={n}" for n in noise), str, "--noise"),
        theory=tuple(_theory(text, targets[0], read_theory) for text in theory),
        ranges=_pairs(ranges, _range, "--range"),
        fractions=_fractions(fractions),
        method=method,
        skip_missing=skip_missing,
        decimal_comma=decimal_comma,
        zeros=zeros,
        sum_to_one=sum_to_one,
    )
    try:
        choice = replace(
            choice,
            cuts=tuple(half_space(text, columns) for text in cuts),
            kinks=tuple(kink(text, columns) for text in kinks),
        )
        described = _about(about, About)
        described = msgspec.structs.replace(
            described,
            name=name or described.name,
            units={**described.units, **_pairs(units, str, "--unit")},
        )
        recipe = find_recipe(data, choice, described, datetime.now(UTC).date().isoformat())
    except Error as error:
        raise click.ClickException(str(error)) from error
    for note in recipe.notes:
        click.echo(f"{note[0].upper()}{note[1:]}.", err=True)
    folder = out or Path("build") / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    job = Run(out=folder, seed=recipe.seed if seed is None else seed, effort=effort)
    try:
        trained = train(recipe, job, label_data(recipe, job, relabel=True))
    except Error as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        raise click.ClickException(
            f"stopped; what is done lies in {folder}, and the same command goes on from there"
        ) from None
    announce(recipe, trained)


def _theory(text: str, default: str, read: Callable[[str, str], T]) -> T:
    try:
        return read(text, default)
    except ValueError:
        raise click.BadParameter(
            f"expected SOURCE=COLUMN or SOURCE=UP,DOWN, got {text}", param_hint="--theory"
        ) from None


def _names(text: str) -> tuple[str, ...]:
    return tuple(n.strip() for n in text.split(",") if n.strip())


def _pairs(texts: tuple[str, ...], read: Callable[[str], T], option: str) -> dict[str, T]:
    try:
        return {name.strip(): read(value) for name, value in (text.split("=", 1) for text in texts)}
    except ValueError:
        raise click.BadParameter(
            f"expected NAME=VALUE, got {', '.join(texts)}", param_hint=option
        ) from None


def _range(text: str) -> tuple[float, float]:
    low, high = text.split(":")
    return float(low), float(high)


def _fractions(text: str) -> tuple[float, float, float]:
    try:
        validation, calibration, test = (float(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(
            f"expected three fractions such as 0.1,0.15,0.15, got {text}", param_hint="--split"
        ) from None
    return validation, calibration, test


def _about(path: Path | None, kind: type[T]) -> T:
    try:
        return msgspec.yaml.decode(b"{}" if path is None else path.read_bytes(), type=kind)
    except (msgspec.MsgspecError, ValueError) as error:
        raise click.BadParameter(
            f"{path} does not follow its schema: {error}", param_hint="--about"
        ) from error
