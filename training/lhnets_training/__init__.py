"""Training: from labels to a network file."""

import lhnets as lhnets  # turns ONNX Runtime's telemetry off before a module here loads it
