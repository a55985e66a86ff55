"""Pythia 8, and the spectra it is given."""
