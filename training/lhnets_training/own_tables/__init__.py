"""Networks from tables of one's own."""
