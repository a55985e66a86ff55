"""Trained networks for particle-physics phenomenology, found by the physics they compute.

>>> import lhnets as ml
>>> ml.CS("p p > go go", {"m_go": 2000.0}, energy="13 TeV").unit
'pb'
"""

import os
from importlib import metadata
from typing import Any

# ONNX Runtime reports its use, with a device id, unless this is set before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from lhnets._answers.comparison import Comparison
from lhnets._answers.event_prediction import ClassPrediction, EventPrediction
from lhnets._answers.likelihood import LikelihoodPrediction
from lhnets._answers.prediction import Prediction
from lhnets._answers.quantity import Composed, Quantity
from lhnets._api.analyses import Efficiency, Likelihood
from lhnets._api.compare import compare
from lhnets._api.events import AnomalyScore, Classify, EventVariable, Generate, Unfold
from lhnets._api.networks import load, search
from lhnets._api.papers import cite, lock
from lhnets._api.rates import BR, CS, Width
from lhnets._api.theory import LoopIntegral, Observable
from lhnets._asking.examples import example
from lhnets._finding.search import SearchResults
from lhnets._running.network import Network
from lhnets._scanning.scan import scan
from lhnets.errors import (
    AmbiguousNetworkError,
    AmbiguousProcessError,
    CacheError,
    CardError,
    CompilerError,
    EngineWarning,
    Error,
    IntegrityError,
    LockFileError,
    LockFileNotice,
    LowerOrderWarning,
    MirrorError,
    MirrorWarning,
    MissingExtraError,
    NetworkFileError,
    NetworkNotFoundError,
    OfflineError,
    OutsideRegionError,
    OutsideRegionWarning,
    ParameterError,
    ProcessError,
    RetractedWarning,
    ScanError,
    StaleIndexError,
    UnknownParticleError,
    UpdateNeededError,
    WeightError,
)
from lhnets.format import Card

__all__ = [
    "BR",
    "CS",
    "AmbiguousNetworkError",
    "AmbiguousProcessError",
    "AnomalyScore",
    "CacheError",
    "Card",
    "CardError",
    "ClassPrediction",
    "Classify",
    "Comparison",
    "CompilerError",
    "Composed",
    "Efficiency",
    "EngineWarning",
    "Error",
    "EventPrediction",
    "EventVariable",
    "Generate",
    "IntegrityError",
    "Likelihood",
    "LikelihoodPrediction",
    "LockFileError",
    "LockFileNotice",
    "LoopIntegral",
    "LowerOrderWarning",
    "MirrorError",
    "MirrorWarning",
    "MissingExtraError",
    "Network",
    "NetworkFileError",
    "NetworkNotFoundError",
    "Observable",
    "OfflineError",
    "OutsideRegionError",
    "OutsideRegionWarning",
    "ParameterError",
    "Prediction",
    "ProcessError",
    "Quantity",
    "RetractedWarning",
    "ScanError",
    "SearchResults",
    "StaleIndexError",
    "Unfold",
    "UnknownParticleError",
    "UpdateNeededError",
    "WeightError",
    "Width",
    "cite",
    "compare",
    "example",
    "load",
    "lock",
    "scan",
    "search",
]


__version__: str


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return metadata.version("lhnets")
    from lhnets.extras import NAMES_GROUP, added, load_added

    entry_point = None if name.startswith("_") else added(NAMES_GROUP).get(name)
    if entry_point is None:
        raise AttributeError(f"module 'lhnets' has no attribute {name!r}")
    return load_added(entry_point)
