from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conversions import POINTS, difference
from threadpoolctl import threadpool_limits
from torch import nn

from lhnets_training.importing.errors import ModelError, UntrustedFormatError
from lhnets_training.importing.frameworks.torch import from_file, from_object
from lhnets_training.importing.source import Tensor

FLAT = (Tensor("parameters", "float64", ("N", 3)),)
EVENTS = (Tensor("mask", "bool", ("N", "P")), Tensor("constituents", "float32", ("N", "P", 4)))
RNG = np.random.default_rng(5)
POINTS_OF_THREE = RNG.normal(size=(POINTS, 3))

Save = Any


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    torch.manual_seed(1)
    with threadpool_limits(1):
        yield


def network() -> nn.Sequential:
    """With batch norm that has seen points and dropout that would show, in training mode."""
    model = nn.Sequential(
        nn.Linear(3, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Dropout(0.5), nn.Linear(16, 2)
    )
    with torch.no_grad():
        for _ in range(3):
            model(torch.randn(64, 3) * 2 + 1)
    return model


class Tagger(nn.Module):
    """A deep set over the constituents that a mask leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8))
        self.all = nn.Sequential(nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 2))

    def forward(self, constituents: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        seen = mask.unsqueeze(-1).to(constituents.dtype)
        return torch.softmax(5 * self.all((4 * self.one(constituents) * seen).sum(1)), -1)


class TwoHeads(nn.Module):
    """Value and spread by their names, from arguments with names."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(3, 8)
        self.last = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor, scale: float = 1.0) -> dict[str, torch.Tensor]:
        found = self.last(torch.tanh(self.hidden(x)))
        return {"mean": found[:, :1] * scale, "sigma": torch.exp(found[:, 1])}


def single(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return points.astype(np.float32)


def test_a_module_is_exported_in_evaluation_mode_with_a_free_batch() -> None:
    model = network()
    source = from_object(model, FLAT)
    assert model.training
    assert source.inputs == (Tensor("input", "float32", ("N", 3)),)
    assert source.outputs == (Tensor("output", "float32", ("N", 2)),)
    assert (source.framework, source.method) == (
        "torch",
        "network, 16 (Sequential), 163 parameters",
    )
    assert difference(source, single(POINTS_OF_THREE)) < 1e-5
    assert not any(node.metadata_props for node in source.model.graph.node)


def test_float64_keeps_its_digits_through_every_activation() -> None:
    kinds = [
        nn.GELU(),
        nn.GELU("tanh"),
        nn.Softplus(),
        nn.ELU(0.7),
        nn.SELU(),
        nn.Mish(),
        nn.SiLU(),
        nn.LeakyReLU(),
        nn.Sigmoid(),
    ]
    layers = [layer for kind in kinds for layer in (kind, nn.Linear(8, 8))]
    model = nn.Sequential(nn.Linear(3, 8), *layers[:-1]).double()
    source = from_object(model, FLAT)
    assert source.inputs[0].dtype == "float64"
    assert difference(source, 20 * POINTS_OF_THREE) < 1e-9


def test_event_networks_take_their_tensors_by_name() -> None:
    source = from_object(Tagger(), EVENTS)
    assert source.inputs == (EVENTS[1], EVENTS[0])
    for length in (1, 12):
        events = {
            "constituents": RNG.normal(size=(2000, length, 4)).astype(np.float32),
            "mask": RNG.random((2000, length)) < 0.7,
        }
        assert difference(source, events) < 1e-5


def test_outputs_keep_their_names() -> None:
    source = from_object(TwoHeads().double(), FLAT)
    assert [(o.name, o.shape) for o in source.outputs] == [
        ("output_mean", ("N", 1)),
        ("output_sigma", ("N",)),
    ]
    assert difference(source, POINTS_OF_THREE) < 1e-9


def test_a_program_whose_example_fixed_the_batch(tmp_path: Path) -> None:
    torch.export.save(
        torch.export.export(network().eval(), (torch.zeros(4, 3),)), tmp_path / "model.pt2"
    )
    source = from_file(tmp_path / "model.pt2", ())
    assert source.note.startswith("its batch was fixed at 4 and is free now; exported by torch's")
    assert difference(source, single(POINTS_OF_THREE[:2001])) < 1e-5


def test_a_program_with_a_free_batch(tmp_path: Path) -> None:
    dims = (
        {0: torch.export.Dim("events"), 1: torch.export.Dim("jets")},
        {0: torch.export.Dim("events")},
    )
    model = nn.Bilinear(4, 2, 1).double().eval()

    class Jets(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pair = model

        def forward(self, jets: torch.Tensor, met: torch.Tensor) -> torch.Tensor:
            return self.pair(jets.sum(1), met)

    example = torch.zeros(3, 5, 4).double(), torch.zeros(3, 2).double()
    torch.export.save(
        torch.export.export(Jets(), example, dynamic_shapes=dims), tmp_path / "model.pt2"
    )
    source = from_file(tmp_path / "model.pt2", ())
    assert [t.name for t in source.inputs] == ["jets", "met"]
    assert source.note.startswith("exported by torch's dynamo: largest difference")
    assert (
        difference(source, {"jets": RNG.normal(size=(500, 6, 4)), "met": RNG.normal(size=(500, 2))})
        < 1e-9
    )


def test_torchscript_needs_trust(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    example = torch.zeros(2, 3)
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        torch.jit.save(torch.jit.trace(network().eval(), example), path)
    with pytest.raises(UntrustedFormatError, match="--trust"):
        from_file(path, FLAT)
    source = from_file(path, FLAT, trust=True)
    assert source.method.startswith("TorchScript module")
    assert difference(source, single(POINTS_OF_THREE)) < 1e-5


def test_a_pickled_module_needs_trust(tmp_path: Path) -> None:
    torch.save(nn.Linear(3, 1), tmp_path / "model.pt")
    with pytest.raises(UntrustedFormatError, match="--trust"):
        from_file(tmp_path / "model.pt", FLAT)
    assert (
        difference(from_file(tmp_path / "model.pt", FLAT, trust=True), single(POINTS_OF_THREE))
        < 1e-5
    )


def test_weights_without_their_module_are_refused(tmp_path: Path) -> None:
    torch.save(network().state_dict(), tmp_path / "weights.pt")
    with pytest.raises(
        ModelError, match=r"a state_dict\) without the module.*Load them into their module"
    ):
        from_file(tmp_path / "weights.pt", FLAT, trust=True)


class ByValue(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if x.sum() > 0 else -x


class Number(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum()


@pytest.mark.parametrize(
    ("model", "wanted", "message"),
    [
        (
            nn.Linear(4, 1),
            FLAT,
            r"forward fails for inputs of shape \(3, 3\).*one input for each number",
        ),
        (
            nn.Linear(3, 1),
            (),
            r"does not know the shapes of what forward takes \(input\); give the card",
        ),
        (ByValue(), FLAT, "free batch.*torch.where instead of if"),
        (Number(), FLAT, "the points along their first axis"),
        (Tagger(), FLAT, "forward takes constituents, mask; the card has parameters"),
        (
            Tagger(),
            (EVENTS[0], Tensor("jets", "float32", ("N", "P", 4))),
            "which is which is not guessed. Call them alike",
        ),
    ],
    ids=["width", "no card", "if", "number", "missing", "names"],
)
def test_what_cannot_be_exported_is_refused(model: nn.Module, wanted: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        from_object(model, wanted)
