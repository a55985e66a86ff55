"""Scans: several questions about every row of a table, in blocks, on all cores."""
