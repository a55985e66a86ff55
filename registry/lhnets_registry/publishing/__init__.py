"""From a file to a candidate, here or in a registry elsewhere."""
