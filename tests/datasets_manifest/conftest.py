from collections.abc import Iterator
from pathlib import Path

import pytest
from local_zenodo import LocalZenodo


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LHNETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LHNETS_OFFLINE", raising=False)


@pytest.fixture
def zenodo(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalZenodo]:
    """A local Zenodo that lhnets takes for the real one."""
    with LocalZenodo() as server:
        monkeypatch.setenv("LHNETS_ZENODO", server.origin)
        monkeypatch.setenv("ZENODO_TOKEN", server.token)
        yield server
