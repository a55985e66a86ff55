"""Recipes of efficiencies and acceptances."""
