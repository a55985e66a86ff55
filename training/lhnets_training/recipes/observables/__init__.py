"""Recipes of flavour observables."""
