"""The transcript in docs/how-to/zenodo-networks.md: a network is deposited, loaded by its DOI, and
found in a community that is a mirror."""

from pathlib import Path

import msgspec
import pytest
from local_zenodo import LocalZenodo
from transcripts import Transcript

from lhnets._finding import zoo as _zoo
from lhnets.cli.terminal import console
from lhnets.format import read, seal, strip

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "zenodo-networks.md"
NETWORK = "cs-our-gluinos@1"


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")
def test_deposit_load_by_doi_community_and_offline(
    zenodo: LocalZenodo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(console, "width", 110)
    monkeypatch.setenv("LHNETS_DEPOSITS", str(tmp_path / "ledger"))
    _zoo.default.cache_clear()
    seen = Transcript({zenodo.origin: "http://127.0.0.1:8123", f"{tmp_path}/": ""})
    write_own(tmp_path / "our-gluinos.onnx")
    printed = seen.run("lhnets deposit our-gluinos.onnx --community susy --publish", typed=NETWORK)
    doi = printed.strip().rpartition("published: ")[2]
    seen.note("anywhere, by the DOI")
    seen.python(f'import lhnets as ml; print(ml.load("{doi}")({{"m_go": 2000.0}}))')
    seen.note("the community as a mirror")
    seen.type("export LHNETS_REGISTRY=zenodo:susy")
    monkeypatch.setenv("LHNETS_REGISTRY", "zenodo:susy")
    _zoo.default.cache_clear()
    seen.run("lhnets fetch cs-our-gluinos")
    seen.note("without a connection, from the cache")
    seen.type("export LHNETS_OFFLINE=1")
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    _zoo.default.cache_clear()
    seen.run("lhnets cs 'p p > go go' --energy '13 TeV' --order LO m_go=2TeV")
    _zoo.default.cache_clear()
    assert seen.held_by(PAGE)


def write_own(path: Path) -> None:
    """A network that lhnets does not have: a bundled one under another name."""
    file = read(_zoo.default().load("cs-gluino-pair-decoupled-13tev@2").file.content)
    card = msgspec.structs.replace(
        file.card, name="cs-our-gluinos", version=1, title="Gluino pairs, ours", description="Ours."
    )
    path.write_bytes(seal(strip(file.content), card, file.reference))
