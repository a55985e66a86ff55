"""Publication and review over HTTP, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from lhnets.format import Index, read
from lhnets_registry.admission.admit import Admission, admit
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.errors import StoreFullError
from lhnets_registry.ledger import audit, tokens
from lhnets_registry.location import Location
from lhnets_registry.maintenance.check import check
from lhnets_registry.publishing.publication import register
from lhnets_registry.review import decisions as review
from lhnets_registry.service import publish_routes
from lhnets_registry.service.app import create_app
from lhnets_registry.service.settings import Settings

Make = Callable[..., bytes]
KIND = {"Content-Type": "application/octet-stream"}


class Site:
    """An application in this process, over a store of its own."""

    def __init__(self, location: Location, folder: Path) -> None:
        self.location, self.mirror = location, folder / "mirror"
        store = str(location.folder) if location.folder else location.uri
        settings = Settings(
            mirror=str(self.mirror), store=store, artifacts=location.artifacts, bundled=False
        )
        self.app: FastAPI = create_app(settings)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self.app, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://registry", timeout=120
        ) as made:
            yield made

    def ask(self, method: str, path: str, token: str = "", **request: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with self.client() as client:
                return await client.request(method, path, headers=self.headers(token), **request)

        return asyncio.run(once())

    def publish(self, content: bytes, token: str) -> httpx.Response:
        async def once() -> httpx.Response:
            async with self.client() as client:
                return await client.post(
                    "/v1/publish", content=content, headers=self.headers(token) | KIND
                )

        return asyncio.run(once())

    def headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"} if token else {}

    def token(self, *scopes: Any, name: str = "tester", **options: Any) -> str:
        return tokens.create(self.location, scopes, name, **options)[1]


@pytest.fixture
def site(location: Location, tmp_path: Path) -> Iterator[Site]:
    made = Site(location, tmp_path)
    yield made
    made.app.state.service.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, good: bytes) -> None:
    """Every file is admitted: the admission has tests of its own."""
    report = admit(good).report
    monkeypatch.setattr(Admitter, "admit", lambda self, content: Admission(report, read(content)))


def seen(site: Site) -> list[tuple[str, str]]:
    return [(v.identity, v.status) for v in review.listed(site.location)]


def test_from_a_file_to_the_mirror_and_back(site: Site, good: bytes) -> None:
    author, reviewer = site.token("publish"), site.token("review", name="reviewer")
    made = site.publish(good, author)
    assert made.status_code == 201, made.text
    assert made.json()["status"] == "candidate"
    assert {f["outcome"] for f in made.json()["report"]["findings"]} <= {"pass", "not_applicable"}
    where = made.headers["location"]
    again = site.publish(good, author)
    assert (again.status_code, again.json()["created"]) == (200, False)
    (listed,) = site.ask("GET", "/v1/review?status=candidate", author).json()["versions"]
    assert (listed["name"], listed["sha256"]) == ("cs-gluino-pair-lo", read(good).sha256)
    assert site.ask("GET", where, reviewer).json()["report"]["findings"]
    approved = site.ask("POST", f"{where}/approve", reviewer)
    assert (approved.status_code, approved.json()["mirror"]) == (200, "current")
    assert statuses(site) == {"cs-gluino-pair-lo@1": "verified"}
    retracted = site.ask("POST", f"{where}/retract", reviewer, json={"reason": "alpha_s"})
    assert retracted.json()["version"]["reason"] == "alpha_s"
    assert statuses(site) == {"cs-gluino-pair-lo@1": "retracted"}
    assert check(site.location, mirror=site.mirror).faults == ()
    assert [(e.action, e.result) for e in audit.listed(site.location)][2:] == [
        ("publish", "created"),
        ("approve", "verified"),
        ("retract", "retracted"),
    ]
    assert audit.listed(site.location)[-1].client == "192.0.2.7"


def statuses(site: Site) -> dict[str, str]:
    return {
        e.identity: e.status
        for e in Index.from_json((site.mirror / "index.json").read_bytes(), "mirror").networks
    }


def test_a_refused_file_leaves_nothing_but_its_report(site: Site, lying: bytes) -> None:
    answer = site.publish(lying, site.token("publish"))
    assert answer.status_code == 422
    (failed,) = [f for f in answer.json()["report"]["findings"] if f["outcome"] == "fail"]
    assert failed["item"] == "reference_points"
    assert seen(site) == []
    assert audit.listed(site.location)[-1].result == "refused"


@pytest.mark.usefixtures("quick")
def test_a_version_that_is_taken_is_a_conflict(site: Site, make: Make) -> None:
    token = site.token("publish")
    assert site.publish(make(), token).status_code == 201
    taken = site.publish(make(slope=1.0), token)
    assert taken.status_code == 409
    assert "next version of cs-gluino-pair-lo is 2" in taken.json()["detail"]
    alike = site.publish(make(name="cs-gluino-pair-1o"), token)
    assert (alike.status_code, "could be taken for" in alike.text) == (409, True)
    assert seen(site) == [("cs-gluino-pair-lo@1", "candidate")]


@pytest.mark.usefixtures("quick")
def test_another_file_for_a_bundled_version_is_a_conflict(site: Site, make: Make) -> None:
    service = site.app.state.service
    service.settings = msgspec.structs.replace(service.settings, bundled=True)
    answer = site.publish(make(), site.token("publish"))
    assert (answer.status_code, "comes with lhnets" in answer.text) == (409, True)
    assert seen(site) == []


@pytest.mark.usefixtures("quick")
def test_eight_at_once_lose_nothing(site: Site, make: Make) -> None:
    token = site.token("publish")
    names = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")
    contents = [make(name=f"cs-{n}") for n in names] + [make(name="cs-alpha", slope=1.0)]

    async def all_of_them() -> list[httpx.Response]:
        async with site.client() as client:
            headers = site.headers(token) | KIND
            return await asyncio.gather(
                *(client.post("/v1/publish", content=c, headers=headers) for c in contents)
            )

    answers = asyncio.run(all_of_them())
    codes = [a.status_code for a in answers]
    assert codes[1:8] == [201] * 7
    assert sorted((codes[0], codes[8])) == [201, 409]
    assert seen(site) == [(f"cs-{n}@1", "candidate") for n in names]
    assert check(site.location).faults == ()


def test_tokens_decide(site: Site, make: Make) -> None:
    register(read(make()), admit(b"").report, site.location)
    author, reviewer = site.token("publish"), site.token("review")
    old = site.token("publish", "review", days=-1)
    gone = site.token("publish", "review")
    tokens.revoke(site.location, gone.split("_")[1])
    approve = "/v1/review/cs-gluino-pair-lo/1/approve"
    for token, path, status in (
        ("", "/v1/publish", 401),
        ("nonsense", "/v1/publish", 401),
        (old, approve, 401),
        (gone, approve, 401),
        (author, approve, 403),
        (reviewer, "/v1/publish", 403),
    ):
        answer = site.ask("POST", path, token)
        assert answer.status_code == status, answer.text
        assert (answer.headers.get("www-authenticate") == "Bearer") == (status == 401)
        assert not token or token not in answer.text
    told = str(audit.listed(site.location))
    assert not any(t.split("_", 2)[2] in told for t in (old, gone, author, reviewer))
    assert seen(site) == [("cs-gluino-pair-lo@1", "candidate")]


def test_an_address_that_guesses_is_held_off_and_valid_tokens_are_not(site: Site) -> None:
    token = site.token("review")
    guesses = ["guess", "lhnets_" + "0" * 12 + "_" + "a" * 43, f"{token[:-1]}!", token[:-3] + "AAA"]
    answers = [site.ask("GET", "/v1/review", guesses[k % 3]) for k in range(30)]
    assert [a.status_code for a in answers] == [401] * 10 + [429] * 20
    assert answers[-1].headers["retry-after"] == "60"
    assert site.ask("GET", "/v1/review", token).status_code == 200
    assert site.ask("GET", "/v1/review", guesses[3]).status_code == 401
    assert len([e for e in audit.listed(site.location) if e.result == "unauthorised"]) == 2


def test_nothing_is_made_for_strangers(tmp_path: Path) -> None:
    site = Site(Location.of(tmp_path / "none"), tmp_path)
    assert site.ask("GET", "/v1/review", "lhnets_" + "0" * 12 + "_" + "a" * 43).status_code == 401
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_read_is_told(site: Site, make: Make) -> None:
    register(read(make()), admit(b"").report, site.location)
    token = site.token("publish", "review")
    one = "/v1/review/cs-gluino-pair-lo/1"
    assert site.ask("POST", "/v1/publish", token, json={}).status_code == 415
    assert site.publish(b"x" * 16_000_001, token).status_code == 413
    assert site.publish(b"", token).status_code == 422
    assert site.publish(b"\x80\x04\x95", token).status_code == 422
    assert site.ask("POST", f"{one}/reject", token, json={"reason": ""}).status_code == 400
    assert site.ask("POST", f"{one}/reject", token, content=b'{"reason":').status_code == 400
    assert (
        site.ask("POST", f"{one}/reject", token, json={"reason": "x" * 20_000}).status_code == 413
    )
    assert site.ask("POST", f"{one}/reject", token, json={"reason": "   "}).status_code == 409
    assert site.ask("POST", f"{one}/retract", token, json={"reason": "x"}).status_code == 409
    assert site.ask("GET", f"{one}2", token).status_code == 404
    assert site.ask("GET", "/v1/review/..%2f..%2fetc/1", token).status_code in (404, 422)
    assert site.ask("GET", "/v1/review/cs-gluino-pair-lo/1'", token).status_code == 422
    assert seen(site) == [("cs-gluino-pair-lo@1", "candidate")]


@pytest.mark.usefixtures("quick")
def test_a_full_store_is_told_as_such(
    site: Site, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise StoreFullError("the store cannot be written: no space left")

    monkeypatch.setattr(publish_routes, "register", full)
    assert site.publish(make(), site.token("publish")).status_code == 507


def test_a_decision_holds_where_the_mirror_cannot_follow(site: Site, make: Make) -> None:
    register(read(make()), admit(b"").report, site.location)
    site.mirror.write_bytes(b"a file where the folder should be")
    answer = site.ask("POST", "/v1/review/cs-gluino-pair-lo/1/approve", site.token("review"))
    assert (answer.status_code, answer.json()["mirror"]) == (200, "behind")
    assert seen(site) == [("cs-gluino-pair-lo@1", "verified")]
