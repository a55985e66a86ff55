"""The figures of the catalogue: errors and their quantiles, residuals along inputs, slices,
histograms."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from msgspec import Struct
from numpy.typing import NDArray

from lhnets.format import Card, Classification, Input, Output, Validation
from lhnets.networks import REACH_TOLERANCE
from lhnets_registry.catalogue.axes import Scale, SvgFigure, axis_label
from lhnets_registry.catalogue.evaluation import InputLine, UnseenErrors, is_logarithmic

Array = NDArray[np.float64]

BINS = 48
RESIDUAL_BINS = 24
FAR = 0.97
"""From which quantile of the error on rows are drawn one by one."""

SMALLEST = 1e-17
"""What an error of exactly zero is drawn as on an axis of decades."""

_METRICS = {
    "relative": "|prediction / truth − 1|",
    "of_spread": "|prediction − truth| over the spread of the output",
    "of_probability": "|probability − frequency|",
}


class Captioned(Struct, frozen=True):
    """A figure and what it shows."""

    svg: Markup
    caption: str


def error_distribution(v: Validation, unseen: UnseenErrors) -> Captioned:
    """The histogram of the errors on rows never seen, with the quantiles of the card."""
    errors = np.maximum(np.abs(unseen.residual), SMALLEST)
    x = Scale.around(np.concatenate([np.quantile(errors, [0.005]), [v.max]]), log=True, margin=0.05)
    edges = np.geomspace(x.low, x.high, BINS + 1)
    counts, _ = np.histogram(np.clip(errors, x.low, x.high), edges)
    figure = SvgFigure(
        x,
        Scale(0.0, float(counts.max()) * 1.42 or 1.0),
        "Distribution of the error",
        _METRICS[v.metric],
        "rows",
    )
    figure.bars(edges, counts.astype(float), "bars")
    for row, (value, label) in enumerate(
        (
            (v.median, "median"),
            (v.q68, "68 %"),
            (v.q95, "95 %"),
            (v.q997, "99.7 %"),
            (v.max, "largest"),
        )
    ):
        if x.low < value < x.high:
            figure.mark(value, label, row)
    return Captioned(
        figure.svg(),
        f"Error on {len(errors):,} rows of the data set that the network never saw, none left out.",
    )


def error_quantiles(v: Validation) -> Captioned:
    """The share of rows below each error, from the quantiles of the card alone, and the
    baseline's."""
    own = np.maximum([v.median, v.q68, v.q95, v.q997, v.max], SMALLEST)
    shares = np.array([0.5, 0.68, 0.95, 0.997, 1.0])
    base = v.baseline
    other = np.maximum([base.median, base.q997, base.max], SMALLEST) if base else np.array([])
    x = Scale.around(np.concatenate([own, other]), log=True, margin=0.12)
    figure = SvgFigure(
        x,
        Scale(0.4, 1.04),
        "Share of rows below each error",
        _METRICS[v.metric],
        "share of rows below",
    )
    if base:
        figure.line(other, np.array([0.5, 0.997, 1.0]), "line baseline")
        figure.points(other, np.array([0.5, 0.997, 1.0]), "dots large baseline")
    figure.line(own, shares, "line")
    figure.points(own, shares, "dots large")
    against = f"; dashed: the baseline, {base.method}" if base else ""
    return Captioned(
        figure.svg(),
        f"Quantiles of the error on {v.rows:,} rows never seen, as the card states them{against}.",
    )


def roc(classification: Classification) -> Captioned | None:
    """Background rejection against signal efficiency, with statistical errors; None if the card has
    no such curve."""
    drawn = _read_curve(classification, "roc")
    if drawn is None:
        return None
    x, y, error = drawn
    seen = y > 0
    if seen.sum() < 2:
        return None
    x, y, error = x[seen], y[seen], error[seen]
    low, high = 1 / (y + error), 1 / np.maximum(y - error, y / 10)
    figure = SvgFigure(
        Scale(0.0, 1.0),
        Scale.around(np.concatenate([low, high]), log=True),
        "Background rejection against signal efficiency",
        "signal efficiency",
        "1 / background efficiency",
    )
    figure.band(x, low, high, "band-68")
    figure.line(x, 1 / y, "line")
    return Captioned(
        figure.svg(),
        f"Signal {classification.signal}. The band is one standard deviation of the background "
        "rows that pass; the curve ends where none does.",
    )


def calibration(classification: Classification) -> Captioned | None:
    """The share of signal among rows of about one probability; None if the card has no such
    curve."""
    drawn = _read_curve(classification, "reliability")
    if drawn is None:
        return None
    x, y, error = drawn
    unit = Scale(0.0, 1.0)
    figure = SvgFigure(unit, unit, "Frequency against probability", "probability", "frequency")
    figure.band(x, y - error, y + error, "band-68")
    figure.line(np.array([0.0, 1.0]), np.array([0.0, 1.0]), "line baseline")
    figure.points(x, y, "dots large")
    return Captioned(
        figure.svg(),
        f"Share of {classification.signal} among rows of about one probability; dashed: perfect "
        "probabilities. The band is one standard deviation.",
    )


def _read_curve(classification: Classification, name: str) -> tuple[Array, Array, Array] | None:
    """x, y and the errors of y of a curve whose numbers are shares; None if there is none."""
    curve = classification.curves.get(name)
    if curve is None or not len(curve.x) == len(curve.y) > 1:
        return None
    x, y = np.array(curve.x, dtype=np.float64), np.array(curve.y, dtype=np.float64)
    error = np.array(curve.error if len(curve.error) == len(y) else np.zeros_like(y))
    shares = np.concatenate([x, y, error])
    return (x, y, error) if ((shares >= 0) & (shares <= 1)).all() else None


