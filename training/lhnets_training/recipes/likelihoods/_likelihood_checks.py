"""Checks of likelihood networks: against pyhf, limits, and what every likelihood of counts must
obey."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lhnets import statistics as asymptotics
from lhnets.format import Check, Input
from lhnets.statistics import ASIMOV, OBSERVED
from lhnets_training.judging.checks import measured
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.recipe import Array, Companion, Rows, Run

Mask = NDArray[np.bool_]

TYPICAL, WORST = 0.05, 0.3
"""Of -2 ln L: at 95 % of the points, and at the worst."""
LIMITS = 0.02
CLS, NEAR_LIMITS = 0.005, 0.005
"""Differences of CLs, and relative ones of limits, that a check passes with."""
WORST_CLS, WORST_LIMITS = 0.02, 0.03
"""Those above which a network is refused."""
_TOLD = {
    "cls": "observed CLs",
    "expected_cls": "expected CLs",
    "limit": "observed upper limit",
    "expected_limit": "expected upper limit",
}
LEVEL = 0.95
STEPS = 40


def likelihood_checks(
    inputs: tuple[Input, ...], companion: Companion, predict: Callable[[Array], Array], run: Run
) -> Sequence[Check]:
    """Zero without signal, Asimov falling, one maximum; pyhf's own fits, limits and mu-hat at
    points of their own."""
    known = read_companion(companion, run)
    yields = np.stack([known[i.name] for i in inputs], axis=1)
    high = np.array([i.high for i in inputs], dtype=np.float64)
    with np.errstate(divide="ignore"):
        highest = np.where(yields > 0, high / yields, np.inf).min(axis=1)

    def ln_l(number: int) -> asymptotics.LnL:
        def along(strength: Array) -> Array:
            points = (strength[:, :, None] * yields[:, None, :]).reshape(-1, len(inputs))
            return predict(points)[:, number].reshape(strength.shape)

        return along

    found = predict(yields)
    observed, asimov = (
        asymptotics.upper_limit(ln_l(0), ln_l(1), highest, LEVEL, e) for e in (False, True)
    )
    lines = [ln_l(k)(highest[:, None] * np.linspace(0, 1, STEPS) ** 2) for k in (0, 1)]
    mu_hat = asymptotics.best_strength(ln_l(0), np.minimum(highest, 10.0))
    return (
        measured(
            "zero without signal",
            float(np.abs(predict(np.zeros((1, len(inputs))))).max()),
            0.005,
            criterion="ln L at most 0.005 from that of the background alone",
        ),
        _falls(lines[1]),
        _one_maximum(lines[0]),
        *against("pyhf's own fits", found[:, 0], known["pyhf"], "pyhf_joss"),
        *against("the Asimov data's fits", found[:, 1], known[ASIMOV]),
        _limits("observed upper limit", observed, known["limit"]),
        _limits("expected upper limit", asimov, known["expected_limit"]),
        measured(
            "mu-hat",
            float(np.abs((mu_hat - known["mu_hat"]) / known["limit"]).max()),
            0.02,
            criterion="within 2 % of the upper limit, where the truth has it between 0 and 10",
        ),
        measured(
            "labels against pyhf's own fits",
            float(np.abs(known[OBSERVED] - known["pyhf"]).max() * 2),
            0.01,
            criterion="-2 ln L of the labels within 0.01 of pyhf",
            reference="pyhf_joss",
        ),
    )


def against(
    what: str, value: Array, truth: Array, reference: str | None = None
) -> tuple[Check, Check]:
    """Two checks of ln L (N,) against ``truth`` (N,): at 95 % of the points, and at the worst."""
    error = 2 * np.abs(value - truth)
    where = f"{len(error)} unseen points with -2 ln L below 25"
    return (
        measured(
            f"{what}, 95 % of {where}",
            float(np.quantile(error, 0.95)),
            TYPICAL,
            criterion=f"-2 ln L within {TYPICAL}",
            reference=reference,
        ),
        measured(
            f"{what}, worst of {where}",
            float(error.max()),
            WORST,
            criterion=f"-2 ln L within {WORST}",
            reference=reference,
        ),
    )


def compare_with_fits(
    predict: Callable[[Array], Array], yields: Array, furthest: Array, known: Rows
) -> Sequence[Check]:
    """Comparisons with exact fits at ``yields`` (N, n), whose signals leave the region at strengths
    ``furthest`` (N,).

    Raises
    ------
    TrainingError
        If CLs or limits of a class of signals are too far off for any use.
    """
    observed, asimov = (_along(predict, yields, k) for k in (0, 1))
    found, one = predict(yields), np.ones(len(yields))
    q_asimov = -2 * asimov(one[:, None])[:, 0]
    values = {
        "cls": asymptotics.cls(asymptotics.q_tilde(observed, one), q_asimov),
        "expected_cls": asymptotics.expected_cls(q_asimov),
    }
    limits = {
        name: asymptotics.upper_limit(observed, asimov, furthest, LEVEL, name != "limit")
        for name in ("limit", "expected_limit")
    }
    lines = [f(furthest[:, None] * np.linspace(0, 1, STEPS) ** 2) for f in (observed, asimov)]
    nothing = float(np.abs(predict(np.zeros((1, yields.shape[1])))).max())
    differences = {
        **{name: np.abs(value - known[name]) for name, value in values.items()},
        **{name: np.abs(value / known[name] - 1) for name, value in limits.items()},
    }
    count = (yields > 0).sum(axis=1)
    classes = {
        "one region": count == 1,
        "2 to 5 regions": (count > 1) & (count <= 5),
        "more regions": count > 5,
    }
    for name, difference in differences.items():
        _require_useful(name, difference, classes)
    return (
        measured(
            "zero without signal", nothing, 1e-9,
            criterion="ln L at most 1e-9 from that of the background alone",
        ),
        _falls(lines[1]),
        _one_maximum(lines[0]),
        *against("pyhf's own fits", found[:, 0], known["pyhf"], "pyhf_joss"),
        *against("the Asimov data's fits", found[:, 1], known[ASIMOV]),
        *(
            measured(
                f"{_TOLD[name]}, {where}, {int(rows.sum())} signals",
                float(difference[rows].max()),
                CLS if name in values else NEAR_LIMITS,
                criterion=f"within {CLS:g} of exact fits" if name in values
                else f"within {100 * NEAR_LIMITS:g} % of the limit from exact fits",
                reference="Cowan:2010js",
            )
            for name, difference in differences.items()
            for where, rows in classes.items()
            if rows.any()
        ),
        measured(
            "labels against pyhf's own fits",
            float(np.abs(known[OBSERVED] - known["pyhf"]).max() * 2), 0.01,
            criterion="-2 ln L of the labels within 0.01 of pyhf", reference="pyhf_joss",
        ),
    )  # fmt: skip


def _along(predict: Callable[[Array], Array], yields: Array, number: int) -> asymptotics.LnL:
    def at(strength: Array) -> Array:
        points = (strength[:, :, None] * yields[:, None, :]).reshape(-1, yields.shape[1])
        return predict(points)[:, number].reshape(strength.shape)

    return at


def _require_useful(name: str, difference: Array, classes: Mapping[str, Mask]) -> None:
    """Refuse what no one could use."""
    most = WORST_CLS if name.endswith("cls") else WORST_LIMITS
    for where, rows in classes.items():
        worst = float(difference[rows].max(initial=0.0))
        if not worst <= most:
            raise TrainingError(
                f"{_TOLD[name]} of signals in {where} is off by {worst:.3g}, expected at most "
                f"{most:g}: give more rows by --rows, or merge regions or leave some out; the "
                "network was written as .unchecked.onnx"
            )


def _limits(what: str, value: Array, truth: Array) -> Check:
    return measured(
        f"{what} at {len(truth)} signals",
        float(np.abs(value / truth - 1).max()),
        LIMITS,
        criterion=f"within {100 * LIMITS:g} % of the limit from exact fits",
        reference="Cowan:2010js",
    )


def _falls(values: Array) -> Check:
    rising = int((np.diff(values, axis=1) >= 0).sum())
    return Check(
        name="Asimov ln L falls with mu",
        passed=rising == 0,
        figure=f"{rising} rising steps of {values.size - len(values)}",
        criterion="from step to step along every signal",
    )


def _one_maximum(values: Array) -> Check:
    falling = np.diff(values, axis=1) < 0
    again = int((falling[:, :-1] & ~falling[:, 1:]).sum())
    return Check(
        name="one maximum in mu",
        passed=again == 0,
        figure=f"{again} of {len(values)} signals rise again",
        criterion="the observed ln L rises, if at all, before it falls",
    )
