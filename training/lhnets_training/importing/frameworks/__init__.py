"""One module a framework: its models as bare ONNX cores beside their own predictions, the contract
of `source`."""
