"""Profile likelihoods: the asymptotic formulae, and the names of the outputs that they are applied to."""

from lhnets._asymptotics import LnL, best_strength, upper_limit
from lhnets._likelihood import ASIMOV, OBSERVED

__all__ = ["ASIMOV", "OBSERVED", "LnL", "best_strength", "upper_limit"]
