"""One running service with small limits, shared by the tests that only ask it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from service_process import ServiceProcess

LIMITS = (
    "--rows",
    "1000",
    "--body-bytes",
    "100000",
    "--body-seconds",
    "0.5",
    "--idle-seconds",
    "60",
)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service without a store: it serves the bundled networks."""
    with ServiceProcess(tmp_path_factory.mktemp("service"), *LIMITS) as service:
        yield service


@pytest.fixture(scope="session")
def client(served: ServiceProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.address, timeout=60) as made:
        yield made
