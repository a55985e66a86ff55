"""Recipes of likelihoods."""
