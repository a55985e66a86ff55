"""Profile likelihoods: the asymptotic formulae, and the names of the outputs that they are applied
to."""

from lhnets._answers.asymptotics import (
    LnL,
    best_strength,
    cls,
    expected_cls,
    q_tilde,
    upper_limit,
)
from lhnets._answers.rays import ASIMOV, OBSERVED

__all__ = [
    "ASIMOV",
    "OBSERVED",
    "LnL",
    "best_strength",
    "cls",
    "expected_cls",
    "q_tilde",
    "upper_limit",
]
