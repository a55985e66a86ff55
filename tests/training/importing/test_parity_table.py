"""The table of the reference page is that of its script: same rows, and figures that hold here
too."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from threadpoolctl import threadpool_limits

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "import_parity.py"
ROUNDING = 1e-15
MEASURED_HERE = (
    "StandardScaler, MLPRegressor",
    "GradientBoostingRegressor",
    "XGBRegressor",
    "LGBMRegressor",
    "SVR, rbf",
)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("import_parity", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["import_parity"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows(script: ModuleType) -> dict[str, dict[str, float]]:
    """Largest difference by model and output, as printed."""
    text = script.PAGE.read_text().partition(script.BEGIN)[2].partition(script.END)[0]
    found: dict[str, dict[str, float]] = {}
    for line in text.splitlines()[2:]:
        _, model, output, worst = (cell.strip() for cell in line.strip("|").split("|"))
        found.setdefault(model, {})[output] = float(worst)
    return found


def test_every_model_of_the_script_has_its_row(
    script: ModuleType, rows: dict[str, dict[str, float]]
) -> None:
    assert list(rows) == [case.model for case in script.cases()]


def test_every_figure_is_within_what_an_import_allows(rows: dict[str, dict[str, float]]) -> None:
    assert max(worst for outputs in rows.values() for worst in outputs.values()) <= 1e-5


@pytest.mark.parametrize("model", MEASURED_HERE)
def test_the_figures_hold_here(
    model: str, script: ModuleType, rows: dict[str, dict[str, float]]
) -> None:
    case = next(c for c in script.cases() if c.model == model)
    with threadpool_limits(1):
        found = script.parity(case.source())
    assert found.keys() == rows[model].keys()
    for output, worst in found.items():
        assert worst <= 10 * max(rows[model][output], ROUNDING)
