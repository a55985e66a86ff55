"""The same file gives the same numbers in another language: ONNX Runtime for Node.js, from the file alone."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import lhnets as ml

PACKAGE = "onnxruntime-node@1.30.0"
FOLDER = Path(__file__).parents[2] / "build" / "node"
SCRIPT = """
const ort = require("onnxruntime-node");
const { path, rows, columns } = JSON.parse(require("fs").readFileSync(0, "utf8"));
(async () => {
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
  const parameters = new ort.Tensor("float64", Float64Array.from(rows.flat()), [rows.length, columns]);
  const found = await session.run({ parameters });
  console.log(JSON.stringify(Object.fromEntries(Object.entries(found).map(([k, v]) => [k, Array.from(v.data)]))));
})();
"""


@pytest.fixture(scope="session")
def node():
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs node and npm")
    if not (FOLDER / "node_modules" / "onnxruntime-node").is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        # The package holds its runtime; its install script would only look for CUDA libraries.
        command = ["npm", "install", "--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund", PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"npm could not install {PACKAGE}: {done.stderr[-300:]}")
    return FOLDER


@pytest.mark.parametrize("name", [e.name for e in ml.search()])
def test_javascript_gives_the_same_numbers(node, name, tmp_path):
    network = ml.load(name)
    alone = tmp_path / "network.onnx"
    alone.write_bytes(network.path.read_bytes())
    rows = np.array(network.file.reference.inputs["parameters"])
    message = json.dumps({"path": str(alone), "rows": rows.tolist(), "columns": rows.shape[1]})
    done = subprocess.run(["node", "-e", SCRIPT], input=message, cwd=node, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    for key, mine in network.predict(rows)._asdict().items():
        np.testing.assert_allclose(np.reshape(found[key], mine.shape), mine, rtol=1e-6, atol=1e-300, err_msg=key)
