"""Likelihood networks from workspaces of one's own."""
