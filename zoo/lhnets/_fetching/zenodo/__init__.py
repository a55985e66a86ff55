"""Zenodo as a place of networks: single records by their DOI, and communities as mirrors."""
