"""What is pinned behind an address: a root of trust, or the index of an archive."""

import hashlib
import shutil

import pytest
from hostile_server import KINDS, HostileServer
from local_zenodo import HttpServer

from lhnets import IntegrityError, MirrorError, MirrorWarning
from lhnets._fetching import download
from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import Mirror
from lhnets._fetching.patience import Patience
from lhnets._fetching.pins import MirrorPin, is_own_machine, split_pin
from lhnets._finding.zoo import Zoo

SHA256 = "0123456789abcdef" * 4


def test_a_pin_is_what_follows_the_address():
    assert split_pin("https://example.org/m") == ("https://example.org/m", None)
    place, pin = split_pin(f"/m#root={SHA256}")
    assert (place, pin) == ("/m", MirrorPin("root", SHA256))
    assert str(pin) == f"#root={SHA256}"
    assert split_pin(f"/m#index={SHA256}")[1] == MirrorPin("index", SHA256)


@pytest.mark.parametrize(
    "text", ["", "root=", f"root={SHA256}0", f"key={SHA256}", "root=" + "A" * 64]
)
def test_what_is_no_pin(text):
    with pytest.raises(MirrorError, match=r"expected root= or index= and 64 hexadecimal digits"):
        split_pin(f"https://example.org/m#{text}")


def test_a_key_of_an_earlier_lhnets_is_explained():
    with pytest.raises(MirrorError, match="are those of an earlier lhnets"):
        split_pin("https://example.org/m#ed25519:A8-rlQV9DMVnH5aEZEQdaGIy7soV1HlA2QBldVE132k")


@pytest.mark.parametrize(
    ("address", "is_own"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://[::1]/m", True),
        ("http://localhost", True),
        ("https://localhost.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("http://127.0.0.1@example.org", False),
        ("https://10.0.0.1", False),
    ],
)
def test_which_addresses_are_of_this_machine(address, is_own):
    assert is_own_machine(address) == is_own


def test_an_address_of_another_machine_needs_a_root_and_is_not_asked(tmp_path, monkeypatch):
    def asked(*_args, **_options):
        raise AssertionError("it was asked")

    monkeypatch.setattr(download.Downloader, "_connected", asked)
    with pytest.raises(MirrorError, match=r"has no root of trust: expected .*#root=SHA256"):
        _ = Mirror("https://example.org/lhnets", Cache(tmp_path)).index
    with pytest.warns(MirrorWarning, match="has no root of trust"):
        assert not Zoo(["https://example.org/lhnets"], Cache(tmp_path)).entries


@pytest.fixture
def archive(tmp_path, make_mirror, make_file):
    """A folder and the pin of its index."""
    folder = make_mirror(tmp_path / "archive", make_file())
    return folder, f"#index={hashlib.sha256((folder / 'index.json').read_bytes()).hexdigest()}"


def test_an_archive_is_pinned_by_its_index(archive, tmp_path):
    folder, pin = archive
    zoo = Zoo([f"{folder}{pin}"], Cache(tmp_path / "cache"))
    assert zoo.load("cs-exponential").verify().passed
    card = next((folder / "networks").rglob("1.json"))
    card.write_bytes(card.read_bytes().replace(b"An exponential", b"A forgery here"))
    assert zoo.card("cs-exponential").title == "An exponential"
    index = folder / "index.json"
    index.write_bytes(index.read_bytes() + b" ")
    with pytest.raises(IntegrityError, match="is not the one that is pinned"):
        _ = Mirror(f"{folder}{pin}", Cache(tmp_path / "cache")).index


def test_an_archive_is_asked_once(archive, tmp_path):
    folder, pin = archive
    with HttpServer() as server:
        for path in folder.rglob("*"):
            if path.is_file():
                server.files[f"/{path.relative_to(folder)}"] = path
        cache = Cache(tmp_path / "cache")
        address = f"{server.origin}{pin}"
        assert Zoo([address], cache).load("cs-exponential").verify().passed
        shutil.rmtree(folder)
        server.files.clear()
        assert Zoo([address], cache).load("cs-exponential").verify().passed


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_mirror_with_a_root_is_passed_over(
    kind, make_mirror, sealed_file, tmp_path, monkeypatch
):
    pytest.importorskip("tuf.ngclient", reason="needs the extra [signed]", exc_type=ImportError)
    hasty = Patience(answer=0.3, silence=0.2, rate=1000.0, grace=0.2, total=1.0)
    monkeypatch.setattr(download, "SHORT", hasty)
    good = str(make_mirror(tmp_path / "good", sealed_file))
    with HostileServer(kind, pause=0.05) as bad:
        zoo = Zoo([f"{bad.address}#root={SHA256}", good], Cache(tmp_path / "cache"))
        with pytest.warns(MirrorWarning, match=bad.address):
            assert zoo.load("cs-exponential")({"m_a": 500.0, "sqrt_s": 13000.0}).value > 0
