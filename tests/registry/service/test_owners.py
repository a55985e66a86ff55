"""Who may publish under a name, who approves, and how much one token may send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.registry.service.test_publish_and_review import Site

from lhnets.format import read
from lhnets_registry.admission.admit import Admission, admit
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.errors import ScopeError, TokenError
from lhnets_registry.ledger import tokens
from lhnets_registry.ledger.audit import Actor, person_of
from lhnets_registry.location import Location
from lhnets_registry.publishing.publication import register

Make = Callable[..., bytes]


@pytest.fixture
def site(store_folder: Path, tmp_path: Path) -> Iterator[Site]:
    made = Site(Location.of(store_folder), tmp_path)
    yield made
    made.app.state.service.close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, good: bytes) -> None:
    """Every file is admitted: the admission has tests of its own."""
    report = admit(good).report
    monkeypatch.setattr(Admitter, "admit", lambda self, content: Admission(report, read(content)))


def token(site: Site, name: str, *scopes: str) -> str:
    return tokens.create(site.location, scopes, name)[1]


def test_another_person_approves(site: Site, make: Make) -> None:
    both = token(site, "Ann", "publish", "review")
    where = site.publish(make(), both).headers["location"]
    for own in (both, token(site, "Ann", "review")):
        answer = site.ask("POST", f"{where}/approve", own)
        assert answer.status_code == 409
        assert "another person must approve it" in answer.json()["detail"]
    (listed,) = site.ask("GET", "/v1/review", both).json()["versions"]
    assert person_of(listed["published_by"]) == "Ann"
    approved = site.ask("POST", f"{where}/approve", token(site, "Bob", "review"))
    assert approved.status_code == 200
    assert person_of(approved.json()["version"]["published_by"]) == "Ann"


def test_a_prefix_belongs_to_its_tokens(site: Site, make: Make) -> None:
    owner = token(site, "Ann", "publish:cs-gluino-")
    anybody = token(site, "Bob", "publish")
    refused = site.publish(make(), anybody)
    assert refused.status_code == 403
    assert "names that begin with cs-gluino- have an owner" in refused.json()["detail"]
    assert site.publish(make(), owner).status_code == 201
    elsewhere = site.publish(make(name="cs-squark-pair-lo"), owner)
    assert elsewhere.status_code == 403
    assert "may publish names that begin with cs-gluino-" in elsewhere.json()["detail"]
    assert site.publish(make(name="cs-squark-pair-lo"), anybody).status_code == 201


def test_a_name_belongs_to_who_published_it_first(site: Site, make: Make) -> None:
    assert site.publish(make(), token(site, "Ann", "publish")).status_code == 201
    refused = site.publish(make(version=2), token(site, "Bob", "publish"))
    assert refused.status_code == 403
    assert "belongs to Ann, who published its first version" in refused.json()["detail"]
    assert site.publish(make(version=2), token(site, "Ann", "publish")).status_code == 201


def test_a_prefix_is_free_again_when_its_tokens_are_revoked(site: Site) -> None:
    made, _ = tokens.create(site.location, ["publish:cs-"], "Ann", days=1e-9)
    bob = Actor("token 0123456789ab (Bob)", "", ("publish",))
    with pytest.raises(ScopeError, match="have an owner"):
        tokens.require_name(site.location, "cs-gluino", bob)
    tokens.revoke(site.location, made.id)
    tokens.require_name(site.location, "cs-gluino", bob)


def test_what_the_keeper_published_can_be_continued(site: Site, make: Make) -> None:
    register(read(make()), admit(b"").report, site.location)
    assert site.publish(make(version=2), token(site, "Bob", "publish")).status_code == 201


def test_a_token_sends_so_many_files_a_day(site: Site, make: Make) -> None:
    service = site.app.state.service
    service.settings = msgspec.structs.replace(service.settings, quota=2)
    ann = token(site, "Ann", "publish")
    assert [site.publish(make(version=v), ann).status_code for v in (1, 2, 3)] == [201, 201, 429]
    assert site.publish(make(name="cs-other"), token(site, "Bob", "publish")).status_code == 201


def test_a_token_expires_unless_it_shall_not(site: Site) -> None:
    made, _ = tokens.create(site.location, ["publish"])
    assert made.expires is not None
    assert (made.expires - made.created) / 86_400_000 == tokens.DAYS
    assert tokens.create(site.location, ["publish"], days=None)[0].expires is None


@pytest.mark.parametrize(
    "scope", ["publish:", "publish:CS", "publish:a b", "review:cs", "publish:-"]
)
def test_what_is_no_scope(site: Site, scope: str) -> None:
    with pytest.raises(TokenError, match="a token needs scopes out of"):
        tokens.create(site.location, [scope])
