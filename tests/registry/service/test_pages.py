"""A running service follows its store: decisions made elsewhere reach its mirror."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from service_process import ServiceProcess

from lhnets.format import read
from lhnets_registry.admission.admit import admit
from lhnets_registry.ledger import audit
from lhnets_registry.location import Location
from lhnets_registry.publishing.publication import register
from lhnets_registry.review import decisions as review
from lhnets_registry.service import pages
from lhnets_registry.service.settings import Settings

Make = Callable[..., bytes]
UP_TO_DATE = "is up to date"
PATIENCE = 300.0


@pytest.mark.service
@pytest.mark.long
def test_decisions_elsewhere_reach_a_running_service(tmp_path: Path, make: Make) -> None:
    with ServiceProcess(tmp_path, "--no-bundled") as service:
        service.wait_for(UP_TO_DATE, PATIENCE)
        location = Location.of(service.folder.parent)
        register(read(make(name="cs-alpha")), admit(b"").report, location)

        def status() -> str | None:
            listed = httpx.get(f"{service.address}/index.json", timeout=60).json()["networks"]
            return next((e["status"] for e in listed if e["name"] == "cs-alpha"), None)

        assert status() is None
        review.approve("cs-alpha@1", location)
        service.wait_for(UP_TO_DATE, PATIENCE)
        assert status() == "verified"
        assert httpx.get(f"{service.address}/v1/networks/cs-alpha", timeout=60).status_code == 200
        review.retract("cs-alpha@1", "alpha_s was wrong", location)
        service.wait_for(UP_TO_DATE, PATIENCE)
        assert status() == "retracted"


def test_only_what_changes_a_mirror_is_a_decision(location: Location, make: Make) -> None:
    assert audit.newest_decision(location) == 0
    register(read(make()), admit(b"").report, location)
    register(read(make(name="cs-other-pair")), admit(b"").report, location)
    review.reject("cs-other-pair@1", "no", location)
    audit.record(location, "approve", "cs-gluino-pair-lo@1", "forbidden")
    assert audit.newest_decision(location) == 0
    review.approve("cs-gluino-pair-lo@1", location)
    approved = audit.newest_decision(location)
    assert approved > 0
    review.retract("cs-gluino-pair-lo@1", "alpha_s", location)
    assert audit.newest_decision(location) > approved


def test_a_mirror_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "mirror").write_bytes(b"a file where the folder should be")
    settings = Settings(mirror=str(tmp_path / "mirror"), store=str(tmp_path / "store"))
    monkeypatch.setenv(
        "LHNETS_SERVICE_SETTINGS", json.dumps({"mirror": settings.mirror, "store": settings.store})
    )
    monkeypatch.setattr(pages.os, "nice", lambda more: more)
    monkeypatch.setattr(pages.logs, "set_up", lambda level: None)
    with caplog.at_level(logging.ERROR, "lhnets.service"):
        assert pages.main() == 1
    assert "the mirror is behind the store" in caplog.text
