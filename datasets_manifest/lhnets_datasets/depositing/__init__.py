"""Archiving at Zenodo: drafts, their ledger, what goes into them."""
