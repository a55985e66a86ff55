"""Running networks: in ONNX Runtime, and by an interpreter of their operators over arrays."""
