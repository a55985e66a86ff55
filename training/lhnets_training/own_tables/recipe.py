"""A recipe for a table of one's own: what its columns mean, where it holds, and the method that
fits its size."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input, Name, Output, Truth, UnitVector, find_text_problem
from lhnets_datasets.library.manifest import Generator
from lhnets_training.data.label_errors import stated
from lhnets_training.data.sample import Surface, inside
from lhnets_training.data.table import column
from lhnets_training.fit.kinks import Natural
from lhnets_training.fit.links import ColumnLinks, Invertible, Shares, Shifted
from lhnets_training.own_tables import noise, words
from lhnets_training.own_tables.cells import Numbers, count, read_numbers
from lhnets_training.own_tables.choice import About, ColumnChoice
from lhnets_training.own_tables.determined import refuse_bound_inputs, settle_repeats
from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.own_tables.formats import read
from lhnets_training.own_tables.local_coverage import judge_parts
from lhnets_training.own_tables.method import Method, use_process
from lhnets_training.own_tables.scales import choose_floor, choose_scale, see_in_log, settle_zeros
from lhnets_training.own_tables.shares import settle_shares
from lhnets_training.own_tables.sheet import Sheet
from lhnets_training.own_tables.surfaces import edges, unit_vectors
from lhnets_training.own_tables.theory import (
    Shifts,
    apply_shifts,
    find_differences,
    find_shifts,
)
from lhnets_training.recipe import Array, Recipe, RecipeDataSet

FEWEST = 30
SIDE = 5
"""Rows that a kink must have on either side."""
SEED = 20261121


@dataclass(frozen=True, kw_only=True)
class TableRecipe(Recipe):
    """The recipe of a table; no module of its own makes the network again, the command does."""

    numbers: Numbers
    """The rows that are used, with their places in the file."""
    notes: tuple[str, ...]
    """What was done to the table, for the author to read."""

    @property
    def module(self) -> str:
        """This module."""
        return "_from_table"

    @property
    def values(self) -> tuple[Output, ...]:
        """The first outputs, which are not shifts of others."""
        shifts = {name for pu in self.physics_uncertainty for name in (pu.up, pu.down)}
        return tuple(o for o in self.outputs if o.name not in shifts)


def recipe(path: Path, choice: ColumnChoice, about: About, created: str) -> TableRecipe:
    """The recipe for the table at ``path``, dated ``created`` (YYYY-MM-DD).

    Raises
    ------
    TableDataError
        If columns are missing or hold no numbers, an input does not vary, rows contradict each
        other, or too few are left.
    """
    sheet = read(path)
    choice = choice.named_as_in(sheet)
    units = words.find_units(sheet, choice.columns, about)
    meanings = words.find_meanings(sheet, choice.columns, about)
    numbers = noise.convert_percent(_read(sheet, choice), choice)
    numbers, repeated = settle_repeats(numbers, choice)
    numbers = settle_zeros(numbers, choice)
    inputs = tuple(_input(n, numbers, choice, units, meanings) for n in choice.inputs)
    x = _points(numbers, choice)
    region, vectors = _region(x, inputs, choice)
    kept = inside(x, inputs, region)
    numbers, shifts = _shift(numbers.keep(kept), choice)
    x = _points(numbers, choice)
    _refuse_few(x, choice)
    refuse_bound_inputs(x, choice.inputs)
    _refuse_constant(numbers, choice)
    numbers, adjusted = settle_shares(numbers, choice)
    targets = (*choice.outputs, *(shifts.of or {}))
    link = _link(numbers, targets, choice, shifts)
    log = tuple(see_in_log(i, numbers.columns[i.name], choice) for i in inputs)
    last = frozenset(choice.inputs.index(v.inputs[-1]) for v in vectors)
    natural = replace(Natural.of(choice.inputs, log, choice.kinks), bound=last)
    _refuse_uncrossed(x, choice)
    outputs = _outputs(targets, link, shifts, units, meanings)
    errors = noise.find_head_errors(numbers.columns, targets, choice, link)
    labels = np.stack([numbers.columns[n] for n in targets], axis=1)
    if errors is not None:
        names = noise.name_heads(link, targets)
        noise.refuse_contradicted_errors(x, link.targets(labels), errors, Natural(log), names, SEED)
    relative = noise.describe_errors(numbers.columns, choice)
    truth = _truth(about, relative.get(choice.outputs[0]))
    method = Method(
        process=use_process(len(x), choice),
        inputs=inputs,
        region=region,
        natural=natural,
        link=link,
        errors=errors,
        fractions=choice.fractions,
        seed=SEED,
    )
    beyond = int((~kept).sum())
    notes = (
        *sheet.notes,
        words.describe_left_out(numbers.left_out),
        repeated,
        f"{count(beyond, 'further row')} lie outside the region and were left out"
        if beyond
        else "",
        adjusted,
        *(f"the region holds {v.meaning}" for v in vectors),
    )
    told = tuple(n for n in notes if n)
    name = _name(path, about, choice)
    return TableRecipe(
        name=name,
        version=1,
        kind=about.kind,
        title=about.title
        or f"{', '.join(choice.outputs)} over {', '.join(choice.inputs)}, from a table",
        description=words.describe_table(
            about, path.name, len(x), told, outputs, link, choice.kinks
        ),
        subject=about.subject or name,
        conditions=about.conditions,
        inputs=inputs,
        outputs=outputs,
        default_output=choice.outputs[0],
        region=region,
        truth=truth,
        physics_uncertainty=shifts.components,
        dataset=_describe_data_set(name, path, truth, about, choice, inputs, outputs, units),
        label=lambda run: numbers.columns,
        split=method.split,
        fit=method.fit,
        baseline=method.baseline,
        checks=lambda predict, run: words.check_excursions(
            predict, inputs, region, outputs, numbers.columns, SEED + 3
        ),
        judge=lambda validation, rows, held: (
            judge_parts(validation, held, labels[rows], outputs),
        ),
        seed=SEED,
        created=created,
        references=about.references,
        licence=about.licence,
        authors=about.authors,
        corners=lambda rows: _near(rows, choice),
        label_errors=stated(*(choice.errors.get(n) for n in targets)) if choice.errors else None,
        validation_note=words.describe_validation(method.process, relative),
        numbers=numbers,
        notes=told,
    )


def _name(path: Path, about: About, choice: ColumnChoice) -> str:
    """The author's name for the network or that of the file, once the card can hold the names."""
    for text in (path.name, *choice.columns):
        problem = find_text_problem(text)
        if problem:
            raise TableDataError(f"the name {text!r} {problem}")
    name = about.name or re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")
    try:
        return msgspec.convert(name, Name)
    except msgspec.ValidationError as error:
        raise TableDataError(
            f"{name!r} cannot be the name of a network: expected up to 80 lower-case letters, "
            "digits and hyphens; give another one by --name"
        ) from error


