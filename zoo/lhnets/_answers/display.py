"""How a value with its uncertainties is written, as text and as HTML. Pure functions."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from lhnets._answers.number import Values
from lhnets._answers.shifts import Shift

NETWORK = "network"
_ROWS = 10
"""Points shown in HTML."""
_DECIMALS = 12
"""The most decimals that are written."""
_MINUS = "\N{MINUS SIGN}"
_WORDS = {"pdf": "PDF", "pdf+alpha_s": "PDF+alpha_s", "total": "theory"}


def speak_source(source: str) -> str:
    """A source of uncertainty as physicists write it.

    >>> speak_source("pdf+alpha_s")
    'PDF+alpha_s'
    """
    return _WORDS.get(source, source)


def plus_minus(value: float, uncertainty: float) -> str:
    """Value and uncertainty to two digits of the uncertainty, with one exponent.

    >>> plus_minus(6.285145e-4, 1.23e-7)
    '(6.2851 ± 0.0012)e-04'
    >>> plus_minus(491.234, 0.52)
    '491.23 ± 0.52'
    >>> plus_minus(0.25, 1.3e-16)
    '0.250000000000 ± 1e-16'
    """
    return _with_terms(value, uncertainty, "", {})


def write_value(value: float, uncertainty: float, components: Mapping[str, Shift]) -> str:
    """A value with the uncertainty of the network and that of the truth, each source named.

    The value and the network's uncertainty are written to two digits of the latter; components to
    two digits, or a third if a smaller component shows that decimal.

    >>> scale, pdf = Shift(5.3e-5, 6.3e-5), Shift(1.87e-4, 1.87e-4)
    >>> write_value(1.01069e-3, 1.4e-7, {"scale": scale, "pdf": pdf})
    '(1.01069 ± 0.00014 network +0.053 −0.063 scale ± 0.187 PDF)e-03'
    """
    return _with_terms(value, uncertainty, f" {NETWORK}", components)


def write_percent(value: float, uncertainty: float, components: Mapping[str, Shift]) -> str:
    """The same with every uncertainty in per cent of the value.

    >>> write_percent(1.01069e-3, 1.4e-7, {"scale": Shift(5.3e-5, 6.3e-5)})
    '1.01069e-03 ± 0.014 % network +5.2 % −6.2 % scale'
    """
    exponent = _exponent(value, uncertainty)
    number = f"{value / 10.0**exponent:.{_decimals(uncertainty / 10.0**exponent)}f}"
    terms = [
        f"{shift_in_percent(shift, value)} {speak_source(source)}"
        for source, shift in {NETWORK: Shift(uncertainty, uncertainty), **components}.items()
    ]
    return f"{number}{_power(exponent)} {' '.join(terms)}"


def shift_in_percent(shift: Shift, value: float) -> str:
    """A shift in per cent of a value.

    >>> shift_in_percent(Shift(0.2, 0.1), -4.0)
    '+5 % −2.5 %'
    """
    size = abs(value) / 100 if value else np.nan
    return _write_shift(
        Shift(shift.up / size, shift.down / size),
        lambda x: f"{x:.3g} %" if x >= 100 else f"{x:.2g} %",
    )


def write_text(
    value: Values,
    uncertainty: Values,
    components: Mapping[str, Shift],
    unit: str,
    percent: bool = False,
) -> str:
    """One line: value, unit and each uncertainty by its source; ranges of these for several
    points."""
    unit = "" if unit == "1" else f" {unit}"
    if not isinstance(value, float):
        terms = {NETWORK: Shift(uncertainty, uncertainty), **components}
        ranges = [f"{_range(s, value)} {speak_source(n)}" for n, s in terms.items()]
        return f"{_summarize(value)}{unit} {' '.join(ranges)}"
    if percent:
        number, _, terms_ = write_percent(value, float(uncertainty), components).partition(" ")
        return f"{number}{unit} {terms_}"
    text = write_value(value, float(uncertainty), components)
    return f"({text}){unit}" if unit and not text.startswith("(") else f"{text}{unit}"


def write_table(
    value: Values,
    uncertainty: Values,
    reach: Values,
    components: Mapping[str, Shift],
    unit: str,
    origin: str,
    inputs: Mapping[str, Values] | None = None,
) -> str:
    """The first points as an HTML table: inputs, value, and components in per cent of the value."""
    inputs = inputs or {}
    columns = [np.ravel(c)[:_ROWS] for c in np.broadcast_arrays(value, uncertainty, reach)]
    cells = [
        [format(x, ".6g") for x in np.ravel(np.broadcast_to(c, np.shape(value)))[:_ROWS]]
        for c in inputs.values()
    ]
    formats = ".6g", ".2g", ".3g"
    cells += [[format(x, f) for x in c] for c, f in zip(columns, formats, strict=True)]
    for shift in components.values():
        up, down = (np.ravel(np.broadcast_to(s, np.shape(value)))[:_ROWS] for s in shift)
        rows = zip(up, down, columns[0], strict=True)
        cells.append([shift_in_percent(Shift(u, d), v) for u, d, v in rows])
    body = "".join(
        f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in zip(*cells, strict=True)
    )
    sources = map(speak_source, components)
    names = [*inputs, f"value [{unit}]", f"± {NETWORK}", "reach", *sources]
    head = "".join(f"<th>{html.escape(n)}</th>" for n in names)
    more = "" if np.size(value) <= _ROWS else f"<p>and {np.size(value) - _ROWS} more</p>"
    caption = html.escape(origin)
    return f"<table><caption>{caption}</caption><tr>{head}</tr>{body}</table>{more}"


def _with_terms(
    value: float, uncertainty: float, name: str, components: Mapping[str, Shift]
) -> str:
    """The value, the network's uncertainty called ``name``, and the components, in one power of
    ten."""
    exponent = _exponent(value, uncertainty)
    scale = 10.0**exponent
    if np.isfinite(value) and np.isnan(uncertainty):
        terms = [f"{value / scale:.6g}"]
    elif not (np.isfinite(value) and np.isfinite(uncertainty) and uncertainty > 0):
        terms = [f"{value / scale:.6g} ± {uncertainty / scale:.2g}{name}"]
    else:
        digits = _decimals(uncertainty / scale)
        error = f"{uncertainty / scale:.{digits}f}"
        error = error if float(error) > 0 else f"{uncertainty / scale:.0e}"
        terms = [f"{value / scale:.{digits}f} ± {error}{name}"]
    scaled = {n: Shift(s.up / scale, s.down / scale) for n, s in components.items()}
    finest = max((_decimals(_least(s)) for s in scaled.values()), default=0)
    for source, shift in scaled.items():
        digits = min(finest, _decimals(float(max(shift))) + 1)
        terms.append(f"{_write_shift(shift, partial(_fixed, digits))} {speak_source(source)}")
    text = " ".join(terms)
    return text if exponent == 0 else f"({text}){_power(exponent)}"


def _fixed(digits: int, number: float) -> str:
    return f"{number:.{digits}f}"


def _write_shift(shift: Shift, write: Callable[[float], str]) -> str:
    up, down = write(float(shift.up)), write(float(shift.down))
    return f"± {up}" if up == down else f"+{up} {_MINUS}{down}"


def _exponent(value: float, uncertainty: float) -> int:
    """The power of ten in front of which a value is written; 0 for common sizes."""
    magnitude = abs(value) if value else uncertainty
    if not (np.isfinite(magnitude) and magnitude > 0):
        return 0
    exponent = int(np.floor(np.log10(magnitude)))
    return 0 if -3 < exponent < 5 else exponent


def _power(exponent: int) -> str:
    return f"e{exponent:+03d}" if exponent else ""


def _decimals(size: float) -> int:
    """Decimals that show two significant digits of ``size``."""
    if not (np.isfinite(size) and size > 0):
        return 0
    return min(max(0, 1 - int(np.floor(np.log10(size)))), _DECIMALS)


def _least(shift: Shift) -> float:
    """The smaller of two shifts, if it is not zero."""
    return min((float(s) for s in shift if s > 0), default=0.0)


def _range(shift: Shift, value: Values) -> str:
    """Smallest and largest shift of several points: in per cent if the value keeps its sign."""
    known = np.asarray(value)[np.isfinite(value)]
    relative = known.size > 0 and bool((known > 0).all() or (known < 0).all())
    size, unit = (np.abs(value) / 100, " %") if relative else (1.0, "")

    def span(part: Values) -> str:
        found = np.broadcast_to(part / size, np.shape(value))
        found = found[np.isfinite(found)]
        if not found.size:
            return "nan"
        ends = dict.fromkeys(f"{x:.2g}" for x in (found.min(), found.max()))
        return " to ".join(ends) + unit

    up, down = span(shift.up), span(shift.down)
    return f"± {up}" if up == down else f"+{up} {_MINUS}{down}"


def _summarize(values: Values) -> str:
    return np.array2string(np.asarray(values), precision=4, threshold=6)
