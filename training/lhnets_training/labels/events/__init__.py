"""Simulated events, jets and selections."""
