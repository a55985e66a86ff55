"""The forms in which users give parameters to a question."""

import numpy as np
import pytest

import lhnets as ml

GLUINOS = "p p > go go"
AT_13 = {"energy": "13 TeV", "order": "NNLO_approx+NNLL"}
MASSES = {"m_go": np.array([1500.0, 2000.0]), "m_sq": np.array([1000.0, 2500.0])}


@pytest.fixture
def expected():
    return ml.CS(GLUINOS, MASSES, **AT_13).value


def test_parameters_as_keywords(expected):
    np.testing.assert_array_equal(ml.CS(GLUINOS, **MASSES, **AT_13).value, expected)
    beside = ml.CS(GLUINOS, {"m_go": MASSES["m_go"]}, m_sq=MASSES["m_sq"], **AT_13)
    np.testing.assert_array_equal(beside.value, expected)
    assert ml.BR("h > b b~", m_h=125.0).value == ml.BR("h > b b~", {"m_h": 125.0}).value
    found = ml.Likelihood("atlas-susy-2018-04", SRlow=1.0, SRhigh=2.0)
    assert 0 < float(found.cls()) < 1


def test_tables_and_their_rows(expected):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(MASSES)
    np.testing.assert_array_equal(ml.CS(GLUINOS, table, **AT_13).value, expected)
    assert ml.CS(GLUINOS, table.iloc[1], **AT_13).value == pytest.approx(expected[1], rel=1e-12)
    records = table.to_records(index=False)
    np.testing.assert_array_equal(ml.CS(GLUINOS, records, **AT_13).value, expected)
    np.testing.assert_array_equal(ml.CS(GLUINOS, np.array(records), **AT_13).value, expected)


def test_a_lazy_table_is_computed_once(expected):
    polars = pytest.importorskip("polars")
    computed = []

    def count(frame):
        computed.append(1)
        return frame

    lazy = polars.DataFrame(MASSES).lazy().map_batches(count)
    np.testing.assert_array_equal(ml.CS(GLUINOS, lazy, **AT_13).value, expected)
    assert len(computed) == 1


def test_other_columns_are_an_error_unless_they_are_to_be_ignored(expected):
    table = {**MASSES, "m_n1": np.array([100.0, 200.0]), "name": np.array(["a", "b"])}
    with pytest.raises(ml.ParameterError, match="'m_n1' is none of them"):
        ml.CS(GLUINOS, table, **AT_13)
    found = ml.CS(GLUINOS, table, extra="ignore", **AT_13)
    np.testing.assert_array_equal(found.value, expected)
    assert found.card.name == "cs-gluino-pair-nnll-13tev"


def test_missing_values_are_nan_if_the_outside_is():
    table = {"m_go": np.array([1500.0, np.nan, 9000.0]), "m_sq": 2500.0}
    with pytest.raises(ml.ParameterError, match="nan at point 1"):
        ml.CS(GLUINOS, table, **AT_13)
    found = ml.CS(GLUINOS, table, outside="nan", **AT_13)
    alone = ml.CS(GLUINOS, {"m_go": 1500.0, "m_sq": 2500.0}, **AT_13)
    assert found.value[0] == pytest.approx(alone.value, rel=1e-12)
    assert np.isnan(found.value[1:]).all()
    assert np.isnan(found.uncertainty[1:]).all()
    assert np.isnan(found.reach[1])
    assert found.reach[2] > 1


def test_masked_entries_are_missing_values():
    masked = np.ma.masked_equal([1500.0, -1.0], -1.0)
    found = ml.CS(GLUINOS, {"m_go": masked, "m_sq": 2500.0}, outside="nan", **AT_13)
    assert list(np.isnan(found.value)) == [False, True]


def test_all_values_missing():
    found = ml.CS(GLUINOS, m_go=np.full(3, np.nan), m_sq=2500.0, outside="nan", **AT_13)
    assert np.isnan(found.value).all()


@pytest.mark.parametrize(
    ("params", "more", "message"),
    [
        ({"m_go": 2000.0}, {"m_go": 1.0}, "m_go is given twice"),
        ([[2000.0]], {"m_sq": 1.0}, "m_sq cannot stand beside an array or an SLHA file"),
        ({"m_go": 2000.0}, {"extra": "drop"}, "extra must be 'raise' or 'ignore', got 'drop'"),
        (None, {"enrgy": "13 TeV", "m_go": 1.0}, "'enrgy' is none of them"),
    ],
)
def test_what_cannot_be_read(params, more, message):
    with pytest.raises(ml.ParameterError, match=message):
        ml.CS(GLUINOS, params, **more)


def test_an_output_of_an_observable_by_its_name():
    point = {"C9_bsmumu": 0.0, "C9p_bsmumu": 0.0, "C10_bsmumu": 0.0, "C10p_bsmumu": 0.0}
    named = ml.Observable("RK", point, output="RK")
    assert named.value == ml.Observable("RK", point).value
    with pytest.raises(ml.ParameterError, match="has an output 'R': expected one of RK"):
        ml.Observable("RK", point, output="R")
