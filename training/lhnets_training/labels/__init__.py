"""Where labels come from: one module for each source."""
