"""Whether a file may become a published network."""
