"""Architectures of jet taggers in torch, one a file: from a `JetView` of jets to a logit (N, 1)."""
