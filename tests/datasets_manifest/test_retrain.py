"""A network made again from its data set, as `lhnets train NAME --from-data PATH` does, has the
figures of its card."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lhnets import search
from lhnets._finding.zoo import default
from lhnets.cli import group
from lhnets.format import read_path
from lhnets_datasets import dataset

NAME = "cs-gluino-pair-decoupled-13tev"
TOLERANCE = 1e-3
"""Relative, on each figure of the validation: the recipe has a fixed seed, BLAS may round
differently elsewhere."""


@pytest.mark.skipif(NAME not in [e.name for e in search()], reason=f"{NAME} is not bundled")
def test_a_network_retrained_from_its_data_set_has_the_figures_of_its_card(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="the extra [training] is not installed")
    card = default().card(NAME)
    data = dataset(card.data.name).path
    result = CliRunner().invoke(
        group, ["train", NAME, "--from-data", str(data), "--out", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    again = read_path(tmp_path / f"{NAME}.onnx").card
    assert again.data.sha256 == card.data.sha256
    for figure in ("mean", "median", "q68", "q95", "q997", "max", "coverage_68", "coverage_95"):
        assert getattr(again.validation, figure) == pytest.approx(
            getattr(card.validation, figure), rel=TOLERANCE
        )
