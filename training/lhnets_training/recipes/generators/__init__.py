"""Generators of events."""
