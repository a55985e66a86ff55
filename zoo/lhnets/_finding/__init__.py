"""Which network answers a question: search, choice, lock."""
