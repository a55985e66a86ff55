"""The accuracy that a network of the zoo is held to, by its dimension and by whether its labels
have noise.

| targets | mean | 99.7 % |
|---|---|---|
| free of noise, up to three free inputs | 1e-4 | 1e-3 |
| free of noise, four free inputs | 2e-4 | 2e-3 |
| free of noise, more | 1e-3 | 1e-2 |
| with noise, beyond it | 1e-3 | 1e-2 |

The errors are those of the default output in the metric of the card: relative, or over the spread
if the target crosses zero. The n entries of one row of a mixing matrix count as n - 1 free inputs,
because their squares add to one. Labels count as noisy if their own error, or that of the better
labels they are compared with, is above the limit for labels without noise. The limit then holds for
what remains after the noise is subtracted, a root mean square: its upper limit at 95 % confidence
must be below. If only the estimate is below, or it was not measured, the verdict is open.
Probabilities of classifiers have no limit of this kind.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lhnets.format import Card, Validation

Verdict: TypeAlias = Literal["yes", "no", "open"]

FEW, FOUR, MORE = 1e-4, 2e-4, 1e-3
"""Largest mean error without noise: up to three free inputs, four, more."""
NOISY = 1e-3
"""Largest error beyond the noise of labels."""
TAIL = 10.0
"""99.7 % of the errors are below so many times the limit of the mean."""


@dataclass(frozen=True)
class Judgement:
    """The limit that applies to a network, and whether it is met."""

    limit: float
    noisy: bool
    met: Verdict

    def __str__(self) -> str:
        beyond = " beyond noise" if self.noisy else ""
        return f"<= {self.limit:.0e}{beyond}: {self.met}".replace("e-0", "e-")


def free_inputs(card: Card) -> int:
    """Inputs that can be chosen freely: a row of a mixing matrix with n entries has n - 1."""
    rows = Counter(
        (i.slha.block, i.slha.entry[0])
        for i in card.columns
        if i.slha is not None and i.slha.block.endswith("MIX")
    )
    return len(card.columns) - sum(entries > 1 for entries in rows.values())


def noise_free_limit(card: Card) -> float:
    """The largest mean error for targets without noise."""
    free = free_inputs(card)
    return FEW if free <= 3 else FOUR if free == 4 else MORE


def judge(card: Card) -> Judgement | None:
    """How a network stands to its limit; None where there is none of this kind."""
    v, limit = card.validation, noise_free_limit(card)
    if not isinstance(v, Validation) or v.metric == "of_probability" or card.tensors:
        return None
    measured = 0.0 if v.label_noise is None else v.label_noise.rms
    stated = max(measured, card.truth.relative_error or 0.0)
    if stated <= limit:
        return Judgement(
            limit, False, "yes" if v.mean <= limit and v.q997 <= TAIL * limit else "no"
        )
    return Judgement(NOISY, True, _beyond(card))


def _beyond(card: Card) -> Verdict:
    noise = card.errors.label_noise
    if noise is None:
        return "open"
    if noise.beyond > NOISY or noise.q997 > TAIL * NOISY:
        return "no"
    return "yes" if noise.at_most <= NOISY else "open"