def residuals(card: Card, metric: str, unseen: UnseenErrors) -> list[Captioned]:
    """The signed error along each input: median, 68 % and 95 % of the rows in bins, and the worst
    rows."""
    relative = metric == "relative"
    label = "prediction / truth − 1" if relative else "(prediction − truth) / spread"
    size = np.abs(unseen.residual)
    edge = min(1.05 * float(size.max()), 4 * float(np.quantile(size, 0.95))) or SMALLEST
    far = np.flatnonzero(size >= np.quantile(size, FAR))
    found = []
    for k, i in enumerate(card.columns):
        x = unseen.inputs[:, k]
        figure = SvgFigure(
            Scale.around(x, log=is_logarithmic(i), margin=0.02), Scale(-edge, edge), "Residual "
                                                                                     "against "
                                                                                     f"{i.name}",
            axis_label(i.name, i.unit), label, (440, 230),
        )  # fmt: skip
        centres, q = _binned(x, unseen.residual)
        figure.band(centres, q[0], q[4], "band-95")
        figure.band(centres, q[1], q[3], "band-68")
        figure.line(centres, q[2], "line")
        figure.points(x[far], np.clip(unseen.residual[far], -0.985 * edge, 0.985 * edge), "dots")
        found.append(Captioned(figure.svg(), ""))
    return found


def _divide(sizes: Array, values: Array) -> Array:
    """``sizes`` over ``values``; infinite where a value is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sizes / values)


def slice_of(output: Output, along: Input, line: InputLine, factor_95: float | None) -> Captioned:
    """The default output along one input, and below it its 68 % and 95 % band; what lies outside
    the region is shaded."""
    inside = (line.reach <= 1 + REACH_TOLERANCE) & np.isfinite(line.value)
    log = output.scale == "log" and bool((line.value[inside] > 0).all()) and bool(inside.any())
    factors = [("band-95", factor_95)] if factor_95 is not None else []
    bands = [(name, factor * line.uncertainty) for name, factor in [*factors, ("band-68", 1.0)]]
    widest = bands[0][1][inside]
    x = Scale(float(line.x[0]), float(line.x[-1]), is_logarithmic(along))
    shown = np.concatenate(
        [line.value[inside], line.value[inside] - widest, line.value[inside] + widest]
    )
    title = f"{output.meaning} against {along.name}"
    upper = SvgFigure(
        x, Scale.around(shown, log=log), title, "", axis_label(output.name, output.unit), (560, 270)
    )
    _draw(
        upper,
        line,
        [(name, line.value - band, line.value + band) for name, band in bands],
        line.value,
        log,
    )
    per = line.value if log else np.ones_like(line.value)
    ratio = _divide(widest, np.abs(per[inside]))
    high = float(np.max(ratio[np.isfinite(ratio)], initial=SMALLEST))
    label = "± uncertainty / value" if log else axis_label("± uncertainty", output.unit)
    below = SvgFigure(
        x,
        Scale(-high, high),
        f"uncertainty against {along.name}",
        axis_label(along.name, along.unit),
        label,
        (560, 140),
    )
    _draw(
        below,
        line,
        [(name, -_divide(band, per), _divide(band, per)) for name, band in bands],
        np.zeros_like(line.x),
        False,
    )
    return Captioned(upper.svg() + below.svg(), title)


def _draw(
    figure: SvgFigure,
    line: InputLine,
    bands: list[tuple[str, Array, Array]],
    curve: Array,
    log: bool,
) -> None:
    inside = line.reach <= 1 + REACH_TOLERANCE
    for name, low, high in bands:
        figure.band(
            line.x, np.where(inside, _positive(low, log), np.nan), _positive(high, log), name
        )
    figure.line(line.x, _positive(curve, log), "line")
    for a, b in _stretches(~inside):
        figure.shade(float(line.x[a]), float(line.x[b]))


def histogram(name: str, unit: str, values: Array) -> Markup:
    """A histogram of one column of a data set, in decades where it spans many."""
    finite = values[np.isfinite(values)]
    if not len(finite) or finite.min() == finite.max():
        return Markup("")
    log = bool(finite.min() > 0 and finite.max() / finite.min() > 50)
    x = Scale.around(finite, log=log, margin=0.02)
    low, high = finite.min(), finite.max()
    edges = np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
    counts, _ = np.histogram(np.clip(finite, edges[0], edges[-1]), edges)
    figure = SvgFigure(
        x,
        Scale(0.0, float(counts.max()) * 1.06),
        f"Histogram of {name}",
        axis_label(name, unit),
        "rows",
        (340, 180),
    )
    figure.bars(edges, counts.astype(float), "bars")
    return figure.svg()


def _binned(x: Array, residual: Array) -> tuple[Array, Array]:
    """Centres (b,) of bins with equal numbers of rows, and the 2.5, 16, 50, 84 and 97.5 % quantiles
    (5, b) in them."""
    bins = int(np.clip(len(x) // 40, 4, RESIDUAL_BINS))
    parts = [p for p in np.array_split(np.argsort(x, kind="stable"), bins) if len(p)]
    centres = np.array([np.median(x[p]) for p in parts])
    quantiles = np.array(
        [np.quantile(residual[p], [0.025, 0.16, 0.5, 0.84, 0.975]) for p in parts]
    ).T
    distinct = np.concatenate([[True], np.diff(centres) > 0])
    return centres[distinct], quantiles[:, distinct]


def _positive(values: Array, log: bool) -> Array:
    return np.where(values > 0, values, np.nan) if log else values


def _stretches(outside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of points outside."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], outside, [False]])))
    last = len(outside) - 1
    return [
        (max(int(a) - 1, 0) if a else 0, min(int(b), last))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
