"""Tables as people have them: encodings, separators, formats, and cells that are no numbers."""

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lhnets_training.own_tables.cells import Numbers, read_numbers
from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.own_tables.formats import read
from lhnets_training.own_tables.sheet import split_heading

PLAIN = "m_a [GeV],sigma (pb)\n1,2\n2,3\n3,4\n"


def numbers(path: Path, content: str | bytes, *names: str, **more: bool) -> Numbers:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_numbers(read(path), names or ("m_a", "sigma"), **more)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        "\ufeff" + PLAIN,
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-32"),
        ("# caf\u00e9\n" + PLAIN).encode("latin-1"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", " | "),
        PLAIN.replace(",", "   "),
        "# m_a [GeV]  sigma [pb]\n1 2 # one\n2 3\n3 0.4D+01\n",
        '"m_a","sigma"\r\n"1","2"\r\n"2","3"\r\n"3","4"\r\n',
        "# of HEPData\n#: unit: pb\n'm',m_a,sigma\nx,1,2\n\ny,2,3\nz,3,4\n",
        gzip.compress(PLAIN.encode(), mtime=0),
        json.dumps({"m_a": [1, 2, 3], "sigma": {"0": 2, "1": 3, "2": 4}}),
        json.dumps([{"m_a": m, "sigma": m + 1} for m in (1, 2, 3)]),
        json.dumps({"columns": ["m_a", "sigma"], "data": [[1, 2], [2, 3], [3, 4]]}),
        json.dumps({"parameters": ["m_a"], "data": {str(m): {"sigma": m + 1} for m in (1, 2, 3)}}),
    ],
)  # fmt: skip
def test_what_holds_the_same_table_reads_the_same(tmp_path: Path, content: str | bytes) -> None:
    found = numbers(tmp_path / "scan", content)
    assert np.array_equal(found.columns["m_a"], [1.0, 2.0, 3.0])
    assert np.array_equal(found.columns["sigma"], [2.0, 3.0, 4.0])


def test_arrays_and_tables_of_hepdata_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", m_a=np.arange(3.0), sigma=np.arange(3), image=np.ones((2, 2)))
    rows = np.array([(1.0, 2), (3.0, 4)], dtype=[("m_a", float), ("sigma", int)])
    np.save(tmp_path / "b.npy", rows)
    for name, expected in (("a.npz", [0, 1, 2]), ("b.npy", [2, 4])):
        assert read_numbers(read(tmp_path / name), ["sigma"]).columns["sigma"].tolist() == expected
    (tmp_path / "t.yaml").write_text(
        "independent_variables:\n- header: {name: M, units: GeV}\n"
        "  values: [{value: 1}, {low: 2, high: 4}]\n"
        "dependent_variables:\n- header: {name: XS, units: pb}\n  values:\n"
        "  - {value: 5, errors: [{label: scale, asymerror: {plus: 1, minus: -2}}]}\n"
        "  - {value: 6, errors: [{symerror: 3}]}\n"
    )
    sheet = read(tmp_path / "t.yaml")
    names = ["M", "M low", "M high", "XS", "XS scale +", "XS scale -", "XS error"]
    assert [c.name for c in sheet.columns] == names
    assert sheet.column("XS").unit == "pb"
    assert read_numbers(sheet, ["M", "XS"]).columns["M"].tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("", "missing"),
        ("nan", "missing: 'nan'"),
        ("N/A", "missing: 'N/A'"),
        ("--", "missing: '--'"),
        ("-inf", "infinite: '-inf'"),
        ("1e999", "infinite: '1e999'"),
        ('"1,5"', "a decimal comma: '1,5'"),
        ("1.2 pb", "not a number: '1.2 pb'"),
        ("1_000", "not a number: '1_000'"),
        ("-999", "a marker of a missing number: -999 among numbers from 3 to 12"),
        ("-1", "a marker of a missing number: -1 among numbers from 3 to 12"),
        ("1e30", "a marker of a missing number: 1e+30 among numbers from 3 to 12"),
        ("5,6", "number of fields: 3, the heading has 2"),
    ],
)
def test_cells_that_are_no_numbers_are_told_or_left_out(
    tmp_path: Path, cell: str, kind: str
) -> None:
    body = "".join(f"{m},{m + 1}\n" for m in range(2, 12)).replace("5,6\n", f"5,{cell}\n")
    with pytest.raises(TableDataError) as told:
        numbers(tmp_path / "scan.csv", "m_a,sigma\n" + body)
    place = "row 4 (line 5)" + ("" if "fields" in kind else ", column 'sigma'")
    assert f"{place}: {kind}" in str(told.value)
    assert "--skip-missing" in str(told.value)
    kept = numbers(tmp_path / "scan.csv", "m_a,sigma\n" + body, skip=True)
    assert 5.0 not in kept.columns["m_a"]
    assert len(kept.rows) == 9
    assert kept.left_out == {kind.partition(":")[0]: 1}
    assert kept.place(3) == "row 5 (line 6)"


