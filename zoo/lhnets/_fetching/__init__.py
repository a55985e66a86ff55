"""Where network files come from: mirrors, cache, verified downloads."""