def _read(sheet: Sheet, choice: ColumnChoice) -> Numbers:
    numbers = read_numbers(
        sheet,
        choice.columns,
        skip=choice.skip_missing,
        decimal_comma=choice.decimal_comma,
        as_they_are=choice.linear,
    )
    if len(numbers.rows) < FEWEST:
        told = words.describe_left_out(numbers.left_out)
        raise TableDataError(
            f"{sheet.file} has {count(len(numbers.rows), 'row')} of numbers, expected at least "
            f"{FEWEST}" + (f"; {told}" if told else "")
        )
    return numbers


def _points(numbers: Numbers, choice: ColumnChoice) -> Array:
    return np.stack([numbers.columns[n] for n in choice.inputs], axis=1)


def _input(
    name: str,
    numbers: Numbers,
    choice: ColumnChoice,
    units: Mapping[str, str],
    meanings: Mapping[str, str],
) -> Input:
    values = numbers.columns[name]
    low, high = (choice.ranges or {}).get(name, (float(values.min()), float(values.max())))
    if not low < high:
        raise TableDataError(
            f"the input {name!r} does not vary: it is {low:g} in every row; leave it out"
        )
    return Input(
        name=name, unit=units.get(name, "1"), meaning=meanings.get(name, name), low=low, high=high
    )


def _region(
    x: Array, inputs: tuple[Input, ...], choice: ColumnChoice
) -> tuple[tuple[Surface, ...], tuple[UnitVector, ...]]:
    """All constraints, and those of them that are unit vectors."""
    vectors = unit_vectors(x, inputs)
    free = [k for k, i in enumerate(inputs) if not any(i.name in v.inputs for v in vectors)]
    flat = choice.cuts or edges(x[:, free], [inputs[k] for k in free])
    return (*flat, *vectors), vectors


def _refuse_few(x: Array, choice: ColumnChoice) -> None:
    if len(x) < FEWEST:
        raise TableDataError(f"{len(x)} rows are left in the region, expected at least {FEWEST}")


def _refuse_constant(numbers: Numbers, choice: ColumnChoice) -> None:
    still = [n for n in choice.outputs if not np.ptp(numbers.columns[n]) > 0]
    if still:
        raise TableDataError(
            f"the outputs {', '.join(still)} do not vary: one number in every row; leave them out"
        )


