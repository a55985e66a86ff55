"""A network by the DOI of its record."""

import pytest
from click.testing import CliRunner

from lhnets import IntegrityError, MirrorError, NetworkNotFoundError, OfflineError
from lhnets._fetching.cache import Cache
from lhnets._finding import zoo as _zoo
from lhnets._finding.zoo import Zoo
from lhnets.cli import group


@pytest.fixture
def zoo(tmp_path):
    return Zoo([], Cache(tmp_path / "cache"))


def test_a_doi_an_address_and_an_id_load_the_same(add, zoo, make_file, zenodo, truth):
    record = add(make_file())
    network = zoo.load(record.doi)
    assert network.name == "cs-exponential@1"
    assert network.source == record.doi
    got = network({"m_a": 500.0}, energy=13000.0).value
    assert got == pytest.approx(truth(500.0, 13000.0, column=1))
    for name in (f"https://doi.org/{record.doi}", f"zenodo:{record.id}"):
        assert zoo.load(name).file.sha256 == network.file.sha256
    address = f"{zenodo.origin}/records/{record.id}/files/cs-exponential-1.onnx"
    assert zoo.load(address).file.sha256 == network.file.sha256


def test_the_second_time_nobody_is_asked(add, zoo, make_file, zenodo, monkeypatch, tmp_path):
    record = add(make_file())
    zoo.load(record.doi)
    zenodo.requests.clear()
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    assert Zoo([], Cache(tmp_path / "cache")).load(record.doi).name == "cs-exponential@1"
    assert zenodo.requests == []
    with pytest.raises(OfflineError, match=r"the network 10\.5281/zenodo\.1 is not here"):
        zoo.load("10.5281/zenodo.1")


def test_a_concept_keeps_the_version_that_it_stood_for(add, zoo, make_file):
    first = add(make_file())
    assert zoo.load(first.concept_doi).card.version == 1
    add(make_file(version=2), new_version_of=first.id)
    assert zoo.load(first.concept_doi).card.version == 1


def test_a_network_without_marks_loads_too(zenodo, zoo, make_file):
    record = zenodo.add_record({"mine.onnx": make_file()})
    assert zoo.load(record.doi).name == "cs-exponential@1"


def test_a_file_other_than_the_keyword_says_is_refused(add, zoo, make_file):
    record = add(make_file(), sha256="0" * 64)
    with pytest.raises(IntegrityError, match="expected SHA-256 0000"):
        zoo.load(record.doi)


def test_a_file_other_than_zenodo_describes_is_refused(add, zoo, make_file):
    record = add(make_file())
    record.files["cs-exponential-1.onnx"].md5 = "0" * 32
    with pytest.raises(IntegrityError, match="expected MD5 0000"):
        zoo.load(record.doi)


def test_its_card_is_shown(add, zoo, make_file, monkeypatch, tmp_path):
    monkeypatch.setattr(_zoo, "default", lambda: zoo)
    record = add(make_file())
    shown = CliRunner().invoke(group, ["show", record.doi], catch_exceptions=False)
    assert "cs-exponential@1  An exponential" in shown.stdout
    assert record.doi in shown.stdout
    (tmp_path / "own.onnx").write_bytes(make_file())
    assert zoo.card(str(tmp_path / "own.onnx")).name == "cs-exponential"


def test_several_networks_want_the_address_of_one(zenodo, zoo, make_file):
    files = {"a.onnx": make_file(), "b.onnx": make_file(name="cs-other")}
    record = zenodo.add_record(files)
    with pytest.raises(NetworkNotFoundError, match=r"has 2 networks: name the address of one"):
        zoo.load(record.doi)
    address = f"https://zenodo.org/records/{record.id}/files/b.onnx"
    assert zoo.load(address).name == "cs-other@1"


def test_what_is_not_there_is_told(zenodo, zoo, monkeypatch, add, make_file):
    with pytest.raises(NetworkNotFoundError, match=r"no record 10\.5281/zenodo\.77"):
        zoo.load("zenodo:77")
    record = zenodo.add_record({"table.csv": b"1"})
    with pytest.raises(NetworkNotFoundError, match=r"got table\.csv.*ml\.dataset"):
        zoo.load(record.doi)
    monkeypatch.setenv("LHNETS_MAX_SIZE", "1000")
    with pytest.raises(MirrorError, match="more than the 1000 accepted"):
        zoo.load(add(make_file()).doi)
