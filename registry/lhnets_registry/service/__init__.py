"""The registry as a service: the mirror, predictions, search, publication and review over HTTP."""
