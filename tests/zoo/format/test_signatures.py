"""Signatures of authors: they cover the file, and can be demanded."""

import msgspec
import pytest
from click.testing import CliRunner

from lhnets import IntegrityError, MissingExtraError
from lhnets._fetching.cache import Cache
from lhnets._finding.authors import AUTHORS_VARIABLE, read_demands
from lhnets._finding.zoo import Zoo
from lhnets._running.verify import verify
from lhnets.cli import group
from lhnets.errors import MirrorWarning, NetworkFileError
from lhnets.format import (
    DIGEST_KEY,
    SIGNATURES_KEY,
    digest,
    key_text,
    read,
    reseal,
    sign,
    verify_signatures,
)
from lhnets.format.file import drop_entries, encode_entry
from lhnets.format.signatures import Signature, read_signatures

ed25519 = pytest.importorskip(
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    reason="needs the extra [signed]",
    exc_type=ImportError,
)
ANN = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BOB = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))


def public(private):
    return key_text(private.public_key().public_bytes_raw())


@pytest.fixture(scope="module")
def signed(sealed_file):
    return sign(sealed_file, ANN)


def redigested(body, *entries):
    """The file with other entries in place of its signatures, and a digest that fits."""
    body = drop_entries(body, {DIGEST_KEY, SIGNATURES_KEY})
    for key, value in entries:
        body += encode_entry(key, value)
    return body + encode_entry(DIGEST_KEY, digest(body).encode())


def test_a_signed_file_is_a_network_file(signed, sealed_file):
    assert verify_signatures(signed) == (public(ANN),)
    assert verify_signatures(sealed_file) == ()
    file = read(signed)
    assert file.digest == file.stated_digest
    assert file.unknown == ()
    (finding,) = [f for f in verify(file).findings if f.name == "signatures"]
    assert (finding.passed, finding.figure) == (True, f"signed by {public(ANN)}")
    assert verify_signatures(reseal(signed)) == ()


def test_several_authors_sign(signed):
    both = sign(signed, BOB)
    assert verify_signatures(both) == (public(ANN), public(BOB))
    assert sign(both, BOB) == both


def test_a_changed_file_does_not_fit_its_signature(signed):
    (entry,) = read_signatures(signed)
    changed = redigested(
        signed.replace(b"An exponential", b"A forged thing"),
        (SIGNATURES_KEY, msgspec.json.encode([entry])),
    )
    assert read(changed).digest == read(changed).stated_digest
    with pytest.raises(IntegrityError, match="does not fit the network file"):
        verify_signatures(changed)
    assert not verify(read(changed)).passed


@pytest.mark.parametrize("text", ["", "no base64!", "QUJD"])
def test_a_signature_that_is_none_does_not_fit(signed, text):
    entry = Signature(public(ANN), text)
    with pytest.raises(IntegrityError, match="does not fit"):
        verify_signatures(redigested(signed, (SIGNATURES_KEY, msgspec.json.encode([entry]))))


def test_a_stolen_signature_does_not_fit(signed):
    (entry,) = read_signatures(signed)
    stolen = msgspec.structs.replace(entry, key=public(BOB))
    with pytest.raises(IntegrityError, match="does not fit"):
        verify_signatures(redigested(signed, (SIGNATURES_KEY, msgspec.json.encode([stolen]))))


@pytest.mark.parametrize("entry", [b"", b"[1]", b'[{"key":"k","signature":"s","more":1}]'])
def test_signatures_that_cannot_be_read(signed, entry):
    with pytest.raises(NetworkFileError, match="cannot be read"):
        read_signatures(redigested(signed, (SIGNATURES_KEY, entry)))


def test_a_changed_file_is_not_signed(sealed_file):
    with pytest.raises(NetworkFileError, match="was changed after it was sealed"):
        sign(sealed_file.replace(b"An exponential", b"A forged thing"), ANN)


def test_a_signature_can_be_demanded(signed, sealed_file, make_mirror, tmp_path, monkeypatch):
    good = str(make_mirror(tmp_path / "good", signed))
    bare = str(make_mirror(tmp_path / "bare", sealed_file))

    def load(mirror, demand):
        monkeypatch.setenv(AUTHORS_VARIABLE, demand)
        return Zoo([mirror], Cache(tmp_path / "cache")).load("cs-exponential")

    assert load(good, public(ANN))
    assert load(good, f"{public(BOB)}, cs-={public(ANN)}")
    assert load(bare, f"br-={public(ANN)}")
    with pytest.raises(IntegrityError, match=r"is not signed by .* but by nobody"):
        load(bare, f"cs-={public(ANN)}")
    with pytest.raises(IntegrityError, match=f"but by {public(ANN)}"):
        load(good, public(BOB))
    with pytest.raises(NetworkFileError, match="LHNETS_AUTHORS: 'Ann' is not a public key"):
        load(good, "Ann")
    path = tmp_path / "bare.onnx"
    path.write_bytes(sealed_file)
    monkeypatch.setenv(AUTHORS_VARIABLE, public(ANN))
    with pytest.raises(IntegrityError, match="but by nobody"):
        Zoo([good], Cache(tmp_path / "cache")).load(path)


def test_another_mirror_may_have_the_signed_file(signed, make_mirror, tmp_path, monkeypatch):
    monkeypatch.setenv(AUTHORS_VARIABLE, public(ANN))
    damaged = make_mirror(tmp_path / "damaged", signed)
    next((damaged / "blobs").rglob("*/*/*")).write_bytes(b"")
    zoo = Zoo([str(damaged), str(make_mirror(tmp_path / "good", signed))], Cache(tmp_path / "c"))
    with pytest.warns(MirrorWarning, match="Asking the next mirror"):
        assert zoo.load("cs-exponential")


def test_without_its_package_a_demanded_signature_names_the_extra(signed, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cryptography.exceptions", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lhnets\[signed\]'"):
        verify_signatures(signed)
    (finding,) = [f for f in verify(read(signed)).findings if f.name == "signatures"]
    assert "not checked" in finding.figure


def test_demands_are_prefixes_and_keys():
    assert read_demands("") == []
    assert read_demands(f"{public(ANN)},cs-a={public(BOB)}") == [
        ("", public(ANN)),
        ("cs-a", public(BOB)),
    ]


def test_files_are_signed_on_the_command_line(sealed_file, tmp_path):
    from cryptography.hazmat.primitives import serialization

    key, path = tmp_path / "ann.pem", tmp_path / "net.onnx"
    key.write_bytes(
        ANN.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    path.write_bytes(sealed_file)
    done = CliRunner().invoke(group, ["seal", str(path), "--sign", str(key)])
    assert done.exit_code == 0, done.exception
    assert public(ANN) in done.output.replace("\n", "")
    assert verify_signatures(path.read_bytes()) == (public(ANN),)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ann.pem", "net.onnx"]
    key.write_text("no key")
    refused = CliRunner().invoke(group, ["seal", str(path), "--sign", str(key)])
    assert "is not a private key" in str(refused.exception)
