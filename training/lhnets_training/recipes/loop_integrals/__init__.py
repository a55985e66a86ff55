"""Recipes of loop integrals."""
