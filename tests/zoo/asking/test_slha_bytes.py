"""Bytes that people store SLHA text as: compressed, in other encodings, cut off."""

import bz2
import gzip
import io
import lzma

import pytest

from lhnets import ParameterError
from lhnets._asking import slha_file
from lhnets._asking.slha import read_spectra

TEXT = "Block MASS\n 25 1.2E+02\n"
ENCODED = [TEXT.encode(e) for e in ("utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1")]


@pytest.mark.parametrize("content", [*ENCODED, *(gzip.compress(e, mtime=0) for e in ENCODED)])
def test_files_and_streams_of_bytes_are_read_alike(tmp_path, content):
    path = tmp_path / "point.slha"
    path.write_bytes(content)
    for params in (path, io.BytesIO(content)):
        assert read_spectra(params)[0].find("MASS", (25,)) == 120.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bz2.compress(TEXT.encode()), "is a bzip2 file"),
        (lzma.compress(TEXT.encode()), "is a xz file"),
        (TEXT.encode("utf-16-le"), "holds zero bytes"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "is cut off"),
        (b"\x1f\x8b\x08nothing of gzip", "cannot be decompressed"),
    ],
)
def test_bytes_that_cannot_be_read_are_named(content, message):
    with pytest.raises(ParameterError, match=message):
        read_spectra(io.BytesIO(content))


def test_a_small_file_of_gzip_never_fills_the_memory(monkeypatch):
    monkeypatch.setattr(slha_file, "_LARGEST", 1000)
    with pytest.raises(ParameterError, match="holds more than 1000 bytes"):
        read_spectra(io.BytesIO(gzip.compress(TEXT.encode() + b"#" * 10_000)))
