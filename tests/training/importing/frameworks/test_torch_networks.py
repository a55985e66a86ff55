"""Plain modules of the field's architectures become graphs that give what the modules give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits
from torch import nn
from toy_networks import NETWORKS, DynamicEdgeConv, EncoderTagger, of_jets

from lhnets_registry.admission.limits import Limits
from lhnets_registry.admission.operators import ALLOWED
from lhnets_registry.admission.tensor_sizes import size_problems
from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.frameworks.torch import from_object
from lhnets_training.importing.frameworks.torch_modes import decides_by_values
from lhnets_training.pipeline.exported import run_arrays


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    torch.manual_seed(0)
    with threadpool_limits(1):
        yield


@pytest.mark.long
@pytest.mark.parametrize("name", NETWORKS)
def test_an_architecture_enters_as_it_is(name: str) -> None:
    make, wanted = NETWORKS[name]
    source = from_object(make(), wanted)
    assert source.note.startswith("exported by torch's TorchScript: largest difference")
    operators = {(n.domain, n.op_type) for n in source.model.graph.node}
    assert all(kind in ALLOWED[domain] for domain, kind in operators)
    problems, _ = size_problems(source.model, Limits().elements)
    assert problems == []


def test_neighbours_of_short_jets_are_the_first_of_equals() -> None:
    source = from_object(DynamicEdgeConv(), of_jets("P"))
    assert "the module itself fails at P = 1, P = 3" in source.note
    assert "torch leaves open which of equal numbers comes first in topk" in source.note
    x = np.zeros((3, 8, 4), np.float32)
    mask = np.arange(8) < np.array([1, 2, 3])[:, None]
    x[mask] = np.random.default_rng(0).normal(size=(6, 4))
    arrays = {"constituents": x, "mask": mask}
    expected, found = source.predict(arrays)["output"], run_arrays(source.model)(arrays)["output"]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_an_empty_jet_has_nothing_to_attend_to() -> None:
    source = from_object(EncoderTagger(), of_jets("P"))
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
    mask = np.array([[False] * 5, [True] * 5])
    arrays = {"constituents": x, "mask": mask}
    expected, found = source.predict(arrays)["output"], run_arrays(source.model)(arrays)["output"]
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(found, expected, atol=1e-6)


class OneLength(nn.Module):
    """A loop over the constituents, which a trace unrolls for the length of its example."""

    def forward(self, constituents: torch.Tensor) -> torch.Tensor:
        total = constituents[:, 0]
        for k in range(1, constituents.shape[1]):
            total = torch.tanh(total + constituents[:, k])
        return total


class ByTheHardest(nn.Module):
    def forward(self, constituents: torch.Tensor) -> torch.Tensor:
        if constituents.max() > 1e3:
            return constituents.sum(1) / 1000
        return constituents.sum(1)


class BySwitch(nn.Module):
    """A switch that is part of the module decides, not the values of an event."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("doubled", torch.tensor(True))

    def forward(self, constituents: torch.Tensor) -> torch.Tensor:
        classes = nn.functional.one_hot((constituents[..., 0] > 0).long(), 2)
        return constituents.sum(1) * (2 if self.doubled else 1) + classes.sum(1).sum(1)[:, None]


JETS = of_jets("P")[:1]


@pytest.mark.long
def test_a_loop_over_any_length_is_refused() -> None:
    with pytest.raises(ModelError, match=r"by TorchScript: at N = 1, P = 1 .*by dynamo"):
        from_object(OneLength(), JETS)


@pytest.mark.long
def test_a_branch_on_values_is_not_traced() -> None:
    with pytest.raises(ModelError, match=r"\(forward branches on values\): by dynamo"):
        from_object(ByTheHardest(), JETS)


def test_what_decides_is_told_apart() -> None:
    jets = [torch.rand(2, 3, 4)]
    assert decides_by_values(ByTheHardest(), jets)
    assert not decides_by_values(OneLength(), jets)
    assert not decides_by_values(BySwitch(), jets)
