"""A recipe for a table of one's own: what its columns mean, where it holds, and the method that
fits its size."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from lhnets.format import Author, Check, Conditions, HalfSpace, Input, Kind, Name, Output, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training.data.label_errors import stated
from lhnets_training.data.sample import inside, uniform
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import fit_other_folds, interpolate_cubic, rbf_baseline
from lhnets_training.fit.cross_validation import TENTHS, tenths, use_every_row
from lhnets_training.fit.features import Terms
from lhnets_training.fit.gaussian_process import fit_table_process
from lhnets_training.fit.kinks import Kink, Natural
from lhnets_training.fit.links import Columns, Scale
from lhnets_training.fit.network import fit_network
from lhnets_training.judging.checks import Values, positive
from lhnets_training.own_tables.columns import TableDataError, edges, numbers, read, words
from lhnets_training.recipe import Array, DataSet, Fitted, Recipe, Run
from lhnets_training.split import Split, split

FEWEST = 30
SMALL = 1200
"""Up to this many rows a Gaussian process, above a network."""
WIDE = 10.0
"""A positive input whose largest value is so many times its smallest may be seen through its
logarithm."""
SIDE = 5
"""Rows that a kink must have on either side."""
LEAST = 0.1
"""Of the median error of the labels of an output: what smaller ones count as."""
FLOOR = 0.1
"""Of the median of the positive labels: where errors turn from relative to absolute for outputs
with zeros."""
SEED = 20261121
PLAN = lm.Plan(16, 16, (lm.Stage(4, 60, 4000), lm.Stage(1, 200)))
WIDER = lm.Plan(24, 24, (lm.Stage(4, 60, 6000), lm.Stage(1, 150)))
NOBODY = Author(name="not stated")


class About(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the author says of the table; all of it goes into the card as it is."""

    name: Name | None = None
    title: str | None = None
    description: str = ""
    kind: Kind = "observable"
    subject: str | None = None
    units: Annotated[
        dict[str, str], Meta(description="unit of each column; 1 for a pure number")
    ] = {}
    meanings: Annotated[dict[str, str], Meta(description="meaning of each column")] = {}
    truth: Truth | None = None
    conditions: Conditions = Conditions()
    authors: tuple[Author, ...] = (NOBODY,)
    licence: str = "not stated"
    references: Annotated[dict[str, str], Meta(description="BibTeX entries by their keys")] = {}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which columns serve for what, and how. What is not chosen follows from the numbers."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    log: frozenset[str] = frozenset()
    linear: frozenset[str] = frozenset()
    floors: Mapping[str, float] | None = None
    noise: Mapping[str, str] | None = None
    """Column with the standard deviation of an output's labels, by the output."""
    ranges: Mapping[str, tuple[float, float]] | None = None
    cuts: tuple[HalfSpace, ...] = ()
    kinks: tuple[Kink, ...] = ()
    fractions: tuple[float, float, float] = (0.1, 0.15, 0.15)
    """Of rows for validation, calibration, test, where a network is fitted."""
    method: str = "auto"


class TableRecipe(Recipe):
    """The recipe of a table; no module of its own makes the network again, the command does."""

    @property
    def module(self) -> str:
        """This module."""
        return "_from_table"


