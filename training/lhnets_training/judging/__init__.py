"""How good a network is: errors, calibration, checks, limits."""
