"""The commands `lhnets train` and `lhnets import`."""
