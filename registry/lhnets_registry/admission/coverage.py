"""The coverage of the stated uncertainty on a table of the author's: a Parquet file with inputs and
true outputs."""

from __future__ import annotations

import io
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Card
from lhnets.networks import Session
from lhnets_registry.report import Finding, failed, judged, not_applicable

ITEM = "coverage"
LEVELS = {0.68: 0.03, 0.95: 0.02}
"""Levels, and by how much the covered share may differ from them in a table without end."""
_SIGMAS = 3.0
_FEWEST = 100
_CRITERION = (
    "68 ± 3 % and 95 ± 2 % of the rows within the interval, and what the number of rows leaves open"
)
_REMEDY = "Calibrate on rows that served for nothing else, or give a table of the same region."

Array = NDArray[np.float64]


def coverage(card: Card, session: Session, table: bytes | None) -> Finding:
    """The share of the table's rows that lie in the 68 % and 95 % intervals of each output.

    Rows outside the region are left out and counted. An interval is the factor of the card's
    calibration times the uncertainty.
    """
    if table is None:
        return not_applicable([ITEM], "no table was given (--table)")[0]
    if any(i.shape is not None for i in card.inputs):
        return not_applicable(
            [ITEM], "tables hold plain parameters, and this network takes tensors"
        )[0]
    try:
        x, truth = read_columns(card, table)
    except ValueError as error:
        return failed(
            ITEM,
            str(error),
            "a Parquet file with a column for each input and output",
            "Fix the table.",
        )
    value, uncertainty, reach = session.run({"parameters": x})
    inside = reach <= 1
    known = {name: y[inside] for name, y in truth.items()}
    rows = int(inside.sum())
    left_out = f", {len(x) - rows:,} outside the region left out" if rows < len(x) else ""
    if rows < _FEWEST:
        return failed(
            ITEM, f"{rows:,} rows in the region{left_out}", f"at least {_FEWEST}", "Give more rows."
        )
    problems, said = [], []
    for name, y in known.items():
        k = card.output_index(name)
        distance = np.abs(y - value[inside, k]) / uncertainty[inside, k]
        for level, slack in LEVELS.items():
            share = float((distance <= _factor(card, name, level)).mean())
            said.append(f"{name} {share:.1%} in {level:.0%}")
            if abs(share - level) > slack + _SIGMAS * sqrt(level * (1 - level) / rows):
                problems.append(said[-1])
    of = f"of {rows:,} rows{left_out}"
    return judged(
        ITEM, [f"{p} {of}" for p in problems], f"{', '.join(said[:6])} {of}", _CRITERION, _REMEDY
    )


def _factor(card: Card, output: str, level: float) -> float:
    """The card's factor for a level, interpolated; that of a normal law where the card has none so
    high."""
    known = dict(zip(card.calibration.levels, card.calibration.factors[output], strict=True))
    nearest = min(known, key=lambda at: abs(at - level))
    normal = {0.68: 1.0, 0.95: 1.96}[level]
    return known[nearest] if abs(nearest - level) < 0.01 else normal


def read_columns(card: Card, table: bytes) -> tuple[Array, dict[str, Array]]:
    """Inputs (N, n) in the order of the card, and the outputs that the table has.

    Raises
    ------
    ValueError
        If it is no such table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        read = pq.read_table(io.BytesIO(table), use_threads=False, pre_buffer=False)
        columns = {
            n: np.asarray(read.column(n).to_numpy(), dtype=np.float64)
            for n in dict.fromkeys(read.column_names)
        }
    except (pa.ArrowException, KeyError, TypeError, ValueError, OSError) as error:
        raise ValueError(
            f"no Parquet file of numbers: {' '.join(str(error).split())[:200]}"
        ) from error
    missing = [i.name for i in card.columns if i.name not in columns]
    outputs = {o.name: columns[o.name] for o in card.outputs if o.name in columns}
    if missing or not outputs:
        lacking = missing or [o.name for o in card.outputs]
        raise ValueError(
            f"lacks the columns {', '.join(lacking)}; it has {', '.join(columns)[:300]}"
        )
    x = np.stack([columns[i.name] for i in card.columns], axis=1)
    good = np.isfinite(x).all(axis=1)
    for y in outputs.values():
        good &= np.isfinite(y)
    if not good.all():
        raise ValueError(f"{int((~good).sum())} rows hold numbers that are missing or not finite")
    return np.ascontiguousarray(x), outputs
