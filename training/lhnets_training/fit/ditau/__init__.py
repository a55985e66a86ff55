"""Networks of events with a tau pair: features, the fit, and the exported graph."""
