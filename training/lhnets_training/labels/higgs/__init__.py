"""Decays of the Higgs boson."""
