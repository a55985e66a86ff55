"""Networks at work: the runtime, calls, the treatment of points outside the region."""
