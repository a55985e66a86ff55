"""Flows: densities and samplers of events."""
