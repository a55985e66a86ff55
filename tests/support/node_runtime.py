"""ONNX Runtime for Node.js, installed once for all tests."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

PACKAGE = "onnxruntime-node@1.30.0"
FOLDER = Path(__file__).parents[2] / "build" / "node"


def install_node_runtime() -> Path:
    """The folder whose ``node_modules`` holds the runtime; skips the test if it cannot be had.

    Tests run in several processes: each installs into a folder of its own, and the first that is
    whole stays.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs node and npm")
    if not (FOLDER / "node_modules" / "onnxruntime-node").is_dir():
        FOLDER.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=FOLDER.parent, ignore_cleanup_errors=True) as mine:
            _install(Path(mine, "node"))
            try:
                Path(mine, "node").rename(FOLDER)
            except OSError:
                assert (FOLDER / "node_modules" / "onnxruntime-node").is_dir()
    return FOLDER


def _install(folder: Path) -> None:
    folder.mkdir()
    # The package holds its runtime; its install script would only look for CUDA libraries.
    options = ["--ignore-scripts", "--no-audit", "--no-fund"]
    command = ["npm", "install", "--prefix", str(folder), *options, PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm could not install {PACKAGE}: {done.stderr[-300:]}")
