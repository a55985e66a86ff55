"""Recipes of cross sections."""
