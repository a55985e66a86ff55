"""Recipes of branching ratios and widths."""
