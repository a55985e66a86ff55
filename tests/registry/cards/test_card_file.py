"""The author's card: read with its lines, and every defect at once."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets import format as c
from lhnets.errors import CardError
from lhnets_registry.cards import card_file, card_rules
from lhnets_registry.errors import CardFileError, Defect

from ..author_card import GOOD, TEN, spoiled


def defects(text: str) -> tuple[Defect, ...]:
    return card_file.examined(text)[1]


def test_an_authors_card_becomes_a_draft(tmp_path: Path) -> None:
    (tmp_path / "card.yaml").write_text(GOOD)
    draft = card_file.read(tmp_path / "card.yaml")
    assert draft.identity == "cs-gluino-pair-imported@1"
    assert draft.subject == "2212 2212 > 1000021 1000021"
    assert draft.default_output == "sigma"
    assert draft.truth.version == "2.10"
    assert (draft.inputs[0].low, draft.inputs[1].default) == (400.0, 3000.0)
    assert [i.name for i in draft.columns] == ["m_go", "m_sq"]


def test_a_draft_has_the_fields_of_a_card_that_an_author_knows() -> None:
    theirs = {f.encode_name: f.type for f in msgspec.structs.fields(c.Card)}
    ours = {f.name: f.type for f in msgspec.structs.fields(card_file.Draft)}
    assert set(ours) == set(theirs) - set(card_file.COMPUTED)
    plain = {n: msgspec.json.schema(t) for n, t in ours.items()}
    for name, schema in plain.items():
        wanted = msgspec.json.schema(theirs[name])
        assert schema.get("type", schema.get("$ref")) == wanted.get("type", wanted.get("$ref")), (
            name
        )


def test_ten_defects_are_ten_findings_each_with_its_line_and_mend() -> None:
    text = spoiled(*TEN)
    found = defects(text)
    assert len(found) == 10
    assert {d.path for d in found} == {
        "versoin",
        "kind",
        "inputs[0].low",
        "inputs[1].default",
        "outputs[0].scale",
        "region[0].coefficients.m_squark",
        "truth.references[0]",
        "authors[0].orcid",
        "licence",
        "training.framework",
    }
    lines = text.splitlines()
    for d in found:
        last = d.path.rpartition(".")[2].partition("[")[0]
        assert d.remedy
        assert d.path == "licence" or last in lines[d.line - 1], d
    with pytest.raises(
        CardFileError, match=r"card.yaml has 10 defects\n  - line 2, licence: is missing"
    ) as caught:
        card_file.parse(text)
    assert caught.value.defects == found


@pytest.mark.parametrize(
    ("right", "wrong", "path", "words"),
    [
        ("licence:", "license:", "license", "Did you mean `licence`?"),
        ("    meaning: gluino mass\n", "", "inputs[0].meaning", "is missing"),
        ("    low: 300\n", "", "inputs[1].low", "is missing"),
        ("low: 300", "low: 7000", "inputs[1].low", "Exchange them"),
        ("name: m_sq\n", "name: m_go\n", "inputs[1].name", "stands twice"),
        ("title: Gluino pairs at the LHC", "title: 3.5", "", ""),
        ("title: Gluino pairs at the LHC", "title: true", "title", "got 'true'"),
        ("title: Gluino pairs at the LHC", "title:", "title", "Write a value behind"),
        (
            "title: Gluino pairs at the LHC",
            f"title: {'x' * 300}",
            "title",
            "at most 200 characters",
        ),
        ("title: Gluino pairs", 'title: "a\\u202e', "(file)", "not plain YAML"),
        ("title: Gluino pairs at the LHC", 'title: "a\\u202eb"', "title", "U+202E"),
        ("name: cs-gluino-pair-imported", "name: CS_gluino", "name", "matching [a-z0-9]"),
        ("subject: p p > go go", "subject: p p > gluinoo", "subject", "gluinoo"),
        ("energy: 13000", "energy: -13", "conditions.energy", "a number above 0"),
        ("energy: 13000", "energy: .inf", "conditions.energy", "got '.inf'"),
        ("version: 1\n", "version: 0\n", "version", "at least 1"),
        ("version: 1\n", "version: 1\nsha256: ab\n", "sha256", "is not a field"),
        (
            "truth:",
            "validation: {mean: 1}\ntruth:",
            "validation",
            "Remove it: the import measures it",
        ),
        ("truth:", "default_output: tau\ntruth:", "default_output", "names an unknown output"),
        (
            "truth:",
            "physics_uncertainty: [{of: x, source: pdf, up: a, down: b}]\ntruth:",
            "physics_uncertainty[0].of",
            "unknown output",
        ),
        (
            "truth:",
            "data: {name: a, sha256: x, rows: 3, split: {test: 4}, doi: "
            "'https://doi.org/10.5281/zenodo.1'}\ntruth:",
            "data.doi",
            "Write 10.5281/zenodo.1",
        ),
        (
            "truth:",
            "data: {name: a, sha256: x, rows: 3, split: {test: 4}}\ntruth:",
            "data.split",
            "Count each row once",
        ),
        ("bound: 4000", "bound: -9000", "region[0]", "leaves nothing of the box"),
        (
            "@article{Beenakker:1996ch,",
            "@article{Beenakker:1997,",
            "references.Beenakker:1996ch",
            "INSPIRE",
        ),
        ("{block: MASS, entry: [1000021]}", "MASS", "inputs[0].slha", "is not a mapping"),
        (
            "{block: MASS, entry: [1000021]}",
            "{block: MASS, entry: 1000021}",
            "inputs[0].slha.entry",
            "is not a list",
        ),
        (
            "    scale: log\n",
            "    scale: log\n    scale: linear\n",
            "outputs[0].scale",
            "stands twice",
        ),
        ("    high: 3000\n", "    high: 3000\n    padding: 1\n", "inputs[0]", "only tensors do"),
        (
            "    high: 3000\n",
            "    high: 3000\n    shape: [3, 4]\n",
            "inputs[0]",
            "first axis must be the events",
        ),
        (
            "  framework: keras\n",
            "  framework: keras\n  source: {}\n",
            "training.source",
            "the import writes what it read",
        ),
    ],
)
def test_each_slip_is_named(right: str, wrong: str, path: str, words: str) -> None:
    found = [str(d) for d in defects(spoiled((right, wrong))) if d.path == path]
    assert len(found) == (1 if path else 0)
    assert not path or words in found[0]


@pytest.mark.parametrize("text", ["", "[]", "3", "name", "a: [1", "\x00", "- a\n- b", "~"])
def test_what_is_no_mapping_is_one_defect(text: str) -> None:
    (defect,) = defects(text)
    assert defect.path == "(file)"


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"cannot read the card .*absent.yaml: No such file"):
        card_file.read(tmp_path / "absent.yaml")
    (tmp_path / "latin.yaml").write_bytes("name: Mößbauer".encode("latin-1"))
    with pytest.raises(CardError, match="not text in UTF-8"):
        card_file.read(tmp_path / "latin.yaml")


def test_the_check_digit_of_an_orcid() -> None:
    assert card_rules.orcid_check_digit("0000-0002-1825-009") == "7"
    assert card_rules.orcid_check_digit("0000-0002-1694-233") == "X"


ENTRIES = GOOD.splitlines(keepends=True)


@given(
    st.lists(st.integers(0, len(ENTRIES) - 1), max_size=8),
    st.sampled_from(["", "  ", "- ", "x: 1\n", "[", "3"]),
)
def test_any_card_is_read_or_has_defects(places: list[int], piece: str) -> None:
    lines = list(ENTRIES)
    for place in places:
        lines[place] = piece + lines[place].lstrip() if piece else ""
    given_fields, found = card_file.examined("".join(lines))
    assert all(d.line >= 1 and d.what and d.expected and d.got and d.remedy for d in found)
    if not found:
        msgspec.convert(given_fields, card_file.Draft)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(-1, 1)
    | st.sampled_from(["a", "m_go", "N", "sigma"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "low", "high", "shape", "unit", "coefficients", "of", "split", "orcid"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([f.name for f in msgspec.structs.fields(c.Card)]), JSON))
def test_any_value_in_any_field_is_a_defect_or_fits(fields: dict[str, object]) -> None:
    """JSON is YAML."""
    _, found = card_file.examined(msgspec.json.encode(fields).decode())
    assert found
