"""`lhnets import`: models of others, with their normalisation, as network files."""
