"""YAML of a stranger: plain data with lines, and nothing that stands for more than it is."""

from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lhnets_registry.cards.yaml_lines import YamlNode, load
from lhnets_registry.errors import YamlError


def plain(node: YamlNode) -> object:
    if isinstance(node.value, dict):
        return {k: plain(n) for k, n in node.value.items()}
    return [plain(n) for n in node.value] if isinstance(node.value, list) else node.value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-3", 1e-3),
        ("4e2", 400.0),
        ("-.5", -0.5),
        ("010", 10),
        ("no", "no"),
        ("true", True),
        ("12:30", "12:30"),
        ("2026-11-22", "2026-11-22"),
        ("0x1f", "0x1f"),
        ("'3'", "3"),
        ("~", None),
        (".inf", math.inf),
        ("", None),
    ],
)
def test_scalars_are_what_they_look_like(written: str, value: object) -> None:
    assert plain(load(f"a: {written}")) == {"a": value}


def test_lines_and_texts_are_those_of_the_file() -> None:
    root = load("# comment\na: 8.310\nb:\n  - 1\n  - c: 2\n")
    assert isinstance(root.value, dict)
    assert (root.value["a"].line, root.value["a"].text) == (2, "8.310")
    entries = root.value["b"].value
    assert root.value["b"].key_line == 3
    assert isinstance(entries, list)
    assert [e.line for e in entries] == [4, 5]


def test_a_key_that_stands_twice_is_remembered_with_its_line() -> None:
    assert load("a: 1\nb: 2\na: 3\n").repeated == [("a", 3)]


@pytest.mark.parametrize(
    ("text", "line", "got"),
    [
        ("a: &x [1]\nb: 2", 1, "an anchor or an alias"),
        ("a: 1\nb: *x", 2, "an anchor or an alias"),
        ("a: !!python/object/apply:os.system [ls]", 1, "the tag"),
        ("a: !ENV x", 1, "the tag"),
        ("", 1, "an empty file"),
        ("a: 1\n---\nb: 2", 2, "another document"),
        ("a: Gluino: pairs", 1, "mapping values are not allowed here"),
        ("a: 1\n\tb: 2", 2, "cannot start any token"),
        ("a: \x00", 1, "unacceptable character"),
        ("? [1]\n: 2", 1, "a key that is a list"),
        ("[" * 100 + "]" * 100, 1, "nested too deeply"),
        ("[" * 20_000 + "]" * 20_000, 1, "nested too deeply"),
        ("a: " + "9" * 5000, 1, "a number of 5000 digits"),
        ("a: " + "x" * 200_000, 1, "200,003 characters"),
    ],
)
def test_anything_else_is_refused_with_its_line(text: str, line: int, got: str) -> None:
    with pytest.raises(YamlError, match=got) as caught:
        load(text)
    assert caught.value.line == line


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


@given(VALUES)
def test_what_yaml_writes_is_read_back(value: object) -> None:
    written = yaml.dump({"a": value}, Dumper=Dumper, allow_unicode=True)
    assert plain(load(written)) == {"a": value}


@given(st.text(alphabet=st.sampled_from("ab:- \n[]{}&*!|>'\"#,?%@1.e~"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        load(text)
    except YamlError as error:
        assert error.line >= 1  # noqa: PT017 - one of two good ends
