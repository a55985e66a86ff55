"""The database server stops or restarts in the middle of a publication or a review."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from own_postgres import OwnPostgres

from lhnets.format import read
from lhnets_registry.admission.admit import admit
from lhnets_registry.errors import StoreError
from lhnets_registry.location import Location
from lhnets_registry.maintenance.check import check, recover
from lhnets_registry.publishing.publication import register
from lhnets_registry.review import decisions as review

pytestmark = pytest.mark.postgres
Make = Callable[..., bytes]


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    try:
        made = OwnPostgres()
    except FileNotFoundError as error:
        pytest.skip(f"no PostgreSQL of one's own: {error}")
    yield made
    made.remove()


@pytest.fixture
def own(server: OwnPostgres, tmp_path_factory: pytest.TempPathFactory) -> Location:
    folder = tmp_path_factory.getbasetemp() / "own-artifacts"
    return Location.of(server.uri, folder)


@pytest.mark.parametrize(
    ("step", "before"),
    [
        ("create_run", False),
        ("log_artifacts", True),
        ("create_registered_model", True),
        ("create_model_version", True),
        ("create_model_version", False),
        ("set_terminated", True),
    ],
)
def test_a_restart_in_mid_publication_is_all_or_nothing(
    own: Location,
    server: OwnPostgres,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    before: bool,
) -> None:
    from lhnets_registry.store import MlflowClient, Store

    with own.lock():
        Store.for_writing(own)
    name = f"cs-{step.replace('_', '-')}-{'early' if before else 'late'}"
    content = make(name=name)
    real = getattr(MlflowClient, step)

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        if before:
            server.restart()
        done = real(*args, **kwargs)
        if not before:
            server.restart()
        return done

    with monkeypatch.context() as patch, contextlib.suppress(StoreError):
        patch.setattr(MlflowClient, step, interrupted)
        register(read(content), admit(b"").report, own)
    recover(own)
    assert check(own).faults == ()
    assert len([v for v in review.listed(own) if v.name == name]) <= 1
    again = register(read(content), admit(b"").report, own)
    assert again.identity == f"{name}@1"
    assert check(own).faults == ()


def test_a_server_that_is_away_is_told_and_waited_for(
    own: Location, server: OwnPostgres, make: Make
) -> None:
    register(read(make(name="cs-first")), admit(b"").report, own)
    server.stop()
    with pytest.raises(StoreError, match="Is the server up"):
        register(read(make(name="cs-second")), admit(b"").report, own)
    with pytest.raises(StoreError, match="Is the server up"):
        review.listed(own)
    server.start()
    assert register(read(make(name="cs-second")), admit(b"").report, own).created
    assert check(own).faults == ()
