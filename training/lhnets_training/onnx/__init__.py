"""ONNX graphs: the one builder that writes them, and the one session that runs them here."""
