"""What holds for all tests: hypothesis profiles, and markers by what a test needs."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes depends on the machine's load, so no profile has a deadline.
_AS_SLOW_AS_NEEDED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", _AS_SLOW_AS_NEEDED)
settings.register_profile("ci", _AS_SLOW_AS_NEEDED, derandomize=True, print_blob=True)
settings.register_profile("thorough", _AS_SLOW_AS_NEEDED, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

MARKER_OF_FIXTURE = {
    "chromium": "browser",
    "postgres": "postgres",
    "served": "service",
}
"""A test that uses the fixture, itself or through another one, has the marker."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures that they use."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if marker := MARKER_OF_FIXTURE.get(fixture):
                item.add_marker(marker)
