"""Higgs widths against the fourth report of the LHC Higgs working group and against limits, and the
published data set."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets_training.data import table
from lhnets_training.labels.higgs import higgs_widths
from lhnets_training.labels.higgs.higgs_widths import CHANNELS, widths
from lhnets_training.recipe import Run
from lhnets_training.recipes import find
from lhnets_training.recipes.decays import _higgs

AT_125 = np.array([[125.0, 172.5, 4.18, 0.986, 0.118]])


@pytest.mark.parametrize(
    ("channel", "ratio"),
    [
        ("bb", 1.003), ("tautau", 1.001), ("mumu", 1.001), ("cc", 0.998), ("Zgam", 0.997),
        ("ZZ", 0.98), ("WW", 0.963), ("gg", 0.94), ("gamgam", 1.023),
    ],
)  # fmt: skip
def test_widths_beside_the_report(channel: str, ratio: float) -> None:
    """The figures that the description of the networks gives."""
    published = _higgs.YR4_BR[channel] * _higgs.YR4_WIDTH
    found = widths(AT_125)[0, CHANNELS.index(channel)]
    assert found / published == pytest.approx(ratio, abs=0.004)


def test_the_total_beside_the_report() -> None:
    assert widths(AT_125).sum() == pytest.approx(_higgs.YR4_WIDTH, rel=0.015)


def test_more_nodes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.repeat(AT_125, 3, axis=0)
    points[:, 0] = 101.0, 125.0, 149.0
    found = widths(points)
    monkeypatch.setattr(higgs_widths, "NODES", 150)
    monkeypatch.setattr(higgs_widths, "PIECE", 80)
    np.testing.assert_allclose(found, widths(points), rtol=3e-6)


def test_loop_amplitudes_in_their_heavy_limits() -> None:
    light = np.array([1.0])
    assert higgs_widths._half(light, np.array([500.0]))[0] == pytest.approx(4 / 3, rel=1e-5)
    assert higgs_widths._one(light)[0] == pytest.approx(-7, rel=1e-3)


def test_loop_functions_are_continuous_at_threshold() -> None:
    below, above = np.array([1 - 1e-10]), np.array([1 + 1e-10])
    assert higgs_widths._f(below)[0] == pytest.approx(higgs_widths._f(above)[0], abs=1e-4)
    assert higgs_widths._g(below)[0] == pytest.approx(higgs_widths._g(above)[0], abs=1e-4)


def test_published_rows_come_out_again() -> None:
    path = table.bundled(_higgs.DATASET)
    assert path is not None
    assert path.stat().st_size < 3_000_000
    rows = table.read(path, _higgs.DATASET)
    few = slice(None, None, 500)
    x = np.stack([rows[n][few] for n in _higgs.NAMES], axis=1)
    published = np.stack([rows[f"width_{c}"][few] for c in CHANNELS], axis=1)
    np.testing.assert_allclose(widths(x), published, rtol=1e-9)
    shares = np.stack([rows[f"BR_{c}"] for c in CHANNELS], axis=1)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(shares[:, 0] * rows["width"], rows["width_bb"], rtol=1e-12)


def test_labels_have_the_columns_of_the_data_set(tmp_path: Path) -> None:
    run = Run(out=tmp_path, seed=1, rows=8, console=Console(quiet=True))
    assert list(_higgs.label(run)) == [c.name for c in _higgs.DATASET.columns]


@pytest.mark.parametrize("name", ["br-higgs-sm", "width-higgs-sm"])
def test_a_quick_fit_keeps_the_sum(name: str, tmp_path: Path) -> None:
    recipe = find(name)
    path = table.bundled(recipe.dataset)
    assert path is not None
    rows = table.read(path, recipe.dataset)
    x = np.stack([rows[i.name] for i in recipe.inputs], axis=1)[::10]
    y = np.stack([rows[o.name] for o in recipe.outputs], axis=1)[::10]
    run = Run(out=tmp_path, seed=1, effort=0.1, console=Console(quiet=True))
    value, _ = recipe.fit(x, y, recipe.split(len(x), 1), run).predict(x)
    assert np.abs(value / y - 1).max() < 0.02
    whole = value.sum(axis=1) if name == "br-higgs-sm" else value[:, :-1].sum(axis=1) / value[:, -1]
    np.testing.assert_allclose(whole, 1.0, rtol=1e-12)
