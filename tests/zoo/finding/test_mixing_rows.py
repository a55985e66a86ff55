"""Rows of mixing matrices given by name: unit vectors are answered, others refused."""

import pytest

import lhnets as ml

STOP = {"m_t1": 1000.0, "m_n1": 100.0, "m_c1": 300.0}
GLUINO = {"m_go": 2000.0, "m_sq": 1500.0, "m_t1": 1000.0}
PAIR = {
    "m_c1": 300.0, "m_n2": 300.0, "m_sq": 2000.0, "u_11": 1.0, "u_12": 0.0, "v_11": 1.0,
    "v_12": 0.0, "n_21": 0.0, "n_22": 1.0, "n_23": 0.0, "n_24": 0.0,
}  # fmt: skip
MIXED = {"t_11": 0.6, "t_12": 0.8}
BOTH = "p p > x1+ n2 | p p > x1- n2"


def produce(subject, parameters):
    return ml.CS(subject, parameters, energy="13 TeV", network="cs-chargino-neutralino-lo")


@pytest.mark.parametrize(
    ("ask", "subject", "right", "wrong", "named"),
    [
        (ml.BR, "t1 > t n1", STOP | MIXED, {"t_11": 0.9, "t_12": 0.9}, "t_11, t_12"),
        (ml.BR, "go > t1~ t | go > t~ t1", GLUINO | MIXED, {"t_12": 0.0}, "t_11, t_12"),
        (produce, BOTH, PAIR, {"u_12": 0.5}, "u_11, u_12"),
        (produce, BOTH, PAIR, {"n_22": 0.9}, "n_21, n_22, n_23, n_24"),
    ],
)
def test_a_row_that_is_no_unit_vector_is_refused(ask, subject, right, wrong, named):
    assert float(ask(subject, right)) > 0
    with pytest.raises(ml.OutsideRegionError, match=f"the squares of {named} add to"):
        ask(subject, right | wrong)


def test_the_rounding_of_a_file_is_no_other_row():
    exact, rounded = (
        float(ml.BR("t1 > t n1", STOP | {"t_11": a, "t_12": b}))
        for a, b in ((0.6, 0.8), (0.597, 0.802))
    )
    assert rounded == pytest.approx(exact, rel=0.02)
