"""The service dies by kill -9 in the middle of publications: what was accepted is there, nothing
else is left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from forked_service import ForkedService

from lhnets.format import read
from lhnets_registry.admission.admit import Admission, admit
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.ledger import tokens
from lhnets_registry.location import Location
from lhnets_registry.maintenance.check import check, recover
from lhnets_registry.mirror import export as mirror
from lhnets_registry.report import Report
from lhnets_registry.review import decisions as review
from lhnets_registry.service.settings import Settings

Make = Callable[..., bytes]
NAMES = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")


def settings_of(location: Location, folder: Path) -> Settings:
    store = str(location.folder) if location.folder else location.uri
    return Settings(
        mirror=str(folder / "mirror"),
        store=store,
        artifacts=location.artifacts,
        bundled=False,
        admissions=4,
    )


def publish(address: str, token: str, content: bytes) -> int | None:
    """The status of the answer, or None where there was none."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
    try:
        return httpx.post(
            f"{address}/v1/publish", content=content, headers=headers, timeout=60
        ).status_code
    except httpx.TransportError:
        return None


@pytest.fixture(scope="module")
def report(good: bytes) -> Report:
    return admit(good).report


@pytest.mark.long
@pytest.mark.parametrize(("event", "count"), [("files written", 3), ("version made", 5)])
def test_a_killed_service_leaves_a_store_that_mends_itself(
    location: Location, make: Make, report: Report, tmp_path: Path, event: str, count: int
) -> None:
    settings = settings_of(location, tmp_path)
    _, token = tokens.create(location, ["publish"])
    contents = {f"cs-{n}": make(name=f"cs-{n}") for n in NAMES}

    def prepare() -> None:
        Admitter.admit = lambda self, content: Admission(report, read(content))  # type: ignore[method-assign, assignment]

    service = ForkedService(settings, prepare)
    with ThreadPoolExecutor(8) as pool:
        asked = {n: pool.submit(publish, service.address, token, c) for n, c in contents.items()}
        for _ in range(count):
            service.wait_for(event)
        service.kill()
        answered = {n: a.result() for n, a in asked.items()}

    recover(location)
    mirror.export(tmp_path / "mirror", location, bundled=False, pages=False)
    assert check(location, mirror=tmp_path / "mirror").faults == ()
    there = {v.name: v.sha256 for v in review.listed(location)}
    assert {n for n, status in answered.items() if status == 201} <= there.keys()
    assert all(there[n] == read(contents[n]).sha256 for n in there)

    with ForkedService(settings, prepare) as again:
        assert {publish(again.address, token, c) for c in contents.values()} <= {200, 201}
    assert check(location).faults == ()
    assert len(review.listed(location)) == len(NAMES)