def test_numbers_that_may_be_meant_are_kept(tmp_path: Path) -> None:
    rows = "".join(f"{m},{v}\n" for m, v in enumerate((-1, -0.7, 0.2, 0.9, 999.0, 500, 400, 800)))
    kept = numbers(tmp_path / "scan.csv", "m_a,sigma\n" + rows)
    assert kept.columns["sigma"][[0, 4]].tolist() == [-1.0, 999.0]
    commas = numbers(tmp_path / "c.csv", "m_a;sigma\n1,5;2\n2;3\n3;4\n", decimal_comma=True)
    assert commas.columns["m_a"].tolist() == [1.5, 2.0, 3.0]


def test_nulls_of_a_parquet_file_are_missing(tmp_path: Path) -> None:
    masked = pa.array(np.array([1.0, 1500.0, 3.0]), mask=np.array([False, True, False]))
    pq.write_table(pa.table({"m_a": masked, "flag": [True] * 3}), tmp_path / "scan.parquet")
    sheet = read(tmp_path / "scan.parquet")
    with pytest.raises(TableDataError, match="row 2, column 'm_a': missing"):
        read_numbers(sheet, ["m_a"])
    assert read_numbers(sheet, ["m_a"], skip=True).columns["m_a"].tolist() == [1.0, 3.0]
    with pytest.raises(
        TableDataError, match=r"'flag' of scan.parquet holds bool, expected numbers"
    ):
        read_numbers(sheet, ["flag"])


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty: expected a table"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"m_a,sigma\n", "has no rows below its heading m_a, sigma"),
        (b"1,2\n2,3\n", "has no heading: its first line is '1,2'"),
        (b"m_a,sigma\n1,5,2,5\n", "2 fields separated by commas, but its rows have 4"),
        (b"m_a,sigma,sigma\n1,2,3\n", "2 columns named 'sigma', the columns number 2, 3"),
        (b"m_a,sigm\n1,2\n", "lacks the columns ['sigma']; it has ['m_a', 'sigm']; did you mean"),
        (b"m_a,sigma\n1,x\n2,y\n", "'sigma' of scan holds text such as 'x', expected numbers"),
        (bytes(range(256)), "it holds bytes of no text"),
        (b"PK\x03\x04 xl/workbook.xml", "is an Excel workbook; expected CSV"),
        (b"PK\x03\x04mimetype", "is a zip archive"),
        (b"\x89HDF\r\n", "is an HDF5 file; expected CSV"),
        (b"root\0\0", 'uproot.open("scan")'),
        (b"\x80\x04\x95", "is a Python pickle"),
        (b"SQLite format 3\0", "is an SQLite database"),
        (b"PAR1 but not", "cannot read scan"),
        (b"\x93NUMPY\x01", "cannot read scan"),
        (b"{", "cannot read scan"),
        (b'{"a": 1}', "is JSON, but not a table"),
        (b"--- {a: 1}\n", "is YAML, but not a table of HEPData"),
        (b"BLOCK MASS\n 25 125.\n", "is an SLHA spectrum"),
        (b"<html><table>", "is HTML or XML"),
        (b"\x1f\x8b\x08 nothing", "compressed with gzip, but damaged"),
    ],
)
def test_what_holds_no_table_is_named(tmp_path: Path, content: bytes, text: str) -> None:
    with pytest.raises(TableDataError) as told:
        numbers(tmp_path / "scan", content)
    assert text in str(told.value)


def test_headings_carry_units() -> None:
    assert split_heading("m_go [GeV]") == ("m_go", "GeV")
    assert split_heading("m_go (GeV)") == ("m_go", "GeV")
    assert split_heading("m_go / GeV") == ("m_go", "GeV")
    assert split_heading("shift [%]") == ("shift", "%")
    for name in ("BR(WW)", "a/b", "m_go", "[GeV]"):
        assert split_heading(name) == (name, None)
