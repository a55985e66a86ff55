"""Training: from labels to a network file."""
