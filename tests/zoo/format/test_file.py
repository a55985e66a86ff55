import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhnets import Error, NetworkFileError, UpdateNeededError
from lhnets.format import (
    FORMAT,
    FORMAT_KEY,
    Reference,
    digest,
    metadata,
    read,
    read_path,
    reseal,
    seal,
    strip,
)
from lhnets.format.file import encode_entry

MODEL = Path(__file__).parent.parent / "data" / "exponential.onnx"


def test_a_sealed_file_says_what_it_is(make_file, make_card):
    content = make_file()
    file = read(content)
    assert file.card == make_card()
    assert file.reference.points == 40
    assert file.digest == file.stated_digest == digest(content)
    assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_the_digest_covers_all_but_itself(make_file):
    content = make_file()
    assert digest(content.replace(b"An exponential", b"An Exponential")) != digest(content)
    stated = read(content).stated_digest.encode()
    assert digest(content.replace(stated, b"0" * 64)) == digest(content)


def test_a_model_is_sealed_once_and_with_enough_points(make_file, make_card):
    content = make_file()
    reference = read(content).reference
    with pytest.raises(NetworkFileError, match="sealed already"):
        seal(content, make_card(), reference)
    few = Reference.of({"parameters": [[1.0]] * 31}, {"value": [[1.0]] * 31})
    with pytest.raises(NetworkFileError, match="at least 32 reference points, got 31"):
        seal(MODEL.read_bytes(), make_card(), few)


def test_a_file_states_its_format(make_file):
    content = make_file()
    assert metadata(content)[FORMAT_KEY] == b"%d" % FORMAT
    assert read(content).format == FORMAT


@pytest.mark.parametrize("number", [b"3", b"99"])
def test_a_later_format_asks_for_an_update(number, make_file, tmp_path):
    path = tmp_path / "later.onnx"
    path.write_bytes(
        make_file().replace(
            encode_entry(FORMAT_KEY, b"%d" % FORMAT), encode_entry(FORMAT_KEY, number)
        )
    )
    with pytest.raises(
        UpdateNeededError,
        match=r"later\.onnx: .* format \d+, this lhnets reads up to 2: update lhnets",
    ):
        read_path(path)


@pytest.mark.parametrize("number", [b"", b"two", b"-1", b"0", b"02", b"9" * 5000])
def test_a_format_that_is_not_a_number_is_refused(number, make_file):
    content = make_file().replace(
        encode_entry(FORMAT_KEY, b"%d" % FORMAT), encode_entry(FORMAT_KEY, number)
    )
    with pytest.raises(NetworkFileError, match="as its format; expected a number"):
        read(content)


def test_a_file_written_again_holds_the_same(make_file):
    content = make_file()
    assert strip(content) == MODEL.read_bytes()
    assert reseal(content) == content
    with pytest.raises(NetworkFileError, match="was changed after it was sealed"):
        reseal(content.replace(b"An exponential", b"An Exponential"))


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x04\x95", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04" + bytes(40), b"<html>"]
)
def test_other_formats_are_no_network_files(content):
    with pytest.raises(NetworkFileError, match="not an ONNX file"):
        read(content)


def test_a_plain_model_lacks_a_card():
    with pytest.raises(NetworkFileError, match=r"lhnets\.card, lhnets\.reference, lhnets\.digest"):
        read(MODEL.read_bytes())


def test_doubled_metadata_are_refused(make_file):
    content = make_file()
    start = content.rindex(b"lhnets.digest") - 4
    with pytest.raises(NetworkFileError, match=r"'lhnets\.digest' twice"):
        metadata(content + content[start:])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NetworkFileError, match=r"absent\.onnx: No such file"):
        read_path(tmp_path / "absent.onnx")


@given(data=st.data())
@settings(max_examples=200)
def test_damaged_files_are_noticed_or_refused(sealed_file, data):
    position = data.draw(st.integers(0, len(sealed_file) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != sealed_file[position]))
    damaged = sealed_file[:position] + bytes([byte]) + sealed_file[position + 1 :]
    try:
        file = read(damaged)
    except Error:
        return
    assert file.digest != file.stated_digest


@given(st.integers(min_value=0))
def test_truncated_files_are_noticed_or_refused(sealed_file, length):
    with pytest.raises(Error):
        read(sealed_file[: length % len(sealed_file)])
