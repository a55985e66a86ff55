import numpy as np
import pytest

import lhnets as ml

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


def test_a_plot_shows_value_and_every_source(tmp_path):
    net = ml.load("cs-gluino-pair-nnll-13tev")
    figure = net.plot("m_go", m_sq=2500.0, points=20)
    above, below = figure.axes
    (line,) = above.lines
    x, y = line.get_data()
    assert (x[0], x[-1]) == (500, 3000)
    some = net({"m_go": x, "m_sq": 2500.0}, outside="nan")
    np.testing.assert_array_equal(y, some.value)
    assert above.get_yscale() == "log"
    assert "pb" in above.get_ylabel()
    assert [t.get_text() for t in below.get_legend().get_texts()][:2] == ["network", "scale"]
    figure.savefig(tmp_path / "a.png")


def test_an_axis_that_the_network_does_not_have():
    net = ml.load("cs-gluino-pair-nnll-13tev")
    with pytest.raises(ml.ParameterError, match="no input 'm' with a range; it has m_go, m_sq"):
        net.plot("m")
    with pytest.raises(ml.ParameterError, match="on the axis"):
        net.plot("m_go", m_go=2000.0)


def test_rows_of_the_data_set_lie_beside_the_curve():
    pytest.importorskip("lhnets_datasets")
    net = ml.load("cs-gluino-pair-nnll-13tev")
    above, below = net.plot("m_go", m_sq=2500.0, points=20, truth=True).axes
    rows, errors = above.lines[1], below.lines[-1]
    assert (rows.get_label(), errors.get_label()) == ("truth", "|network - truth|")
    x, y = rows.get_data()
    np.testing.assert_allclose(net({"m_go": x, "m_sq": 2500.0}).value, y, rtol=0.02)
    assert np.max(errors.get_ydata()) < 0.02


def test_no_row_near_the_curve_draws_none():
    pytest.importorskip("lhnets_datasets")
    fixed = {"m_n1": 200.0, "m_c1": 300.0, "t_11": 0.8, "t_12": 0.6}
    above, below = ml.load("br-stop").plot("m_t1", points=20, truth=True, **fixed).axes
    assert [line.get_label() for line in (*above.lines, *below.lines)].count("truth") == 0
