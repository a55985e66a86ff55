"""Networks of the field from a module to a prediction: imported as files, called by the client, and
run by ONNX Runtime for Node.js."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from network_cards import make_jets, make_vectors, write_order
from node_runtime import install_node_runtime
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from toy_networks import NETWORKS

import lhnets as ml
from lhnets_training.importing.frameworks.torch_modes import first_of_equals
from lhnets_training.importing.importer import import_model
from lhnets_training.importing.source import Tensor
from lhnets_training.pipeline.rounding import Points, allow_rounding, largest_rounding

SCRIPT = Path(__file__).parents[1] / "support" / "run_tensors.cjs"
pytestmark = pytest.mark.long


def short_and_tied(length: int) -> dict[str, Any]:
    """Jets of any length, one of a single constituent, one with two equal ones, one that is
    empty."""
    jets = make_jets(20, length, seed=3)
    jets["mask"][0] = jets["mask"][3] = False
    jets["mask"][0, 0] = True
    jets["constituents"][1, 1] = jets["constituents"][1, 0]
    jets["mask"][1, :2] = True
    jets["constituents"] *= jets["mask"][..., None]
    return jets


@pytest.mark.parametrize("name", NETWORKS)
def test_a_module_is_a_file_is_a_prediction(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    make, wanted = NETWORKS[name]
    module = make().eval()
    card, events = write_order(tmp_path, wanted)
    with threadpool_limits(1):
        done = import_model(
            module, card, test=events, own_truth=True, output=tmp_path / "network.onnx"
        )
    assert any(line.startswith("exported by torch's TorchScript") for line in done.because)
    length = wanted[0].shape[1]
    jets = wanted[0].name == "constituents"
    arrays = (
        short_and_tied(length if isinstance(length, int) else 9) if jets else make_vectors(20, 1)
    )
    expected = run(module, wanted, arrays)
    found = ml.load(str(done.path)).predict(arrays)
    whole = np.isfinite(expected).all(axis=1)
    assert whole.sum() >= len(whole) - 1
    allowed = np.maximum(1e-5 * (1 + np.abs(expected)), rounding_of(module, wanted, arrays))
    assert (np.abs(found.value - expected) <= allowed)[whole].all()
    in_node = run_in_node(done.path, arrays, tmp_path)
    np.testing.assert_allclose(
        in_node["value"].reshape(expected.shape)[whole], found.value[whole], rtol=1e-6, atol=1e-6
    )
    np.testing.assert_allclose(in_node["reach"][whole], found.reach[whole], rtol=1e-6)


def run(
    module: torch.nn.Module, wanted: tuple[Tensor, ...], arrays: Points, *, double: bool = False
) -> NDArray[Any]:
    """What a module gives, in single or in double precision."""
    given = (torch.from_numpy(arrays[t.name]) for t in wanted)
    if double:
        module = copy.deepcopy(module).double()
        given = (t.double() if t.is_floating_point() else t for t in given)
    with torch.no_grad(), first_of_equals(), threadpool_limits(1):
        found: NDArray[Any] = module(*given).numpy()
    return found


def rounding_of(
    module: torch.nn.Module, wanted: tuple[Tensor, ...], arrays: Points
) -> NDArray[np.float64]:
    """By how much another program may differ from the module."""
    return allow_rounding(
        largest_rounding(
            lambda points: np.abs(
                run(module, wanted, points) - run(module, wanted, points, double=True)
            ),
            arrays,
        )
    )


def run_in_node(path: Path, arrays: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What onnxruntime-node gives; skips where that cannot be had."""
    runtime = install_node_runtime()
    inputs = folder / "inputs.json"
    inputs.write_text(
        json.dumps(
            {
                name: {
                    "type": str(a.dtype),
                    "dims": a.shape,
                    "data": a.astype(np.float64).ravel().tolist(),
                }
                for name, a in arrays.items()
            }
        )
    )
    done = subprocess.run(
        ["node", str(SCRIPT), str(path), str(inputs)],
        env={"PATH": "/usr/bin:/bin", "NODE_PATH": str(runtime / "node_modules")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    numbers = done.stdout.replace("null", "NaN")
    return {k: np.array(v, dtype=np.float64) for k, v in json.loads(numbers).items()}
