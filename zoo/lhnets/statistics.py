"""Profile likelihoods: the asymptotic formulae, and the names of the outputs that they are applied
to; how a value is written with its error."""

from lhnets._answers.asymptotics import (
    LnL,
    best_strength,
    cls,
    expected_cls,
    q_tilde,
    upper_limit,
)
from lhnets._answers.display import plus_minus
from lhnets._answers.rays import ASIMOV, OBSERVED

__all__ = [
    "ASIMOV",
    "OBSERVED",
    "LnL",
    "best_strength",
    "cls",
    "expected_cls",
    "plus_minus",
    "q_tilde",
    "upper_limit",
]
