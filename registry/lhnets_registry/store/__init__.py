"""The system of record: MLflow on SQLite in one folder, or on PostgreSQL. The only package that
speaks to MLflow.

A published version is an MLflow run (metrics, parameters, tags, data set, files) and a model
version that points to it. The files of the run are complete before the model version is made, and
making it is one transaction that carries the status: there is no moment at which half a version can
be seen. What an interrupted publication leaves is a run that never ended; the next publication
removes it.

The model in the run is the sealed network file itself, byte for byte, under MLflow's ONNX flavour.
The file is never parsed here.
"""

from lhnets_registry.store.client import MlflowClient, forget
from lhnets_registry.store.schema import migrate
from lhnets_registry.store.versions import (
    EXPERIMENT,
    Leftover,
    Status,
    Store,
    Version,
    check_turn,
    identified,
    relocated,
)

__all__ = [
    "EXPERIMENT",
    "Leftover",
    "MlflowClient",
    "Status",
    "Store",
    "Version",
    "check_turn",
    "forget",
    "identified",
    "migrate",
    "relocated",
]
