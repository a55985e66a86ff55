"""The demonstration, smaller: labels, fit, file, admission, MLflow, mirror; then a scan by the
client in a new process."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "demo"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    spec = importlib.util.spec_from_file_location("demo_make", DEMO / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(folder, rows=2000, effort=0.08)
    return folder


def run(made, *command):
    environment = os.environ | {
        "LHNETS_REGISTRY": str(made / "mirror"),
        "LHNETS_CACHE": str(made / "cache"),
    }
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, cwd=made
    ).stdout


def test_a_new_process_scans_and_draws(made):
    printed = run(made, sys.executable, str(DEMO / "scan.py"), str(made))
    assert "cs-gluino-pair-lo-demo@1: LO, 13 TeV, NNPDF31_nlo_as_0118_luxqed" in printed
    assert (made / "scan.png").read_bytes().startswith(b"\x89PNG")


def test_the_scan_is_near_the_labels_it_never_saw(made):
    code = (
        "import numpy as np, lhnets as ml\nm, truth = np.loadtxt('truth.csv', delimiter=',', "
        "skiprows=1, unpack=True)\np = ml.CS('pp -> gluino gluino', {'m_go': m, 'm_sq': "
        "2500.0}, energy='13 TeV', "
        "network='cs-gluino-pair-lo-demo')\nprint(float(np.max(np.abs(p.value / truth - 1))))\n"
    )
    assert float(run(made, sys.executable, "-c", code)) < 0.2


def test_the_store_is_plain_mlflow(made):
    code = (
        "import mlflow\n"
        f"mlflow.set_tracking_uri('sqlite:///{made / 'store' / 'mlflow.db'}')\n"
        "model = mlflow.onnx.load_model('models:/cs-gluino-pair-lo-demo@verified')\n"
        "print([o.name for o in model.graph.output])\n"
    )
    assert (
        run(made, sys.executable, "-c", code).strip().endswith("['value', 'uncertainty', 'reach']")
    )
