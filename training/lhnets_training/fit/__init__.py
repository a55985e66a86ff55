"""Fits: one module for each kind of model."""