def recipe(path: Path, choice: Choice, about: About, created: str) -> Recipe:
    """The recipe for the table at ``path``, dated ``created`` (YYYY-MM-DD).

    Raises
    ------
    TableDataError
        If columns are missing or hold no numbers, an input does not vary, rows contradict each
        other, or too few are left.
    """
    table = read(path)
    name = about.name or re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")
    noise = dict(choice.noise or {})
    units, meanings = (
        {**kept, **told}
        for kept, told in zip(words(table), (about.units, about.meanings), strict=True)
    )
    columns = numbers(table, (*choice.inputs, *choice.outputs, *noise.values()), path.name)
    inputs = tuple(_input(n, columns[n], choice, units, meanings) for n in choice.inputs)
    x = np.stack([columns[n] for n in choice.inputs], axis=1)
    region = choice.cuts or edges(x, inputs)
    kept = inside(x, inputs, region)
    columns, x = {n: values[kept] for n, values in columns.items()}, x[kept]
    _usable(x, choice, bool(noise))
    still = [n for n in choice.outputs if not np.ptp(columns[n]) > 0]
    if still:
        raise TableDataError(
            f"the outputs {', '.join(still)} do not vary: one number in every row; leave them out"
        )
    scales = [_scale(n, columns[n], choice) for n in choice.outputs]
    floors = [
        _floor(n, columns[n], choice) if s == "floored" else 0.0
        for n, s in zip(choice.outputs, scales, strict=True)
    ]
    end, log = (
        Columns(tuple(scales), tuple(floors)),
        tuple(_in_log(i, columns[i.name], choice) for i in inputs),
    )
    plain, natural = Natural(log), Natural.of(choice.inputs, log, choice.kinks)
    _crossed(x, choice)
    outputs = tuple(
        Output(
            name=n,
            unit=units.get(n, "1"),
            meaning=meanings.get(n, n),
            scale="log" if s == "log" else "linear",
        )
        for n, s in zip(choice.outputs, scales, strict=True)
    )
    relative = {
        n: float(np.median(columns[e] / np.maximum(np.abs(columns[n]), 1e-300)))
        for n, e in noise.items()
    }
    errors = _noise(columns, choice.outputs, noise, end) if noise else None
    truth = about.truth or Truth(program="a table of its author", version="not stated")
    if noise and truth.relative_error is None and relative.get(choice.outputs[0]):
        truth = msgspec.structs.replace(
            truth, relative_error=float(f"{relative[choice.outputs[0]]:.3g}")
        )
    process = choice.method == "process" or (choice.method == "auto" and len(x) <= SMALL)

    def fit(rows: Array, y: Array, parts: Split, run: Run) -> Fitted:
        if process:
            return fit_table_process(
                rows, y, run, inputs=inputs, region=region, natural=natural, link=end, noise=errors
            )
        terms = Terms(natural, natural.build, np.eye(len(natural.curved)), linear=True)
        plan = PLAN if len(inputs) <= 3 else WIDER
        weighed = None if errors is None else np.where(errors.any(axis=0), errors, 1.0)
        return fit_network(
            rows,
            y,
            parts,
            run,
            inputs=inputs,
            region=region,
            terms=terms,
            link=end,
            plan=plan,
            noise=weighed,
        )

    first, second, third = choice.fractions
    dropped = len(kept) - int(kept.sum())
    return TableRecipe(
        name=name,
        version=1,
        kind=about.kind,
        title=about.title
        or f"{', '.join(choice.outputs)} over {', '.join(choice.inputs)}, from a table",
        description=_description(about, path.name, len(x), dropped, outputs, end, choice.kinks),
        subject=about.subject or name,
        conditions=about.conditions,
        inputs=inputs,
        outputs=outputs,
        default_output=choice.outputs[0],
        region=region,
        truth=truth,
        dataset=_dataset(name, path, truth, about, inputs, outputs, noise, units),
        label=lambda run: columns,
        split=use_every_row
        if process
        else lambda rows, seed: split(
            rows, validation=first, calibration=second, test=third, seed=seed
        ),
        fit=fit,
        baseline=fit_other_folds(
            f"cubic spline (radial basis), {TENTHS} folds",
            interpolate_cubic(plain, degree=1),
            end,
            lambda rows: tenths(rows, SEED),
        )
        if process
        else rbf_baseline(plain, end),
        checks=lambda predict, run: _checks(predict, inputs, region, outputs, columns),
        seed=SEED,
        created=created,
        references=about.references,
        licence=about.licence,
        authors=about.authors,
        corners=lambda rows: _near(rows, choice),
        label_errors=stated(*(noise.get(n) for n in choice.outputs)) if noise else None,
        validation_note=_note(process, relative),
    )


def _input(
    name: str, values: Array, choice: Choice, units: Mapping[str, str], meanings: Mapping[str, str]
) -> Input:
    low, high = (choice.ranges or {}).get(name, (float(values.min()), float(values.max())))
    if not low < high:
        raise TableDataError(
            f"the input {name!r} does not vary: it is {low:g} in every row; leave it out"
        )
    return Input(
        name=name, unit=units.get(name, "1"), meaning=meanings.get(name, name), low=low, high=high
    )


def _usable(x: Array, choice: Choice, noisy: bool) -> None:
    if len(x) < FEWEST:
        raise TableDataError(f"{len(x)} rows are left in the region, expected at least {FEWEST}")
    repeated = len(x) - len(np.unique(x, axis=0))
    if repeated and not noisy:
        raise TableDataError(
            f"{repeated} rows repeat the inputs of another row: keep one of each, or name the "
            "column of their errors by --noise"
        )
    if choice.method == "process" and len(x) > 2 * SMALL:
        raise TableDataError(
            f"a Gaussian process through {len(x)} rows is too large, expected at most {2 * SMALL}"
        )


def _in_log(column: Input, values: Array, choice: Choice) -> bool:
    """Where the author says so; else where rows are spread more evenly in the logarithm, by their
    median, and over decades."""
    low, high = float(column.low or 0.0), float(column.high or 0.0)
    if column.name in choice.log and low <= 0:
        raise TableDataError(
            f"the input {column.name!r} reaches {low:g}, so that it has no logarithm"
        )
    if column.name in choice.log or column.name in choice.linear or low <= 0 or high <= WIDE * low:
        return column.name in choice.log
    median = float(np.median(values))
    in_log = (np.log(median) - np.log(low)) / (np.log(high) - np.log(low))
    return abs(float(in_log) - 0.5) < abs((median - low) / (high - low) - 0.5)


