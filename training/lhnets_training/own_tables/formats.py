"""What a file is, by its first bytes: read if it holds a table, else named as what it is."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.own_tables.sheet import Sheet
from lhnets_training.own_tables.structured import hepdata_yaml, npy, npz, parquet, read_json
from lhnets_training.own_tables.text import read_text

READ = "CSV, text with a heading, Parquet, .npz, .npy, JSON or HEPData YAML"
_SHEET = 'save it as CSV, or in pandas: pd.read_excel("{file}").to_parquet("scan.parquet")'
OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file", _SHEET),
    (b"\x89HDF", "an HDF5 file", 'in pandas: pd.read_hdf("{file}").to_parquet("scan.parquet")'),
    (b"root", "a ROOT file", 'with uproot: uproot.open("{file}")["tree"].arrays(library="pd")'
     '.to_parquet("scan.parquet")'),
    (b"ARROW1", "an Arrow (Feather) file", 'in pandas: pd.read_feather("{file}")'
     '.to_parquet("scan.parquet")'),
    (b"SIMPLE  =", "a FITS file", 'with astropy: Table.read("{file}").write("scan.csv")'),
    (b"SQLite format 3", "an SQLite database", "export one table of it as CSV"),
    (b"%PDF", "a PDF document", "ask its authors for the numbers, or look for them in HEPData"),
    (b"BZh", "compressed with bzip2", "unpack it first: bunzip2 {file}"),
    (b"\xfd7zXZ", "compressed with xz", "unpack it first: unxz {file}"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it first: unzstd {file}"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it first"),
    (b"\x89PNG", "a picture", "give the numbers that it shows"),
    (b"\x80", "a Python pickle", 'load it where you trust it, and in pandas: '
                                 'df.to_parquet("scan.parquet")'),
    (b"<LesHouchesEvents", "events in the Les Houches format", "give a table of points"),
    (b"<", "HTML or XML", "save its table as CSV"),
)  # fmt: skip
"""First bytes, what they mean, and what to do."""


def read(path: Path) -> Sheet:
    """The table in a file, by what it holds and not by its name.

    Raises
    ------
    TableDataError
        If it holds none, or cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TableDataError(f"cannot read {path.name}: {error.strerror}") from error
    return _reader(content, path)


def _reader(content: bytes, path: Path) -> Sheet:
    file = path.name
    if not content.strip():
        raise TableDataError(f"{file} is empty: expected a table, {READ}")
    if content.startswith(b"\x1f\x8b"):
        return _reader(
            _unpack(content, file), path.with_suffix("") if path.suffix == ".gz" else path
        )
    if content.startswith(b"PK\x03\x04"):
        return _archive(content, file)
    for start, what, help in OTHERS:
        if content.lstrip(b"\xef\xbb\xbf \r\n").startswith(start):
            raise TableDataError(
                f"{file} is {what}; expected {READ}. To convert it: {help.format(file=file)}"
            )
    return _by_start(content)(content, file)


def _by_start(content: bytes) -> Callable[[bytes, str], Sheet]:
    start = content.lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"PAR1"):
        return parquet
    if start.startswith(b"\x93NUMPY"):
        return npy
    if start.startswith((b"{", b"[")):
        return read_json
    if b"dependent_variables:" in content or start.startswith(b"---"):
        return hepdata_yaml
    return _text


def _text(content: bytes, file: str) -> Sheet:
    first = content[:4000].upper()
    if b"\nBLOCK " in first or first.startswith(b"BLOCK "):
        raise TableDataError(
            f"{file} is an SLHA spectrum, one point and not a table; networks are asked with it by "
            "`lhnets cs`, and a table for training has one row a point"
        )
    return read_text(content, file)


def _archive(content: bytes, file: str) -> Sheet:
    listing = content[-200_000:]
    if b"xl/" in listing or b"[Content_Types].xml" in listing:
        raise TableDataError(
            f"{file} is an Excel workbook; expected {READ}. To convert it: "
            f"{_SHEET.format(file=file)}"
        )
    if b"mimetypeapplication/vnd.oasis" in content[:200]:
        raise TableDataError(
            f"{file} is an OpenDocument file; expected {READ}. To convert it: save it as CSV"
        )
    if b".npy" in listing:
        return npz(content, file)
    raise TableDataError(f"{file} is a zip archive; expected {READ}. Unpack it first")


def _unpack(content: bytes, file: str) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise TableDataError(f"{file} is compressed with gzip, but damaged: {error}") from error
