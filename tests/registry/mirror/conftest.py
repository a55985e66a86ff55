"""A signed mirror of one network, and a client that remembers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from signed_mirror import Signed

from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import Mirror
from lhnets_registry.mirror.keys import Keys


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, make: Callable[..., bytes]) -> Path:
    folder = tmp_path_factory.mktemp("made")
    Signed(folder / "mirror", Keys.new(folder / "keys", roots=2, threshold=2)).export(make())
    return folder


@pytest.fixture
def signed(made: Path, tmp_path: Path) -> Signed:
    for name in ("keys", "mirror"):
        shutil.copytree(made / name, tmp_path / name)
    return Signed(tmp_path / "mirror", Keys(tmp_path / "keys"))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def see(signed: Signed, cache: Cache) -> Callable[[], Mirror]:
    """Opens the mirror as a client does, which remembers."""
    location = signed.location

    def opened() -> Mirror:
        mirror = Mirror(location, cache)
        _ = mirror.index
        return mirror

    return opened
