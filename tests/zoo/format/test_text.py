"""What texts may hold: what a reader sees is what is compared."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets.errors import CardError, Error, MirrorWarning, printable
from lhnets.format import Card, Entry, Index, find_text_problem
from lhnets.format.bibtex import escape, find_bibtex_problem, quote, write_entry

HIDDEN = {
    "newline": "a\n",
    "carriage return": "a\r",
    "escape": "a\x1b[8m",
    "one-byte control sequence": "a\x9b8m",
    "right to left": "a\u202eb",
    "isolate": "a\u2066b",
    "zero width": "a\u200bb",
    "soft hyphen": "a\u00adb",
    "filler": "a\u3164b",
    "blank of Braille": "a\u2800b",
    "no-break space": "a\u00a0b",
    "line separator": "a\u2028b",
    "tag": "a\U000e0041",
    "private": "a\ue000",
    "combining": "a\u0338b",
    "variation": "a\ufe0f",
    "full width": "\uff41",
    "ligature": "\ufb01",
    "decomposed": "e\u0301",
    "long": "a" * 1001,
    "Hebrew": "a \u05d0 13",
    "Arabic digits": "a \u0661",
    "null notehead": "a\U0001d159",
    "object replacement": "a\ufffcb",
    "Cyrillic among Latin": "gluin\u043e",
    "Greek among Latin": "gluin\u03bf",
    "Cherokee among Latin": "\u13a1ave",
}


def changed(card: Card, path: str, value: Any) -> bytes:
    """The JSON of a card with one field exchanged."""
    plain = json.loads(card.to_json())
    *parents, last = path.split(".")
    part: Any = plain
    for key in parents:
        part = part[int(key)] if key.isdecimal() else part[key]
    part[last] = value
    return json.dumps(plain).encode()


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("path", ["title", "inputs.0.unit", "authors.0.name", "truth.program"])
def test_a_card_with_a_text_that_hides_something_is_refused(
    a_card: Card, path: str, text: str
) -> None:
    assert Card.from_json(changed(a_card, path, "Größe → σ(s)")).identity == a_card.identity
    with pytest.raises(CardError, match=path.replace("0", r"\[?0\]?").replace(r".\[", r"\[")):
        Card.from_json(changed(a_card, path, text))


@pytest.mark.parametrize("name", ["cs-a\n", "cs-ａ", "cs-a\u200b", "cs-a ", "CS-a", "a" * 81, "a١"])
def test_a_name_is_matched_as_a_whole(a_card: Card, name: str) -> None:
    with pytest.raises(CardError):
        Card.from_json(changed(a_card, "name", name))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("created", "2026-02-30"),
        ("created", "2026-11-21\n"),
        ("created", "٢٠٢٦-11-21"),
        ("data.sha256", "0" * 64 + "\n"),
        ("data.doi", "https://doi.org/10.5281/zenodo.1"),
        ("data.doi", "zenodo.1"),
        ("data.doi", "10.5281/zeno do"),
        ("data.doi", "10.5281/zenodo.1}"[:-1] + "\u200b"),
        ("authors.0.orcid", "0000-0002-1825-009٧"),
    ],
)
def test_days_and_identifiers_are_real(a_card: Card, path: str, value: str) -> None:
    with pytest.raises(CardError):
        Card.from_json(changed(a_card, path, value))


@pytest.mark.parametrize("name", ["top t\u0430gging", "σ", "top tagging\u00a0"])
@pytest.mark.parametrize("path", ["subject", "inputs.0.name", "outputs.0.subject"])
def test_what_questions_name_is_ascii(a_card: Card, path: str, name: str) -> None:
    with pytest.raises(CardError):
        Card.from_json(changed(a_card, path, name))


@pytest.mark.parametrize("text", ["σ(s) of Δm_T", "Größe", "αs and ντ", "Дубна", "日本 13 TeV"])
def test_words_of_one_script_and_formulas_are_read(a_card: Card, text: str) -> None:
    assert Card.from_json(changed(a_card, "title", text)).title == text


@pytest.mark.parametrize("depth", [60, 500])
def test_settings_are_not_nested_without_end(a_card: Card, depth: int) -> None:
    deep = json.loads("[" * depth + "]" * depth)
    with pytest.raises(CardError, match="levels deep"):
        Card.from_json(changed(a_card, "training.hyperparameters", {"layers": deep}))


@pytest.mark.parametrize("text", ["a\u202eb", "a\x1b[8m", "e\u0301", "a" * 1001])
@pytest.mark.parametrize("path", ["title", "inputs.0.name", "outputs.0.unit", "subject"])
def test_an_entry_that_hides_something_is_skipped(
    a_card: Card, sealed_file: bytes, path: str, text: str
) -> None:
    good = Entry.of(a_card, sealed_file, "verified")
    spoiled = changed_entry(good, path, text)
    data = b'{"format":2,"networks":[%s,%s]}' % (good.to_json(), spoiled)
    index = Index.from_json(data, "a mirror")
    assert index.networks == (good,)
    assert len(index.skipped) == 1


def changed_entry(entry: Entry, path: str, value: str) -> bytes:
    plain = json.loads(entry.to_json())
    *parents, last = path.split(".")
    part: Any = plain
    for key in parents:
        part = part[int(key)] if key.isdecimal() else part[key]
    part[last] = value
    return json.dumps(plain).encode()


@given(st.text())
def test_what_is_printed_neither_steers_nor_hides(text: str) -> None:
    shown = printable(text)
    assert all(c.isprintable() or c in "\n\t" for c in shown)
    assert len(shown) == len(text)
    assert str(Error(text)) == str(MirrorWarning(text)) == shown


@given(st.text(st.characters(codec="ascii")))
def test_ascii_is_plain_if_it_prints(text: str) -> None:
    assert bool(find_text_problem(text)) == (not text.isprintable())


ENTRIES = {
    "preamble": '@preamble{a, title = "x"}',
    "string": "@string{a, title = {x}}",
    "other key": "@misc{b, title = {x}}",
    "two entries": "@misc{a, title = {x}}\n@misc{b, title = {x}}",
    "break-out": "@misc{a, title = {x}}, author = {y}}",
    "open": "@misc{a, title = {x}",
    "open quote": '@misc{a, title = "x}',
    "macro": "@misc{a, title = x # y}",
    "twice": "@misc{a, title = {x}, title = {y}}",
    "reads a file": "@misc{a, title = {\\input{/etc/passwd}}}",
    "writes a file": "@misc{a, title = {\\immediate\\write18{id}}}",
    "hidden command": "@misc{a, title = {^^5cinput}}",
    "reads a listing": "@misc{a, title = {\\lstinputlisting{/etc/passwd}}}",
    "reads a file by another name": "@misc{a, title = {\\InputIfFileExists{x}{}{}}}",
    "internal command": "@misc{a, title = {\\@@input /etc/passwd}}",
    "attaches a file": "@misc{a, note = {\\pdfximage{x.pdf}}}",
    "another entry inside": '@misc{a, title = {\n@preamble{ "x" }}}',
    "no doi": "@misc{a, doi = {nothing}}",
    "text before": "% x\n@misc{a, title = {x}}",
    "no entry": "see the paper",
}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_citation_is_one_entry_and_does_nothing(a_card: Card, entry: str) -> None:
    assert find_bibtex_problem("a", entry)
    fields = json.loads(a_card.to_json())
    fields["references"]["a"] = entry
    with pytest.raises(CardError, match=r"references\.a"):
        Card.from_json(json.dumps(fields))


@pytest.mark.parametrize(
    "entry",
    [
        '@Article{a,\n  author = "Fu{\\"o}ss, A. and {The B}",\n  month = nov, year=2026,\n}\n',
        "@misc{a, doi = {10.1016/0550-3213(90)90532-I}, title = {{$\\alpha_s$ at 50\\%}}}",
        "@misc{a,}",
        "@misc{a, title = {$\\sqrt{s} \\to \\ell\\bar\\nu$ \\textendash\\ \\emph{x}\\/}}",
        "@misc{a, author = {\\v{S}, \\O{} and a\\& b}}",
        "@misc{a, author = {{me@cern.ch}}}",
    ],
)
def test_citations_as_databases_give_them_are_read(entry: str) -> None:
    assert find_bibtex_problem("a", entry) == ""


@given(st.text(), st.text())
def test_what_is_cited_is_one_entry_whatever_the_texts(name: str, title: str) -> None:
    entry = write_entry("a", {"author": escape(name), "title": quote(title)})
    assert find_bibtex_problem("a", entry) == ""


@pytest.mark.parametrize("text", ["@misc{b, title = {x}}", "@ string (x)", "a@b @preamble{x}"])
def test_an_entry_within_a_text_is_cited_as_text(text: str) -> None:
    assert find_bibtex_problem("a", write_entry("a", {"title": quote(text)})) == ""


def test_a_version_is_cited_as_it_is_written() -> None:
    assert escape("cs-ttbar-lo@3 by me@cern.ch") == "cs-ttbar-lo@3 by me@cern.ch"
