"""The commands `lhnets data` and `lhnets deposit`."""
