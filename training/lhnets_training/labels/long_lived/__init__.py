"""Decays of long-lived particles in detector volumes."""