def _shift(numbers: Numbers, choice: ColumnChoice) -> tuple[Numbers, Shifts]:
    shifts = find_shifts(numbers, choice)
    return apply_shifts(numbers, choice, shifts), shifts


def _link(
    numbers: Numbers, targets: tuple[str, ...], choice: ColumnChoice, shifts: Shifts
) -> Invertible:
    if choice.sum_to_one:
        smallest = [float(numbers.columns[n].min()) for n in targets]
        return Shares(len(targets), reference=int(np.argmax(smallest)))
    columns = {n: numbers.columns[n] for n in targets}
    differences = find_differences(numbers, choice, shifts)
    if differences:
        return Shifted.of(targets, differences)
    scales = tuple(choose_scale(n, values, choice) for n, values in columns.items())
    floors = tuple(
        choose_floor(n, values, choice) if s == "floored" else 0.0
        for (n, values), s in zip(columns.items(), scales, strict=True)
    )
    return ColumnLinks(scales, floors)


def _outputs(
    targets: tuple[str, ...],
    link: Invertible,
    shifts: Shifts,
    units: Mapping[str, str],
    meanings: Mapping[str, str],
) -> tuple[Output, ...]:
    theory = shifts.of or {}
    logs = [True] * len(targets)
    if isinstance(link, ColumnLinks):
        logs = [s == "log" for s in link.scales]
    elif isinstance(link, Shifted):
        logs = [k not in link.shifts for k in range(len(targets))]
    return tuple(
        Output(
            name=n,
            unit=units.get(theory[n].of if n in theory else n, "1"),
            meaning=meanings.get(
                n, f"{theory[n].source} shift of {theory[n].of}" if n in theory else n
            ),
            scale="log" if is_log else "linear",
        )
        for n, is_log in zip(targets, logs, strict=True)
    )


def _truth(about: About, relative: float | None) -> Truth:
    truth = about.truth or Truth(program="a table of its author", version="not stated")
    if truth.relative_error is not None or not relative:
        return truth
    return msgspec.structs.replace(truth, relative_error=float(f"{relative:.3g}"))


def _refuse_uncrossed(x: Array, choice: ColumnChoice) -> None:
    """That the rows (N, n) have something to say on both sides of every kink."""
    surfaces: dict[bytes, str] = {}
    for kink in choice.kinks:
        row = np.append(kink.row(choice.inputs), kink.bound)
        direction = row / row[np.argmax(np.abs(row[:-1]))]
        other = surfaces.setdefault(np.round(direction, 9).tobytes(), kink.text)
        above = int((x @ row[:-1] > kink.bound).sum())
        if other != kink.text:
            raise TableDataError(
                f"the kinks {other} and {kink.text} are one surface; keep the one with a root or a "
                "jump"
            )
        if min(above, len(x) - above) < SIDE:
            raise TableDataError(
                f"the kink {kink.text} has {above} rows on its upper side and {len(x) - above} on "
                f"the lower, expected at least {SIDE} on each; leave it out"
            )


def _near(x: Array, choice: ColumnChoice) -> dict[str, NDArray[np.bool_]]:
    """The tenth of the rows (N, n) that is nearest to each kink."""
    far = {k.text: np.abs(x @ k.row(choice.inputs) - k.bound) for k in choice.kinks}
    return {f"near {text}": d <= np.quantile(d, 0.1) for text, d in far.items()}


def _describe_data_set(
    name: str,
    path: Path,
    truth: Truth,
    about: About,
    choice: ColumnChoice,
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    units: Mapping[str, str],
) -> RecipeDataSet:
    """The data set of the rows that are used."""
    of = {o.name: o for o in outputs}
    return RecipeDataSet(
        name=f"{name}-table",
        title=about.title or f"The table behind {name}",
        description=(
            f"The columns of {path.name} that {name} was made from, rows inside its region."
        ),
        columns=(
            *(column(i.name, i.unit, i.meaning, "input") for i in inputs),
            *(column(o.name, o.unit, o.meaning, "target") for o in outputs),
            *(
                column(
                    e, units.get(e, of[n].unit), f"standard deviation of the labels of {n}", "error"
                )
                for n, e in choice.errors.items()
            ),
        ),
        generator=Generator(
            program=truth.program,
            version=truth.version,
            settings={
                **truth.settings,
                "file": path.name,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            },
        ),
        licence=about.licence,
        references=about.references,
    )
