from pathlib import Path

import pytest
from click.testing import CliRunner

from lhnets_training import recipes
from lhnets_training.cli.train import train
from lhnets_training.labels.hadronic.luminosity import Nodes
from lhnets_training.recipes.cross_sections import cs_gluino_pair_lo


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels good to a per cent, in a tenth of the time."""
    nodes = Nodes(
        tau_min=2.5e-3, scale_min=150.0, scale_max=7000.0, tau=100, scale=10, rapidity=100
    )
    monkeypatch.setattr(cs_gluino_pair_lo, "NODES", nodes)


def test_without_a_name_it_lists_the_recipes() -> None:
    found = CliRunner().invoke(train, [])
    assert found.exit_code == 0
    assert "cs-gluino-pair-lo" in found.output.split()


def test_an_unknown_name_gets_the_nearest() -> None:
    found = CliRunner().invoke(train, ["cs-gluino-pair-l0"])
    assert found.exit_code == 1
    assert "no recipe makes a network called 'cs-gluino-pair-l0'" in found.output
    assert "cs-gluino-pair-lo" in found.output


def test_every_recipe_is_named_as_its_module() -> None:
    for name in recipes.names():
        assert recipes.find(name).name == name


def test_a_small_gluino_network_from_its_labels(tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc", reason="the PDF grid comes with pythia8mc")
    arguments = ["cs-gluino-pair-lo", "--rows", "1500", "--effort", "0.15", "--out", str(tmp_path)]
    found = CliRunner().invoke(train, arguments, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    assert (tmp_path / "cs-gluino-pair-lo.onnx").exists()
    assert "relative error on 150 unseen rows, no cut" in found.output
    assert not list(tmp_path.glob("*.partial"))


def test_labels_only_stops_after_the_data_set(tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc", reason="the PDF grid comes with pythia8mc")
    arguments = ["cs-gluino-pair-lo", "--rows", "300", "--labels-only", "--out", str(tmp_path)]
    found = CliRunner().invoke(train, arguments, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    assert (tmp_path / "gluino-pair-lo.parquet").exists()
    assert not list(tmp_path.glob("*.onnx"))
