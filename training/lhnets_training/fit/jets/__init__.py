"""Networks of jets: coordinates, the fit, and the exported graph."""
