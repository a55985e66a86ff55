import hashlib
from collections.abc import Callable, Iterator

import pytest
from local_zenodo import Deposit, LocalZenodo

from lhnets.format import read


@pytest.fixture
def zenodo(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalZenodo]:
    """A local Zenodo that lhnets takes for the real one."""
    monkeypatch.delenv("LHNETS_OFFLINE", raising=False)
    with LocalZenodo() as server:
        monkeypatch.setenv("LHNETS_ZENODO", server.origin)
        yield server


@pytest.fixture
def add(zenodo: LocalZenodo) -> Callable[..., Deposit]:
    """Adds the record of a network to the community "susy", as `lhnets deposit` makes it."""

    def add_record(content: bytes, sha256: str = "", **changes) -> Deposit:
        card = read(content).card
        stem = f"{card.name}-{card.version}"
        files = changes.pop("files", {f"{stem}.onnx": content, f"{stem}.json": card.to_json()})
        sha256 = sha256 or hashlib.sha256(content).hexdigest()
        marks = ["lhnets", f"lhnets:network/{card.name}", f"lhnets:sha256/{sha256}"]
        about = {"keywords": marks, "communities": [{"identifier": "susy"}], **changes}
        return zenodo.add_record(files, **about)

    return add_record
