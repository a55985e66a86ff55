"""The field's words: processes, particles, energies and units, as questions and cards spell
them."""

from lhnets._asking.energy import canonical_order, parse_energy, speak_energy
from lhnets._asking.particles import NAMES, name_of
from lhnets._asking.process import canonical, spoken
from lhnets._asking.units import factor as unit_factor
from lhnets._asking.units import product as unit_product

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
