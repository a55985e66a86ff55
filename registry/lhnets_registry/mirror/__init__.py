"""Static files written from the store, and the signature of their index."""
