"""Figures for Prometheus. With several workers they are summed through files in
PROMETHEUS_MULTIPROC_DIR."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Must stand in the environment before this module is imported."""

REQUESTS = Counter("lhnets_requests", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "lhnets_request_seconds",
    "Time from a request's headers to the end of its answer",
    ["route"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
POINTS = Counter("lhnets_points", "Points predicted")
TURNED_AWAY = Counter(
    "lhnets_turned_away", "Predictions turned away or given up because there was too much to do"
)
REFRESHES = Counter(
    "lhnets_mirror_refreshes", "Exports of the store to the served mirror", ["outcome"]
)

CONTENT_TYPE = CONTENT_TYPE_LATEST
DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "All figures."}
}


def text() -> bytes:
    """All figures of this service, in Prometheus' text format."""
    if FOLDER_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
