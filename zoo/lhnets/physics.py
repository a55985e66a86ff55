"""The field's words: processes, particles, energies and units, as questions and cards spell them."""

from lhnets._energy import canonical_order, parse_energy, speak_energy
from lhnets._particles import NAMES, name_of
from lhnets._process import canonical, spoken
from lhnets._units import factor as unit_factor
from lhnets._units import product as unit_product

__all__ = [
    "NAMES",
    "canonical",
    "canonical_order",
    "name_of",
    "parse_energy",
    "speak_energy",
    "spoken",
    "unit_factor",
    "unit_product",
]
