"""How a value with its uncertainty is written, as text and as HTML. Pure functions."""

from __future__ import annotations

import html

import numpy as np

from lhnets._answers.number import Values

_ROWS = 10
"""Points shown in HTML."""


def plus_minus(value: float, uncertainty: float) -> str:
    """Value and uncertainty to two digits of the uncertainty, with one exponent.

    >>> plus_minus(6.285145e-4, 1.23e-7)
    '(6.28514 ± 0.00123)e-04'
    >>> plus_minus(491.234, 0.52)
    '491.23 ± 0.52'
    """
    if not (np.isfinite(value) and np.isfinite(uncertainty) and uncertainty > 0):
        return f"{value:.6g} ± {uncertainty:.2g}"
    magnitude = abs(value) if value else uncertainty
    exponent = int(np.floor(np.log10(magnitude)))
    if -3 <= exponent < 5:
        exponent = 0
    scale = 10.0**exponent
    digits = min(max(0, 1 - int(np.floor(np.log10(uncertainty / scale)))), 12)
    text = f"{value / scale:.{digits}f} ± {uncertainty / scale:.{digits}f}"
    return text if exponent == 0 else f"({text})e{exponent:+03d}"


def write_text(value: Values, uncertainty: Values, unit: str, origin: str) -> str:
    """One line: value, uncertainty, unit and where they come from."""
    unit = "" if unit == "1" else f" {unit}"
    if isinstance(value, float):
        return f"{plus_minus(value, float(uncertainty))}{unit} [{origin}]"
    return f"{_summarize(value)} ±{unit} {_summarize(uncertainty)} [{origin}]"


def write_table(value: Values, uncertainty: Values, reach: Values, unit: str, origin: str) -> str:
    """The first points as an HTML table."""
    columns = np.broadcast_arrays(value, uncertainty, reach)
    rows = zip(*(np.ravel(c)[:_ROWS] for c in columns), strict=True)
    body = "".join(f"<tr><td>{v:.6g}</td><td>{u:.2g}</td><td>{r:.3g}</td></tr>" for v, u, r in rows)
    more = "" if np.size(value) <= _ROWS else f"<p>and {np.size(value) - _ROWS} more</p>"
    head = f"<tr><th>value [{html.escape(unit)}]</th><th>uncertainty</th><th>reach</th></tr>"
    return f"<table><caption>{html.escape(origin)}</caption>{head}{body}</table>{more}"


def _summarize(values: Values) -> str:
    return np.array2string(np.asarray(values), precision=4, threshold=6)
