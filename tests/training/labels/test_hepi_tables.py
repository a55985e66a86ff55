from __future__ import annotations

import numpy as np
import pytest

from lhnets_training.labels.supersymmetry import hepi_tables
from lhnets_training.labels.supersymmetry.nnllfast import LabelError
from lhnets_training.recipe import Rows

ORDERS = tuple(hepi_tables.ORDERS)


@pytest.fixture(scope="module")
def charginos() -> Rows:
    return hepi_tables.wino("1000024_-1000024", 13000)


def test_wino_points_fill_a_triangle_and_a_rectangle(charginos: Rows) -> None:
    assert len(charginos["m_c1"]) == 385
    assert (charginos["m_sq"] >= charginos["m_c1"]).all()
    assert (charginos["m_c1"].min(), charginos["m_c1"].max(), charginos["m_sq"].max()) == (
        700,
        2000,
        4000,
    )


def test_shifts_are_not_negative(charginos: Rows) -> None:
    assert all((column >= 0).all() for column in charginos.values())


@pytest.mark.parametrize("process", ["1000023_1000024", "1000023_-1000024", "1000024_-1000024"])
@pytest.mark.parametrize("energy", [13000, 13600])
def test_no_published_wino_point_leaves_the_trend(process: str, energy: int) -> None:
    assert hepi_tables.usable(hepi_tables.wino(process, energy), ORDERS).all()


def test_a_number_seven_percent_off_is_dropped(charginos: Rows) -> None:
    at = int(np.flatnonzero((charginos["m_c1"] == 1500) & (charginos["m_sq"] == 2500))[0])
    changed = charginos["nnll"].copy()
    changed[at] *= 1.07
    held = hepi_tables.usable(charginos | {"nnll": changed}, ORDERS)
    assert not held[at]
    assert held.sum() > len(held) - 14


@pytest.mark.parametrize("broken", [np.nan, 0.0, -1e-5])
def test_numbers_that_cannot_be_cross_sections_are_dropped(charginos: Rows, broken: float) -> None:
    changed = charginos["lo"].copy()
    changed[7] = broken
    assert np.flatnonzero(~hepi_tables.usable(charginos | {"lo": changed}, ORDERS)).tolist() == [7]


def test_the_working_group_table_has_its_points() -> None:
    masses, sigma = hepi_tables.gluino_decoupled()
    assert masses.shape == sigma.shape == (501,)
    assert sigma[masses == 2000] == pytest.approx(1.01e-3)


def test_points_over_one_mass_are_in_order_and_whole() -> None:
    rows = hepi_tables.one_mass("13000_sleptons_1000011_-1000011_NNLL")
    assert rows["m"].shape == (22,)
    assert (np.diff(rows["m"]) > 0).all()
    assert (np.diff(rows["nnll"]) < 0).all()
    assert all((column >= 0).all() for column in rows.values())


def test_points_that_are_no_cross_sections_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    point = {"xsec_pb": 0.0, "unc_scale_up_pb": 0.1, "unc_scale_down_pb": 0.1, "unc_pdf_up_pb": 0.1}
    monkeypatch.setattr(hepi_tables, "table", lambda name: {"data": {"80.0": point}})
    with pytest.raises(LabelError, match="no cross sections"):
        hepi_tables.one_mass("broken")


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(LabelError, match=r"nonsense\.json"):
        hepi_tables.table("nonsense")
