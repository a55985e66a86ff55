"""Text tables: their encoding, their separator, their heading, and rows with too many or too few
fields."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.own_tables.sheet import Sheet, SheetColumn

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
COMMENTS = ("#", "%", "//")
SHARE_OF_NULS = 0.3
"""Of the bytes at odd or even places, above which a text without a mark is UTF-16."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TRAILING = re.compile(r"\s#.*$")
_BRACKETED = re.compile(r"\s+(?=[\[(])")
_NUMBER = re.compile(r"^[+-]?(\d+[.,]?\d*|[.,]\d+)([edED][+-]?\d+)?$|^[+-]?(nan|inf)$", re.I)


@dataclass(frozen=True)
class _Line:
    number: int
    text: str


def read_text(content: bytes, file: str) -> Sheet:
    """The columns of a text file with a heading, all cells as texts.

    Raises
    ------
    TableDataError
        If it is empty, is not text, or has no heading.
    """
    text, encoding = decode(content, file)
    lines = [
        _Line(k, line)
        for k, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1)
        if line.strip(" \t\0,;|")
    ]
    comments = [line for line in lines if line.text.lstrip().startswith(COMMENTS)]
    lines = [
        _Line(line.number, _TRAILING.sub("", line.text))
        for line in lines
        if not line.text.lstrip().startswith(COMMENTS)
    ]
    if not lines:
        raise TableDataError(f"{file} is empty: expected a heading and one line for each row")
    heading, body = _find_heading(lines, comments, file)
    separator = _find_separator(heading, body)
    names = [n.strip() for n in _fields(heading, separator, heading=True)]
    if not body:
        raise TableDataError(f"{file} has no rows below its heading {', '.join(names)}")
    notes = () if encoding in ("utf-8", "utf-8-sig") else (f"{file} was read as {encoding}",)
    return _sheet(file, names, body, separator, notes)


def decode(content: bytes, file: str) -> tuple[str, str]:
    """The text of ``content`` and its encoding: by its byte-order mark, else UTF-8, UTF-16 or
    Windows-1252.

    Raises
    ------
    TableDataError
        If it is not text.
    """
    marked = [name for mark, name in _MARKS if content.startswith(mark)]
    encodings = marked[:1] or _guess(content)
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise TableDataError(
        f"{file} is not a table in text, CSV or Parquet: it holds bytes of no text"
    )


def _guess(content: bytes) -> list[str]:
    start = content[:4000]
    even, odd = (start[k::2].count(0) / max(len(start[k::2]), 1) for k in (0, 1))
    if max(even, odd) > SHARE_OF_NULS:
        return ["utf-16-le" if odd > even else "utf-16-be"]
    return ["utf-8", "cp1252", "latin-1"]


def _find_heading(
    lines: Sequence[_Line], comments: Sequence[_Line], file: str
) -> tuple[str, Sequence[_Line]]:
    """The first line, or if it holds numbers the last comment above it."""
    first = lines[0].text
    if not _is_numeric(first):
        return first, lines[1:]
    above = [c for c in comments if c.number < lines[0].number]
    if above:
        return above[-1].text.lstrip().lstrip("#%/").strip(), lines
    raise TableDataError(
        f"{file} has no heading: its first line is {first[:60]!r}. Write the names of the columns "
        "into the first line"
    )


def _is_numeric(line: str) -> bool:
    fields = [f.strip().strip('"') for f in re.split(r"[,;\t| ]", line) if f.strip()]
    return bool(fields) and all(_NUMBER.match(f) for f in fields)


def _find_separator(heading: str, body: Sequence[_Line]) -> str:
    """The one that gives most rows the number of fields of the heading, and of those the most
    fields."""
    some = body[:: max(1, len(body) // 200)]

    def fit(separator: str) -> tuple[bool, float, int]:
        count = len(_fields(heading, separator, heading=True))
        alike = [len(_fields(line.text, separator)) == count for line in some]
        return count > 1, sum(alike) / max(len(alike), 1), count

    return max(SEPARATORS, key=fit)


def _fields(line: str, separator: str, *, heading: bool = False) -> list[str]:
    if separator == " ":
        return (_BRACKETED.sub("", line) if heading else line).split()
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])


def _rows(body: Sequence[_Line], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row."""
    if separator == " ":
        yield from ((line.number, line.text.split()) for line in body)
        return
    reader = csv.reader(
        (line.text + "\n" for line in body), delimiter=separator, skipinitialspace=True
    )
    before = 0
    for fields in reader:
        yield body[before].number, fields
        before = reader.line_num


def _sheet(
    file: str, names: Sequence[str], body: Sequence[_Line], separator: str, notes: tuple[str, ...]
) -> Sheet:
    rows = list(_rows(body, separator))
    kept = [
        (k, line, fields) for k, (line, fields) in enumerate(rows, 1) if len(fields) == len(names)
    ]
    broken = tuple(
        (f"row {k} (line {line})", f"number of fields: {len(fields)}, the heading has {len(names)}")
        for k, (line, fields) in enumerate(rows, 1)
        if len(fields) != len(names)
    )
    if not kept:
        counts = Counter(len(fields) for _, fields in rows)
        raise TableDataError(
            f"the heading of {file} has {len(names)} fields separated by {SEPARATORS[separator]}, "
            f"but its rows have {counts.most_common(1)[0][0]}: {', '.join(names)[:120]}. Decimal "
            "commas need another separator, such as semicolons"
        )
    cells = zip(*(fields for _, _, fields in kept), strict=True)
    return Sheet(
        file,
        tuple(SheetColumn(n, c) for n, c in zip(names, cells, strict=True)),
        np.array([k for k, _, _ in kept]),
        np.array([line for _, line, _ in kept]),
        broken,
        notes,
    )
