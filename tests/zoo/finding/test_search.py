"""What a search gives: a sequence that reads as a table."""

from __future__ import annotations

import sys

import pytest

import lhnets as ml
from lhnets._finding.search import KINDS, SearchResults, describe_entry, find_matching


@pytest.fixture
def found(zoo: object) -> SearchResults:
    return ml.search()


def test_words_are_the_first_argument(zoo: object) -> None:
    assert [e.name for e in ml.search("expon m_a")] == ["cs-exponential"]
    assert ml.search("stop") == []


def test_it_is_a_sequence(found: SearchResults) -> None:
    assert len(found) == 1
    assert found[0].name == "cs-exponential"
    assert found[0] in found
    assert isinstance(found[:1], SearchResults)
    assert found[:1] == found
    assert found == list(found)
    assert found == tuple(found)
    assert found[1:] == []
    assert found != "cs-exponential"
    assert hash(found) == hash(found[:])


def test_it_reads_as_a_table(found: SearchResults) -> None:
    head, row, count = repr(found).splitlines()
    assert head.split() == ["network", "computes", "order", "energy", "parameters", "mean_error"]
    assert row.split()[0] == "cs-exponential@1"
    for part in ("p p > go go", "LO, NLO", "7-14 TeV", "m_a, sqrt_s, mu_over_m", "1.0e-04"):
        assert part in row
    assert count == "1 network"
    assert repr(found[1:]) == "0 networks"


def test_html_escapes_what_others_wrote(found: SearchResults) -> None:
    assert "<td>p p &gt; go go</td>" in found._repr_html_()
    assert "<caption>1 network</caption>" in found._repr_html_()


def test_a_pandas_table_has_a_row_for_each_network(found: SearchResults) -> None:
    pandas = pytest.importorskip("pandas")
    table = found.to_pandas()
    assert list(table.columns) == list(describe_entry(found[0]))
    assert table.loc[0, "orders"] == "LO, NLO"
    assert pandas.api.types.is_float_dtype(table["mean_error"])
    assert list(found[1:].to_pandas().columns) == list(table.columns)


def test_without_pandas_the_error_says_what_to_install(
    found: SearchResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ml.MissingExtraError, match="pip install pandas"):
        found.to_pandas()


def test_an_unknown_kind_lists_those_there_are(zoo: object) -> None:
    with pytest.raises(
        ml.ParameterError, match=r"kind must be one of cross_section, .*, got 'xsec'"
    ) as caught:
        ml.search(kind="xsec")  # type: ignore[arg-type]
    assert all(kind in str(caught.value) for kind in KINDS)
    with pytest.raises(ml.ParameterError, match="did you mean 'cross_section'"):
        ml.search(kind="cross-section")  # type: ignore[arg-type]


def test_a_pool_finds_what_questions_need_once(zoo):
    pool = zoo.entries
    (entry,) = pool.newest
    assert pool.newest is pool.newest
    assert pool.by_subject("cross_section")["2212 2212 > 1000021 1000021"] == [entry]
    assert pool.by_subject("width") == {}
    assert not pool.texts
    assert len(find_matching(pool, "exponential")) == 1
    assert list(pool.texts) == [entry.identity]
    assert len(find_matching(pool, "exponential nothing")) == 0