def _scale(name: str, values: Array, choice: Choice) -> Scale:
    lowest = float(values.min())
    if name in choice.linear:
        return "linear"
    if lowest > 0 and name not in (choice.floors or {}):
        return "log"
    if name in choice.log and lowest <= 0:
        raise TableDataError(
            f"the output {name!r} reaches {lowest:g}, so that it has no logarithm; leave out --log "
            "for it"
        )
    return "floored" if lowest >= 0 and (values > 0).any() else "linear"


def _floor(name: str, values: Array, choice: Choice) -> float:
    return float((choice.floors or {}).get(name) or f"{FLOOR * np.median(values[values > 0]):.3g}")


def _crossed(x: Array, choice: Choice) -> None:
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


def _near(x: Array, choice: Choice) -> dict[str, NDArray[np.bool_]]:
    """The tenth of the rows (N, n) that is nearest to each kink."""
    far = {k.text: np.abs(x @ k.row(choice.inputs) - k.bound) for k in choice.kinks}
    return {f"near {text}": d <= np.quantile(d, 0.1) for text, d in far.items()}


def _noise(
    columns: Mapping[str, Array], outputs: Sequence[str], noise: Mapping[str, str], end: Columns
) -> Array:
    """Standard deviations of the labels (N, k) as the model sees them; zero for an output without.

    Labels whose errors are far below the others', as those of a count of zero are, count as if
    theirs were `LEAST` of the median.
    """
    unknown = sorted(set(noise) - set(outputs))
    if unknown:
        raise TableDataError(
            f"--noise names {unknown}, which are none of the outputs {', '.join(outputs)}"
        )
    unit = end.unit(end.targets(np.stack([columns[n] for n in outputs], axis=1)))
    found = np.zeros_like(unit)
    for name, error in noise.items():
        k = outputs.index(name)
        if (columns[error] < 0).any() or not columns[error].any():
            raise TableDataError(
                f"the column {error!r} holds no standard deviations: expected numbers of zero or "
                "more"
            )
        found[:, k] = columns[error] / unit[:, k]
        found[:, k] = np.maximum(found[:, k], LEAST * np.median(found[found[:, k] > 0, k]))
    return found


def _description(
    about: About,
    file: str,
    rows: int,
    dropped: int,
    outputs: Sequence[Output],
    end: Columns,
    kinks: Sequence[Kink],
) -> str:
    parts = [
        about.description.strip(),
        f"Made from the table {file} of its author, {rows} rows; lhnets did not compute them.",
    ]
    if dropped:
        parts.append(f"{dropped} further rows lie outside the region and were left out.")
    parts += [
        (
            f"{o.name} is never negative: errors are relative above {floor:g} {o.unit} and "
            "absolute below."
        )
        for o, floor in zip(outputs, end.floors, strict=True)
        if floor
    ]
    if kinks:
        parts.append(
            f"Smooth but for kinks that the author named: {', '.join(k.text for k in kinks)}."
        )
    return " ".join(p for p in parts if p)


def _note(process: bool, relative: Mapping[str, float]) -> str:
    parts = [
        "Every row predicted without itself." if process else "Rows of the table drawn at random."
    ]
    parts += [
        (
            f"The labels of {n} carry errors of {100 * share:.2g} % (median), which the errors and "
            "the "
            "uncertainty include."
        )
        for n, share in relative.items()
    ]
    return " ".join(parts)


def _dataset(
    name: str,
    path: Path,
    truth: Truth,
    about: About,
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    noise: Mapping[str, str],
    units: Mapping[str, str],
) -> DataSet:
    targets = {o.name: o for o in outputs}
    return DataSet(
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
                    e,
                    units.get(e, targets[n].unit),
                    f"standard deviation of the labels of {n}",
                    "error",
                )
                for n, e in noise.items()
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


def _checks(
    predict: Callable[[Array], Array],
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...],
    outputs: Sequence[Output],
    columns: Mapping[str, Any],
) -> list[Check]:
    """Positive where the table is, and no excursion between the rows."""
    points = uniform(inputs, 20_000, SEED + 3, region)
    found = predict(points)

    def one(k: int) -> Values:
        return lambda x: np.asarray(predict(x)[:, k])

    made = [positive(one(k), points) for k, o in enumerate(outputs) if o.scale == "log"]
    for k, output in enumerate(outputs):
        rows = np.asarray(columns[output.name])
        if output.scale == "log":
            rows, values = np.log(rows), np.log(np.maximum(found[:, k], 1e-300))
        else:
            values = found[:, k]
        span = float(np.ptp(rows)) or 1.0
        worst = float(max(values.max() - rows.max(), rows.min() - values.min(), 0.0) / span)
        made.append(
            Check(
                name=f"{output.name} stays within the table",
                passed=bool(np.isfinite(values).all() and worst <= 0.1),
                figure=f"{100 * worst:.2g} % of the table's range beyond it, at worst of "
                f"{len(points)} points",
                criterion="at most 10 % of the range between its smallest and its largest label"
                + (", in logarithms" if output.scale == "log" else ""),
            )
        )
    return made
