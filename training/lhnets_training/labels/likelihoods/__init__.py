"""Profile likelihoods of published workspaces."""
