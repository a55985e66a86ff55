"""Recipes of classifiers."""
