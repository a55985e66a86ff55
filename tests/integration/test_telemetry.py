"""Nobody is told what users compute: ONNX Runtime's telemetry is off before the library is
loaded."""

import os
import subprocess
import sys

import pytest

PACKAGES = ("lhnets", "lhnets_datasets", "lhnets_registry", "lhnets_training")
EVALUATE = (
    "import lhnets as ml; print(float(ml.CS('p p > go go', {'m_go': 2000.0}, energy='13 TeV')))"
)


def run(code, home):
    """What a fresh process prints that nobody told about telemetry, with a home of its own."""
    hidden = {"CI", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME"}
    kept = {k: v for k, v in os.environ.items() if k not in hidden and "GITHUB" not in k}
    own = {"HOME": str(home), "LHNETS_OFFLINE": "1", "LHNETS_CACHE": str(home / "lhnets")}
    return subprocess.run(
        [sys.executable, "-c", code], env=kept | own, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_turns_it_off_and_loads_no_runtime_yet(package, tmp_path):
    code = (
        f"import os, sys, {package}; print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' "
        "in sys.modules)"
    )
    assert run(code, tmp_path).split() == ["1", "False"]


def test_an_evaluation_offline_leaves_no_device_id(tmp_path):
    assert float(run(EVALUATE, tmp_path)) > 0
    assert not [p for p in tmp_path.rglob("*") if "Microsoft" in str(p)]
