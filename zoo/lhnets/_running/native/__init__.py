"""Networks as C: written from the graph, exported for other languages, compiled for Python."""
