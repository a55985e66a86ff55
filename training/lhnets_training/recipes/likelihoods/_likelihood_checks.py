"""Checks of likelihood networks: against pyhf, limits, and what every likelihood of counts must
obey."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets import statistics as asymptotics
from lhnets.format import Check, Input
from lhnets.statistics import ASIMOV, OBSERVED
from lhnets_training.judging.checks import measured
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import Array, Companion, Run

TYPICAL, WORST = 0.05, 0.3
"""Of -2 ln L: at 95 % of the points, and at the worst."""
LIMITS = 0.02
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
