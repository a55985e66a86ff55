from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets_registry.review import names
from lhnets_registry.review.names import similar

NAME = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(names).failed == 0


@pytest.mark.parametrize(
    "other",
    [
        "cs-gluino-pair-1o",
        "cs-gluino-palr-lo",
        "cs-gluino-pair-l0",
        "cs-gluinopair-lo",
        "cs-gulino-pair-lo",
        "cs-gluno-pair-lo",
        "cs-gluinoo-pair-lo",
    ],
)
def test_look_alikes_and_slips_of_the_pen(other: str) -> None:
    assert similar(other, ["cs-gluino-pair-lo"]) == ["cs-gluino-pair-lo"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("cs-vvino-c1n2", "cs-wino-c1n2"),
        ("br-rnu-ee", "br-mu-ee"),
        ("cs-w1-lo", "cs-wl-lo"),
        ("cs-zo", "cs-z0"),
    ],
)
def test_characters_that_look_alike_in_words_too_short_for_a_slip(first: str, second: str) -> None:
    assert similar(first, [second]) == [second]
    assert similar(second, [first]) == [first]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("cs-gluino-pair-lo", "cs-gluino-pair-nlo"),
        ("cs-wino-c1n2", "cs-wino-c1c1"),
        ("cs-gluino-pair-13tev", "cs-gluino-pair-14tev"),
        ("br-h-bb", "br-h-cc"),
        ("cs-stop-pair", "cs-stau-pair"),
    ],
)
def test_honest_neighbours(first: str, second: str) -> None:
    assert similar(first, [second]) == []


@given(NAME, NAME)
def test_likeness_is_mutual_and_never_of_oneself(first: str, second: str) -> None:
    assert bool(similar(first, [second])) == bool(similar(second, [first]))
    assert similar(first, [first]) == []
